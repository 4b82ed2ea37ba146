/* Tells whether folders are all that is below a folder. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/dir_tree.h"

enum { DEPTH_MAX = 8 };

static bool is_empty_below(int at, const char *name, unsigned int depth)
{
	const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = NULL;
	const struct dirent *entry = NULL;
	bool is_empty = depth < DEPTH_MAX;

	if (fd < 0)
		return false;
	stream = fdopendir(fd);
	if (stream == NULL) {
		close(fd);
		return false;
	}
	errno = 0;
	while (is_empty && (entry = readdir(stream)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			is_empty = is_empty_below(fd, entry->d_name, depth + 1);
	if (is_empty && errno != 0)
		is_empty = false;
	closedir(stream);
	return is_empty;
}

bool vm_dir_tree_is_empty(int at, const char *name)
{
	return is_empty_below(at, name, 0);
}
