/* What unit tests share: a temp folder for each test, and cmocka with the headers it wants. */
#ifndef VM_TESTS_UNIT_SUPPORT_H
#define VM_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of the test's own; *state points to it between the two fixtures. */
struct test_folder {
	int fd;
	char path[64];
};

static int remove_entry(const char *path, const struct stat *found, int kind, struct FTW *place)
{
	(void)found;
	(void)kind;
	(void)place;
	return remove(path);
}

__attribute__((unused)) static int make_test_folder(void **state)
{
	struct test_folder *const folder = calloc(1, sizeof *folder);

	if (folder == NULL)
		return -1;
	(void)snprintf(folder->path, sizeof folder->path, "%s/vm-test-XXXXXX", P_tmpdir);
	if (mkdtemp(folder->path) == NULL)
		return -1;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = folder;
	return folder->fd < 0 ? -1 : 0;
}

__attribute__((unused)) static int remove_test_folder(void **state)
{
	struct test_folder *const folder = *state;
	int result = 0;

	close(folder->fd);
	result = nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
	return result;
}

__attribute__((unused)) static void write_test_file(int folder, const char *name, const void *bytes,
						    size_t length)
{
	const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), (ssize_t)length);
	assert_int_equal(close(fd), 0);
}

/* The content with a NUL behind it, from malloc. */
__attribute__((unused)) static char *read_test_file(int folder, const char *name, size_t *length)
{
	const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	struct stat found;
	char *bytes = NULL;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	bytes = calloc(1, (size_t)found.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, (size_t)found.st_size), found.st_size);
	close(fd);
	if (length != NULL)
		*length = (size_t)found.st_size;
	return bytes;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

#endif
