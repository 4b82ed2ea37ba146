/* Looks for wrong owners and modes in a tree. */
#include <config.h>

#include "core/tree_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"

enum { MODE_BITS = 07777, FOLDER_NEEDS = 0700, FILE_NEEDS = 0400, PROC_PATH_MAX = 64 };

struct walk {
	const struct vm_tree_rule *rule;
	struct vm_tree_result *result;
	char path[VM_TREE_PATH_MAX + 1]; /* of the entry looked at, below the top */
};

static void count(const struct walk *walk, struct vm_tree_count *what)
{
	if (what->count++ == 0)
		memcpy(what->first, walk->path, sizeof what->first);
}

/* The mode that a thing should have. */
static mode_t right_mode(const struct vm_tree_rule *rule, const struct stat *info)
{
	const mode_t mode = info->st_mode & MODE_BITS;

	if (S_ISDIR(info->st_mode))
		return (mode | FOLDER_NEEDS) & ~rule->forbidden;
	if (S_ISREG(info->st_mode))
		return (mode | FILE_NEEDS) & ~rule->forbidden;
	return mode;
}

/*
 * The descriptor holds the very thing that was looked at, whatever its owner lays under its name meanwhile. False: left as
 * it is. A file with a second name may be anybody's, see vm_dir_tree_set_owner.
 */
static bool mend_held(int fd, const struct vm_tree_rule *rule)
{
	char path[PROC_PATH_MAX];
	struct stat info;

	if (fstat(fd, &info) != 0)
		return false;
	if (info.st_uid != rule->uid) {
		if (!S_ISDIR(info.st_mode) && info.st_nlink > 1)
			return false;
		if (fchownat(fd, "", rule->uid, rule->gid, AT_EMPTY_PATH) != 0)
			return false;
	}
	if ((info.st_mode & MODE_BITS) == right_mode(rule, &info))
		return true;
	/* fchmod takes no O_PATH descriptor; this is its name, and no other. */
	return vm_text_format(path, sizeof path, "/proc/self/fd/%d", fd) &&
	       chmod(path, right_mode(rule, &info)) == 0;
}

static void mend(struct walk *walk, int at, const char *name)
{
	int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 ? errno != ENOENT : !mend_held(fd, walk->rule))
		count(walk, &walk->result->stuck);
	vm_file_discard(&fd);
}

static enum vm_status check_one(struct walk *walk, int at, const char *name, struct stat *info,
				struct vm_error *err)
{
	const enum vm_status status = vm_file_stat(at, name, info, err);
	bool is_foreign = false, is_mode = false;

	if (status != VM_OK)
		return status;
	is_foreign = info->st_uid != walk->rule->uid;
	is_mode = (info->st_mode & MODE_BITS) != right_mode(walk->rule, info);
	if (is_foreign)
		count(walk, &walk->result->foreign);
	if (is_mode)
		count(walk, &walk->result->mode);
	if (walk->rule->repair && (is_foreign || is_mode))
		mend(walk, at, name);
	return VM_OK;
}

static enum vm_status check_entry(struct walk *walk, int at, const char *name, unsigned int depth,
				  struct vm_error *err);

static enum vm_status check_contents(struct walk *walk, DIR *stream, unsigned int depth,
				     struct vm_error *err)
{
	const size_t length = strlen(walk->path);
	const struct dirent *entry = NULL;
	enum vm_status status = VM_OK;

	errno = 0;
	while (status == VM_OK && (entry = readdir(stream)) != NULL) {
		const char *const name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		/* A path too long is cut: it only says where. */
		if (!vm_text_format(walk->path + length, sizeof walk->path - length, "%s%s",
				    length == 0 ? "" : "/", name))
			walk->path[length] = '\0';
		status = check_entry(walk, dirfd(stream), name, depth, err);
		walk->path[length] = '\0';
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		status = vm_fail_errno(err, errno, "cannot read the folder %s", walk->path);
	return status;
}

static enum vm_status check_entry(struct walk *walk, int at, const char *name, unsigned int depth,
				  struct vm_error *err)
{
	struct stat info;
	DIR *stream = NULL;
	int folder = -1;
	enum vm_status status = check_one(walk, at, name, &info, err);

	if (status != VM_OK || !S_ISDIR(info.st_mode))
		return status == VM_NOT_FOUND && depth > 0 ? VM_OK : status;
	status = depth < VM_TREE_DEPTH_MAX ? vm_file_open_folder(at, name, &folder, err)
					   : VM_TEMPFAIL;
	if (status == VM_NOT_FOUND)
		return VM_OK;
	stream = status == VM_OK ? fdopendir(folder) : NULL;
	if (stream == NULL) {
		vm_file_discard(&folder);
		count(walk, &walk->result->stuck);
		return VM_OK;
	}
	status = check_contents(walk, stream, depth + 1, err);
	(void)closedir(stream); /* only read from */
	return status;
}

enum vm_status vm_tree_check(int at, const char *name, const struct vm_tree_rule *rule,
			     struct vm_tree_result *result, struct vm_error *err)
{
	struct walk walk = { .rule = rule, .result = result };

	return check_entry(&walk, at, name, 0, err);
}

enum vm_status vm_tree_check_one(int at, const char *name, const struct vm_tree_rule *rule,
				 struct vm_tree_result *result, struct vm_error *err)
{
	struct walk walk = { .rule = rule, .result = result };
	struct stat info;

	return check_one(&walk, at, name, &info, err);
}
