/* What util does when the n-th allocation fails: VM_TEMPFAIL, nothing lost, nothing leaked */
#include "config.h"

#include <sys/socket.h>

#include "support.h"
#include "util/cdb_file.h"
#include "util/line_reader.h"
#include "util/stream.h"

/* The linker sends util's allocations here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static int allocations, fail_at;

static bool fails(void)
{
	return fail_at != 0 && ++allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

/* Runs `act` with each allocation failing in turn, until one run has none left to fail. */
static void fail_each(enum vm_status (*act)(const struct test_folder *, struct vm_error *),
		      const struct test_folder *folder, int at_least)
{
	int number = 1;

	for (;; number++) {
		struct vm_error err = { .status = VM_OK };
		enum vm_status status = VM_INTERNAL;

		allocations = 0;
		fail_at = number;
		status = act(folder, &err);
		fail_at = 0;
		if (allocations < number) {
			assert_int_equal(status, VM_OK);
			break;
		}
		assert_int_equal(status, VM_TEMPFAIL);
		assert_int_equal(err.status, VM_TEMPFAIL);
		assert_true(number < 1000);
	}
	assert_true(number > at_least);
}

static enum vm_status look_up(const struct test_folder *folder, struct vm_error *err)
{
	const int fd = openat(folder->fd, "c", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vm_cdb_writer writer;
	struct vm_arena arena;
	struct vm_cdb cdb = { .fd = -1 };
	char *data = NULL;
	size_t length = 0;
	enum vm_status status = vm_cdb_writer_init(&writer, fd, "c", err);

	vm_arena_init(&arena, 100000);
	if (status == VM_OK)
		status = vm_cdb_writer_add(&writer, "key", 3, "data", 4, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&writer, err);
	vm_cdb_writer_abort(&writer);
	if (status == VM_OK)
		status = vm_cdb_open(&cdb, folder->fd, "c", err);
	if (status == VM_OK)
		status = vm_cdb_get(&cdb, "key", 3, &arena, &data, &length, err);
	vm_cdb_close(&cdb);
	vm_arena_release(&arena);
	close(fd);
	return status;
}

static enum vm_status read_lines(const struct test_folder *folder, struct vm_error *err)
{
	struct vm_line_reader reader;
	enum vm_status status = vm_line_reader_init(&reader, folder->fd, "lines", 100, err);

	vm_line_reader_release(&reader);
	return status;
}

static enum vm_status talk(const struct test_folder *folder, struct vm_error *err)
{
	struct vm_stream stream;
	enum vm_status status = VM_INTERNAL;
	int ends[2];

	(void)folder;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	status = vm_stream_init(&stream, ends[0], ends[0], 100, 1, err);
	if (status == VM_OK)
		status = vm_stream_write_text(&stream, "+OK\r\n", err);
	for (int i = 0; i < 100 && status == VM_OK; i++)
		status = vm_stream_printf(&stream, err, "%d octets\r\n", i);
	if (status == VM_OK)
		status = vm_stream_flush(&stream, err);
	vm_stream_release(&stream);
	close(ends[0]);
	close(ends[1]);
	return status;
}

static void cdb_look_ups_are_tempfail(void **state)
{
	fail_each(look_up, *state, 2);
}

static void line_readers_are_tempfail(void **state)
{
	fail_each(read_lines, *state, 1);
}

static void streams_are_tempfail(void **state)
{
	fail_each(talk, *state, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(cdb_look_ups_are_tempfail),
		IN_FOLDER(line_readers_are_tempfail),
		IN_FOLDER(streams_are_tempfail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
