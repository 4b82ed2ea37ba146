/* Makes, gives away and removes folders with what is below them, never through a symlink. */
#include <config.h>

#include "core/dir_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"

/* Folders that are open at once on the way down; each level costs one descriptor. */
enum { DEPTH_MAX = 64, MOVED_NAME_MAX = 48 };

/* One walk from its top. */
struct walk {
	int top;            /* the folder that is removed */
	unsigned int moved; /* number of folders brought up to the top */
};

static bool is_self_or_parent(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A stream of its own on the folder; the descriptor stays the caller's. */
static enum vm_status open_stream(int folder, const char *name, DIR **out, struct vm_error *err)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = copy < 0 ? NULL : fdopendir(copy);
	if (*out == NULL) {
		enum vm_status status = vm_fail_errno(err, errno, "cannot read folder %s", name);

		vm_file_discard(&copy);
		return status;
	}
	return VM_OK;
}

/* The next entry; VM_NOT_FOUND after the last. */
static enum vm_status next_entry(DIR *stream, const char *name, const struct dirent **out,
				 struct vm_error *err)
{
	do {
		errno = 0;
		*out = readdir(stream);
	} while (*out != NULL && is_self_or_parent((*out)->d_name));
	if (*out != NULL)
		return VM_OK;
	if (errno != 0)
		return vm_fail_errno(err, errno, "cannot read folder %s", name);
	return VM_NOT_FOUND;
}

static enum vm_status remove_entry(struct walk *walk, int folder, const char *name,
				   unsigned int depth, struct vm_error *err);

/*
 * Removes what is in the folder. What readdir shows of entries that come and go meanwhile is not defined, so it is
 * read again until a whole pass finds nothing.
 */
static enum vm_status empty_folder(struct walk *walk, int folder, const char *name,
				   unsigned int depth, struct vm_error *err)
{
	const struct dirent *entry = NULL;
	DIR *stream = NULL;
	bool found = true;
	enum vm_status status = open_stream(folder, name, &stream, err);

	if (status != VM_OK)
		return status;
	while (found && status == VM_OK) {
		found = false;
		rewinddir(stream);
		while ((status = next_entry(stream, name, &entry, err)) == VM_OK) {
			found = true;
			status = remove_entry(walk, folder, entry->d_name, depth, err);
			if (status != VM_OK)
				break;
		}
		if (status == VM_NOT_FOUND)
			status = VM_OK;
	}
	(void)closedir(stream); /* only read from */
	return status;
}

/* Too deep for descriptors: the folder moves up and is removed from there by a later pass. */
static enum vm_status move_up(struct walk *walk, int folder, const char *name, struct vm_error *err)
{
	char moved[MOVED_NAME_MAX];

	if (!vm_text_format(moved, sizeof(moved), ".removed.%lu.%u", (unsigned long)getpid(),
			    walk->moved++))
		return vm_fail(err, VM_INTERNAL, "a name too long");
	if (renameat(folder, name, walk->top, moved) != 0 && errno != ENOENT)
		return vm_fail_errno(err, errno, "cannot move %s", name);
	return VM_OK;
}

static enum vm_status remove_folder(struct walk *walk, int folder, const char *name,
				    unsigned int depth, struct vm_error *err)
{
	int below = -1;
	enum vm_status status = VM_INTERNAL;

	if (depth >= DEPTH_MAX)
		return move_up(walk, folder, name, err);
	status = vm_file_open_folder(folder, name, &below, err);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status != VM_OK)
		return status;
	if (depth == 0)
		walk->top = below;
	status = empty_folder(walk, below, name, depth + 1, err);
	vm_file_discard(&below);
	if (status != VM_OK)
		return status;
	if (unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		return vm_fail_errno(err, errno, "cannot remove folder %s", name);
	return VM_OK;
}

static enum vm_status remove_entry(struct walk *walk, int folder, const char *name,
				   unsigned int depth, struct vm_error *err)
{
	/* Linux says EISDIR for a folder, POSIX EPERM; anything else, a symlink too, is gone after this. */
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return VM_OK;
	if (errno != EISDIR && errno != EPERM)
		return vm_fail_errno(err, errno, "cannot remove %s", name);
	return remove_folder(walk, folder, name, depth, err);
}

enum vm_status vm_dir_tree_remove(int at, const char *name, struct vm_error *err)
{
	struct walk walk = { .top = -1, .moved = 0 };

	return remove_entry(&walk, at, name, 0, err);
}

enum vm_status vm_dir_tree_remove_synced(int at, const char *name, struct vm_error *err)
{
	enum vm_status status = vm_dir_tree_remove(at, name, err);

	if (status != VM_OK)
		return status;
	status = vm_file_sync_parent(at, name, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status own_entry(int folder, const char *name, uid_t uid, gid_t gid,
				unsigned int depth, struct vm_error *err);

static enum vm_status own_contents(int folder, const char *name, uid_t uid, gid_t gid,
				   unsigned int depth, struct vm_error *err)
{
	const struct dirent *entry = NULL;
	DIR *stream = NULL;
	enum vm_status status = open_stream(folder, name, &stream, err);

	if (status != VM_OK)
		return status;
	while ((status = next_entry(stream, name, &entry, err)) == VM_OK) {
		status = own_entry(folder, entry->d_name, uid, gid, depth, err);
		if (status != VM_OK)
			break;
	}
	(void)closedir(stream); /* only read from */
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/*
 * A file with a second name may be anybody's: a user can link /etc/shadow's like into his home and wait for root to
 * give it to him. It is only left alone when it has the right owner already.
 */
static enum vm_status check_not_shared(const struct stat *info, const char *name, uid_t uid,
				       struct vm_error *err)
{
	if (S_ISDIR(info->st_mode) || info->st_nlink <= 1 || info->st_uid == uid)
		return VM_OK;
	return vm_fail(err, VM_DENIED,
		       "%s belongs to user %lu and has another name elsewhere; its owner stays",
		       name, (unsigned long)info->st_uid);
}

static enum vm_status own_entry(int folder, const char *name, uid_t uid, gid_t gid,
				unsigned int depth, struct vm_error *err)
{
	struct stat info;
	int below = -1;
	enum vm_status status = vm_file_stat(folder, name, &info, err);

	if (status == VM_NOT_FOUND && depth > 0)
		return VM_OK;
	if (status == VM_OK)
		status = check_not_shared(&info, name, uid, err);
	if (status != VM_OK)
		return status;
	if (!S_ISDIR(info.st_mode))
		return vm_file_set_owner(folder, name, uid, gid, err);
	if (depth >= DEPTH_MAX)
		return vm_fail(err, VM_DENIED, "folders are nested deeper than %d", DEPTH_MAX);
	status = vm_file_open_folder(folder, name, &below, err);
	if (status != VM_OK)
		return status;
	status = own_contents(below, name, uid, gid, depth + 1, err);
	vm_file_discard(&below);
	if (status != VM_OK)
		return status;
	/* Last, so that a folder that has its owner has owned contents: an interrupted run shows. */
	return vm_file_set_owner(folder, name, uid, gid, err);
}

enum vm_status vm_dir_tree_set_owner(int at, const char *name, uid_t uid, gid_t gid,
				     struct vm_error *err)
{
	return own_entry(at, name, uid, gid, 0, err);
}

/* Makes one folder below `at` unless it is there, and opens it. */
static enum vm_status make_step(int at, const char *name, mode_t mode, uid_t uid, gid_t gid,
				int *out, struct vm_error *err)
{
	enum vm_status status = vm_file_make_folder(at, name, mode, err);

	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(at, name, uid, gid, err);
	if (status == VM_OK)
		status = vm_file_sync_parent(at, name, err);
	if (status == VM_OK || status == VM_EXISTS)
		status = vm_file_open_folder(at, name, out, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "%s is not a folder", name);
	return status;
}

enum vm_status vm_dir_tree_make(int at, const char *path, mode_t mode, uid_t uid, gid_t gid,
				struct vm_error *err)
{
	char name[256];
	int here = -1;
	enum vm_status status = VM_OK;

	if (path[0] == '/')
		return vm_fail(err, VM_INVALID, "%.160s is not a relative path", path);
	for (; *path != '\0'; path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");
		int below = -1;

		if (length >= sizeof(name)) {
			status = vm_fail(err, VM_INVALID, "a folder name longer than 255 bytes");
			break;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		if (is_self_or_parent(name)) {
			status = vm_fail(err, VM_INVALID, "a folder may not be named %s", name);
			break;
		}
		status = make_step(here < 0 ? at : here, name, mode, uid, gid, &below, err);
		vm_file_discard(&here);
		if (status != VM_OK)
			break;
		here = below;
		path += length;
	}
	vm_file_discard(&here);
	return status;
}
