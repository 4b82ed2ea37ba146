/* cdb_file.c and cdb_writer.c */
#include "config.h"

#include "support.h"
#include "util/cdb_file.h"

enum { TABLES = 256, HEADER = TABLES * 8 };

static void pack(unsigned char *bytes, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(number >> 8 * i);
}

static void write_cdb(const struct test_folder *folder, const char *name, unsigned count)
{
	const int fd = openat(folder->fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vm_cdb_writer writer;
	struct vm_error err;

	assert_int_equal(vm_cdb_writer_init(&writer, fd, name, &err), VM_OK);
	for (unsigned i = 0; i < count; i++) {
		char key[32], data[64];
		const int key_length = snprintf(key, sizeof key, "user%u", i);
		const int data_length = snprintf(data, sizeof data, "data of %u", i);

		assert_int_equal(vm_cdb_writer_add(&writer, key, (size_t)key_length, data,
						   (size_t)data_length, &err),
				 VM_OK);
	}
	assert_int_equal(vm_cdb_writer_finish(&writer, &err), VM_OK);
	vm_cdb_writer_abort(&writer);
	close(fd);
}

static void assert_found(struct vm_cdb *cdb, const char *key, const char *expected)
{
	struct vm_arena arena;
	struct vm_error err;
	char *data = NULL;
	size_t length = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 10000);
	status = vm_cdb_get(cdb, key, strlen(key), &arena, &data, &length, &err);
	assert_int_equal(status, expected == NULL ? VM_NOT_FOUND : VM_OK);
	if (expected != NULL) {
		assert_string_equal(data, expected);
		assert_int_equal(length, strlen(expected));
	}
	vm_arena_release(&arena);
}

static void every_record_written_is_found_and_others_are_not(void **state)
{
	enum { COUNT = 3000 };
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_error err;

	write_cdb(folder, "c", COUNT);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "c", &err), VM_OK);
	for (unsigned i = 0; i < COUNT + 500; i++) {
		char key[32], data[64];

		(void)snprintf(key, sizeof key, "user%u", i);
		(void)snprintf(data, sizeof data, "data of %u", i);
		assert_found(&cdb, key, i < COUNT ? data : NULL);
	}
	assert_found(&cdb, "", NULL);
	vm_cdb_close(&cdb);
	vm_cdb_close(&cdb);
}

static void a_walk_sees_all_records_in_order(void **state)
{
	enum { COUNT = 9000 };
	const struct test_folder *const folder = *state;
	struct vm_cdb_record record;
	struct vm_cdb cdb;
	struct vm_error err;
	uint32_t position = 0;

	write_cdb(folder, "c", COUNT);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "c", &err), VM_OK);
	for (unsigned i = 0; i < COUNT; i++) {
		char key[32];
		const int length = snprintf(key, sizeof key, "user%u", i);

		assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_OK);
		assert_int_equal(record.key_length, length);
		assert_memory_equal(record.key, key, (size_t)length);
		assert_memory_equal(record.data, "data of ", 8);
	}
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_NOT_FOUND);
	vm_cdb_close(&cdb);
}

static void an_empty_cdb_is_sane(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb_record record;
	struct vm_cdb cdb;
	struct vm_error err;
	uint32_t position = 0;

	write_cdb(folder, "c", 0);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "c", &err), VM_OK);
	assert_int_equal(cdb.opened.st_size, HEADER);
	assert_found(&cdb, "user0", NULL);
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_NOT_FOUND);
	vm_cdb_close(&cdb);
}

/* What cdbmake 0.75 makes of "+1,2:a->bc", by hand from the description of the format. */
static void the_bytes_are_those_of_the_format(void **state)
{
	const struct test_folder *const folder = *state;
	const int fd = openat(folder->fd, "c", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const uint32_t hash = (5381U * 33U) ^ 'a';
	unsigned char expected[HEADER + 11 + 16];
	struct vm_cdb_writer writer;
	struct vm_error err;
	char *content = NULL;
	size_t length = 0;

	memset(expected, 0, sizeof expected);
	for (uint32_t i = 0; i < TABLES; i++) {
		pack(expected + i * 8, HEADER + 11 + (i > hash % 256 ? 16 : 0));
		pack(expected + i * 8 + 4, i == hash % 256 ? 2 : 0);
	}
	memcpy(expected + HEADER, "\1\0\0\0\2\0\0\0abc", 11);
	pack(expected + HEADER + 11 + (hash >> 8) % 2 * 8, hash);
	pack(expected + HEADER + 11 + (hash >> 8) % 2 * 8 + 4, HEADER);
	assert_int_equal(vm_cdb_writer_init(&writer, fd, "c", &err), VM_OK);
	assert_int_equal(vm_cdb_writer_add(&writer, "a", 1, "bc", 2, &err), VM_OK);
	assert_int_equal(vm_cdb_writer_finish(&writer, &err), VM_OK);
	close(fd);
	content = read_test_file(folder->fd, "c", &length);
	assert_int_equal(length, sizeof expected);
	assert_memory_equal(content, expected, sizeof expected);
	free(content);
}

static void absent_is_not_found(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_error err;

	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "no", &err), VM_NOT_FOUND);
	assert_int_equal(cdb.fd, -1);
	vm_cdb_close(&cdb);
}

static void a_file_cut_at_any_length_is_refused(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_error err;
	char *content = NULL;
	size_t length = 0;

	write_cdb(folder, "c", 20);
	content = read_test_file(folder->fd, "c", &length);
	for (size_t cut = 0; cut < length; cut++) {
		write_test_file(folder->fd, "cut", content, cut);
		assert_int_equal(vm_cdb_open(&cdb, folder->fd, "cut", &err), VM_TEMPFAIL);
		assert_non_null(strstr(err.text, "cut"));
		assert_int_equal(cdb.fd, -1);
	}
	write_test_file(folder->fd, "cut", content, length);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "cut", &err), VM_OK);
	vm_cdb_close(&cdb);
	free(content);
}

static void zeroed_and_foreign_files_are_refused(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_error err;
	char *content = NULL;
	size_t length = 0;

	write_cdb(folder, "c", 20);
	content = read_test_file(folder->fd, "c", &length);
	memset(content, 0, HEADER);
	write_test_file(folder->fd, "bad", content, length);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "bad", &err), VM_TEMPFAIL);
	write_test_file(folder->fd, "bad", content, HEADER);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "bad", &err), VM_TEMPFAIL);
	memset(content, 'x', length);
	write_test_file(folder->fd, "bad", content, length);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "bad", &err), VM_TEMPFAIL);
	free(content);
}

static void a_file_beyond_four_gigabytes_is_refused(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_error err;
	int fd = -1;

	write_cdb(folder, "c", 3);
	fd = openat(folder->fd, "c", O_WRONLY | O_CLOEXEC);
	if (ftruncate(fd, (off_t)5 << 30) != 0)
		skip();
	close(fd);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "c", &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "4 GiB"));
}

/* Every byte behind the header is spoilt in turn: answers may change, but nothing is read outside the file. */
static void spoilt_bytes_never_lead_outside(void **state)
{
	const struct test_folder *const folder = *state;
	char *content = NULL;
	size_t length = 0;

	write_cdb(folder, "c", 6);
	content = read_test_file(folder->fd, "c", &length);
	for (size_t i = HEADER; i < length; i++) {
		const char before = content[i];
		struct vm_cdb_record record;
		struct vm_arena arena;
		struct vm_error err;
		struct vm_cdb cdb;
		char *data = NULL;
		size_t data_length = 0;
		uint32_t position = 0;
		int walked = 0;

		content[i] = (char)(before ^ 0xff);
		write_test_file(folder->fd, "bad", content, length);
		content[i] = before;
		assert_int_equal(vm_cdb_open(&cdb, folder->fd, "bad", &err), VM_OK);
		vm_arena_init(&arena, 1 << 20);
		for (char number = '0'; number < '6'; number++) {
			const char key[5] = { 'u', 's', 'e', 'r', number };

			(void)vm_cdb_get(&cdb, key, 5, &arena, &data, &data_length, &err);
		}
		while (vm_cdb_next(&cdb, &position, &record, &err) == VM_OK)
			assert_true(++walked <= 100);
		vm_arena_release(&arena);
		vm_cdb_close(&cdb);
	}
	free(content);
}

static void a_record_that_runs_past_the_end_is_tempfail_not_an_answer(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_arena arena;
	struct vm_error err;
	struct vm_cdb cdb;
	char *content = NULL, *data = NULL;
	size_t length = 0, data_length = 0;

	write_cdb(folder, "c", 1);
	content = read_test_file(folder->fd, "c", &length);
	memset(content + HEADER + 4, 0xff, 4);
	write_test_file(folder->fd, "bad", content, length);
	free(content);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "bad", &err), VM_OK);
	vm_arena_init(&arena, SIZE_MAX);
	assert_int_equal(vm_cdb_get(&cdb, "user0", 5, &arena, &data, &data_length, &err),
			 VM_TEMPFAIL);
	vm_arena_release(&arena);
	vm_cdb_close(&cdb);
}

static void a_full_disk_is_tempfail(void **state)
{
	const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct vm_cdb_writer writer;
	struct vm_error err;

	(void)state;
	assert_int_equal(vm_cdb_writer_init(&writer, fd, "full", &err), VM_OK);
	assert_int_equal(vm_cdb_writer_add(&writer, "a", 1, "b", 1, &err), VM_OK);
	assert_int_equal(vm_cdb_writer_finish(&writer, &err), VM_TEMPFAIL);
	close(fd);
}

static void a_record_that_cannot_fit_is_limit(void **state)
{
	const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct vm_cdb_writer writer;
	struct vm_error err;

	(void)state;
	assert_int_equal(vm_cdb_writer_init(&writer, fd, "null", &err), VM_OK);
	/* The length alone decides; no byte of the data is looked at. */
	assert_int_equal(vm_cdb_writer_add(&writer, "a", 1, "b", UINT32_MAX, &err), VM_LIMIT);
	vm_cdb_writer_abort(&writer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(every_record_written_is_found_and_others_are_not),
		IN_FOLDER(a_walk_sees_all_records_in_order),
		IN_FOLDER(an_empty_cdb_is_sane),
		IN_FOLDER(the_bytes_are_those_of_the_format),
		IN_FOLDER(absent_is_not_found),
		IN_FOLDER(a_file_cut_at_any_length_is_refused),
		IN_FOLDER(zeroed_and_foreign_files_are_refused),
		IN_FOLDER(a_file_beyond_four_gigabytes_is_refused),
		IN_FOLDER(spoilt_bytes_never_lead_outside),
		IN_FOLDER(a_record_that_runs_past_the_end_is_tempfail_not_an_answer),
		cmocka_unit_test(a_full_disk_is_tempfail),
		cmocka_unit_test(a_record_that_cannot_fit_is_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
