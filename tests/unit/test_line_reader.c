/* line_reader.c */
#include "config.h"

#include "support.h"
#include "util/line_reader.h"

struct reading {
	struct vm_line_reader reader;
	struct vm_error err;
	int fd;
	char *line;
	size_t length;
};

static void begin(struct reading *reading, const struct test_folder *folder, const char *bytes,
		  size_t length, size_t line_max)
{
	write_test_file(folder->fd, "lines", bytes, length);
	reading->fd = openat(folder->fd, "lines", O_RDONLY | O_CLOEXEC);
	assert_true(reading->fd >= 0);
	assert_int_equal(vm_line_reader_init(&reading->reader, reading->fd, "lines", line_max,
					     &reading->err),
			 VM_OK);
}

static void end(struct reading *reading)
{
	vm_line_reader_release(&reading->reader);
	close(reading->fd);
}

static enum vm_status next(struct reading *reading)
{
	return vm_line_reader_next(&reading->reader, &reading->line, &reading->length,
				   &reading->err);
}

static void lines_come_without_lf_with_number_and_offset(void **state)
{
	struct reading reading;

	begin(&reading, *state, "one\n\nthree\0x\nlast", 17, 100);
	assert_int_equal(next(&reading), VM_OK);
	assert_string_equal(reading.line, "one");
	assert_int_equal(reading.reader.offset, 4);
	assert_int_equal(next(&reading), VM_OK);
	assert_int_equal(reading.length, 0);
	assert_int_equal(next(&reading), VM_OK);
	assert_int_equal(reading.length, 7);
	assert_memory_equal(reading.line, "three\0x", 8);
	assert_int_equal(next(&reading), VM_OK);
	assert_string_equal(reading.line, "last");
	assert_int_equal(reading.reader.number, 4);
	assert_int_equal(reading.reader.offset, 17);
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	end(&reading);
}

static void an_empty_file_has_no_line(void **state)
{
	struct reading reading;

	begin(&reading, *state, "", 0, 100);
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	end(&reading);
}

static void a_line_of_the_maximum_passes_and_one_more_is_skipped_whole(void **state)
{
	struct reading reading;

	begin(&reading, *state, "12345\n123456\nok\n1234567", 23, 5);
	assert_int_equal(next(&reading), VM_OK);
	assert_string_equal(reading.line, "12345");
	assert_int_equal(next(&reading), VM_INVALID);
	assert_non_null(strstr(reading.err.text, "line 2"));
	assert_int_equal(next(&reading), VM_OK);
	assert_string_equal(reading.line, "ok");
	assert_int_equal(reading.reader.offset, 16);
	assert_int_equal(next(&reading), VM_INVALID);
	assert_int_equal(reading.reader.offset, 23);
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	end(&reading);
}

/* Lengths around the size of the block, one after the other. */
static void lines_across_block_ends_are_whole(void **state)
{
	enum { LONGEST = 70000, LINES = 9 };
	static const size_t lengths[LINES] = {
		32766, 32767, 32768, 1, 32769, 65535, LONGEST, 0, 5
	};
	char *const bytes = malloc(400000);
	struct reading reading;
	size_t total = 0;

	assert_non_null(bytes);
	for (int i = 0; i < LINES; i++) {
		memset(bytes + total, 'a' + i, lengths[i]);
		total += lengths[i];
		bytes[total++] = '\n';
	}
	begin(&reading, *state, bytes, total, LONGEST);
	for (int i = 0; i < LINES; i++) {
		assert_int_equal(next(&reading), VM_OK);
		assert_int_equal(reading.length, lengths[i]);
		for (size_t k = 0; k < reading.length; k++)
			assert_int_equal(reading.line[k], 'a' + i);
	}
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	end(&reading);
	begin(&reading, *state, bytes, total, 40);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(next(&reading), lengths[i] > 40 ? VM_INVALID : VM_OK);
	assert_int_equal(next(&reading), VM_NOT_FOUND);
	end(&reading);
	free(bytes);
}

static void a_read_error_is_tempfail(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_line_reader reader;
	struct vm_error err;
	char *line = NULL;
	size_t length = 0;

	assert_int_equal(vm_line_reader_init(&reader, folder->fd, "folder", 10, &err), VM_OK);
	assert_int_equal(vm_line_reader_next(&reader, &line, &length, &err), VM_TEMPFAIL);
	vm_line_reader_release(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(lines_come_without_lf_with_number_and_offset),
		IN_FOLDER(an_empty_file_has_no_line),
		IN_FOLDER(a_line_of_the_maximum_passes_and_one_more_is_skipped_whole),
		IN_FOLDER(lines_across_block_ends_are_whole),
		IN_FOLDER(a_read_error_is_tempfail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
