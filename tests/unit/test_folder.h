/* A folder of its own for each test, removed afterwards. Include after cmocka.h. */
#ifndef VM_TESTS_UNIT_TEST_FOLDER_H
#define VM_TESTS_UNIT_TEST_FOLDER_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dir_tree.h"
#include "util/status.h"

struct test_folder {
	char path[64];
	int fd;
};

static inline int test_folder_make(void **state)
{
	struct test_folder *folder = calloc(1, sizeof(*folder));

	if (folder == NULL)
		return -1;
	memcpy(folder->path, "/tmp/virtmail-unit-XXXXXX", sizeof("/tmp/virtmail-unit-XXXXXX"));
	if (mkdtemp(folder->path) == NULL)
		return -1;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = folder;
	return folder->fd < 0 ? -1 : 0;
}

static inline int test_folder_remove(void **state)
{
	struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	int result = -1;

	close(folder->fd);
	if (vm_dir_tree_remove(AT_FDCWD, folder->path, &err) == VM_OK)
		result = 0;
	free(folder);
	return result;
}

/* Writes a file of the folder. */
static inline void test_folder_write(const struct test_folder *folder, const char *name,
				     const char *text, mode_t mode)
{
	int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t length = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Reads a file of the folder into room; "" when it is not there. */
static inline const char *test_folder_read(const struct test_folder *folder, const char *name,
					   char *room, size_t size)
{
	int fd = openat(folder->fd, name, O_RDONLY);
	ssize_t got = 0;

	room[0] = '\0';
	if (fd < 0)
		return room;
	got = read(fd, room, size - 1);
	room[got > 0 ? got : 0] = '\0';
	close(fd);
	return room;
}

#endif
