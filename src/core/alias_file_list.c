/* Lists the aliases that are kept in .qmail-NAME files. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alias_file.h"
#include "util/file.h"
#include "util/text.h"

enum { NAMES_MAX = 1000000 };

static const char prefix[] = ".qmail-";

/* The names of a folder in byte order. */
struct names {
	char **items;
	size_t count, capacity;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static enum vm_status names_add(struct names *names, const char *name, struct vm_error *err)
{
	if (names->count == NAMES_MAX)
		return vm_fail(err, VM_TEMPFAIL, "more than %d aliases in one folder", NAMES_MAX);
	if (names->count == names->capacity) {
		const size_t capacity = names->capacity == 0 ? 64 : names->capacity * 2;
		char **const items = realloc(names->items, capacity * sizeof *items);

		if (items == NULL)
			return vm_fail_memory(err);
		names->items = items;
		names->capacity = capacity;
	}
	names->items[names->count] = strdup(name);
	if (names->items[names->count] == NULL)
		return vm_fail_memory(err);
	names->count++;
	return VM_OK;
}

static int compare(const void *a, const void *b)
{
	char *const *const left = a, *const *const right = b;

	return strcmp(*left, *right);
}

/* The alias that a file name stands for, or NULL: in place, ':' read as '.'. */
static char *alias_of(char *file)
{
	char *const user = file + strlen(prefix);

	if (!vm_text_starts_with(file, prefix) || user[0] == '\0' || strcmp(user, "default") == 0 ||
	    strcmp(user, "alias.lock") == 0)
		return NULL;
	for (char *c = user; *c != '\0'; c++)
		if (*c == ':')
			*c = '.';
	return user;
}

static enum vm_status collect(DIR *stream, const char *after, struct names *names,
			      struct vm_error *err)
{
	struct dirent *entry = NULL;
	enum vm_status status = VM_OK;

	errno = 0;
	while (status == VM_OK && (entry = readdir(stream)) != NULL) {
		struct stat info;
		const bool is_plain =
			fstatat(dirfd(stream), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(info.st_mode);
		const char *const user = is_plain ? alias_of(entry->d_name) : NULL;

		if (user != NULL && strcmp(user, after) > 0)
			status = names_add(names, user, err);
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		return vm_fail_errno(err, errno, "cannot read the domain's folder");
	return status;
}

static enum vm_status read_names(int folder, const char *after, struct names *names,
				 struct vm_error *err)
{
	const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = NULL;
	enum vm_status status = VM_INTERNAL;

	if (fd < 0)
		return vm_fail_errno(err, errno, "cannot open the domain's folder");
	stream = fdopendir(fd);
	if (stream == NULL) {
		status = vm_fail_errno(err, errno, "cannot read the domain's folder");
		close(fd);
		return status;
	}
	status = collect(stream, after, names, err);
	closedir(stream);
	if (names->count > 1)
		qsort(names->items, names->count, sizeof *names->items, compare);
	return status;
}

/* Lists grow by copying: an alias has few lines, a page few aliases. */
static enum vm_status append(struct vm_alias_list *out, const struct vm_alias_list *more,
			     struct vm_arena *arena, struct vm_error *err)
{
	struct vm_alias *const items =
		vm_arena_alloc_array(arena, out->count + more->count, sizeof *items);

	if (items == NULL)
		return vm_fail_memory(err);
	if (out->count > 0)
		memcpy(items, out->items, out->count * sizeof *items);
	memcpy(items + out->count, more->items, more->count * sizeof *items);
	out->items = items;
	out->count += more->count;
	return VM_OK;
}

static enum vm_status read_aliases(int folder, const char *domain, const struct names *names,
				   size_t limit, struct vm_arena *arena, struct vm_alias_list *out,
				   struct vm_error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		struct vm_alias_list lines;
		enum vm_status status = VM_INTERNAL;

		if (out->count >= limit) {
			out->more = true;
			return VM_OK;
		}
		status = vm_alias_file_get(folder, (struct vm_name){ names->items[i], domain },
					   arena, &lines, err);
		if (status == VM_NOT_FOUND) /* gone since the folder was read */
			continue;
		if (status == VM_OK && lines.count > 0)
			status = append(out, &lines, arena, err);
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

enum vm_status vm_alias_file_list(int folder, const char *domain, const char *after, size_t limit,
				  struct vm_arena *arena, struct vm_alias_list *out,
				  struct vm_error *err)
{
	struct names names = { 0 };
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_alias_list){ 0 };
	status = read_names(folder, after, &names, err);
	if (status == VM_OK)
		status = read_aliases(folder, domain, &names, limit, arena, out, err);
	names_release(&names);
	return status;
}
