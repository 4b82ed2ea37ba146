/* Checks the owner and the modes of a domain's folder and of what is in it. */
#include <config.h>

#include "operations/check_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/tree_check.h"
#include "util/file.h"
#include "util/folder_names.h"
#include "util/text.h"

enum { HASH_DEPTH_MAX = 3, OPEN_TO_ALL = 0002, OPEN_TO_OTHERS = 0077, WORDS_MAX = 400 };

/* One folder whose entries are looked at one by one: D, or a hash folder in it. */
struct level {
	const struct vm_domain *domain;
	const struct vm_check *check;
	const char *path;
	unsigned int depth;
};

/* "does not ..." of the thing itself, or of how many in it. */
static void tell_count(const struct vm_check *check, const char *kind, const char *path,
		       const char *action, const struct vm_tree_count *what, bool is_by_hand,
		       const char *words)
{
	char text[VM_TREE_PATH_MAX + WORDS_MAX];

	if (what->count == 0)
		return;
	if (what->count == 1 && what->first[0] == '\0')
		(void)vm_text_format(text, sizeof text, "it %s", words);
	else
		(void)vm_text_format(text, sizeof text, "%" PRIu64 " in it: %s; the first is %s",
				     what->count, words,
				     what->first[0] == '\0' ? "itself" : what->first);
	if (is_by_hand)
		vm_check_leave(check, kind, path, action, "%s", text);
	else
		vm_check_tell(check, kind, path, action, "%s", text);
}

static void tell(const struct level *level, const char *path, const struct vm_tree_result *result)
{
	const struct vm_domain *const domain = level->domain;
	char words[WORDS_MAX], action[WORDS_MAX];
	/* What could not be mended is told in place of what could. */
	const bool is_stuck = result->stuck.count > 0;

	(void)vm_text_format(words, sizeof words, "does not belong to user %lu",
			     (unsigned long)domain->uid);
	(void)vm_text_format(action, sizeof action, "gives it to %lu:%lu",
			     (unsigned long)domain->uid, (unsigned long)domain->gid);
	if (!level->check->repair || !is_stuck) {
		tell_count(level->check, "owner", path, action, &result->foreign, false, words);
		tell_count(level->check, "mode", path, "mends it", &result->mode, false,
			   "is closed to its owner or open to others");
	}
	if (is_stuck && (level->check->repair || result->foreign.count + result->mode.count == 0))
		tell_count(level->check, "owner", path,
			   geteuid() == 0 ? "see who laid it there" : "run vcheck as root",
			   &result->stuck, true, "cannot be looked into or mended");
}

static enum vm_status check_level(const struct level *level, int folder, struct vm_error *err);

/* "a", "3": below these are homes, unless it is a home itself. */
static bool is_hash_folder(const struct level *level, int folder, const char *name)
{
	char maildir[16];
	struct stat info;

	return level->depth < HASH_DEPTH_MAX && name[1] == '\0' && name[0] != '.' &&
	       fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode) &&
	       vm_text_format(maildir, sizeof maildir, "%s/Maildir", name) &&
	       faccessat(folder, maildir, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

static enum vm_status check_hash_folder(const struct level *above, int folder, const char *name,
					const char *path, struct vm_error *err)
{
	const struct level level = { .domain = above->domain,
				     .check = above->check,
				     .path = path,
				     .depth = above->depth + 1 };
	int below = -1;
	enum vm_status status = vm_file_open_folder(folder, name, &below, err);

	if (status == VM_OK)
		status = check_level(&level, below, err);
	vm_file_discard(&below);
	/* What cannot be opened was told as such. */
	return status == VM_TEMPFAIL && err->sys_errno == EACCES ? VM_OK : status;
}

static struct vm_tree_rule rule_of(const struct level *level, mode_t forbidden)
{
	return (struct vm_tree_rule){ .uid = level->domain->uid,
				      .gid = level->domain->gid,
				      .forbidden = forbidden,
				      .repair = level->check->repair };
}

static enum vm_status check_entry(void *context, int folder, const char *name, struct vm_error *err)
{
	const struct level *const level = context;
	/* The files of the store hold password hashes. */
	const bool is_secret = vm_text_starts_with(name, "vpasswd") ||
			       vm_text_starts_with(name, ".vpasswd");
	const struct vm_tree_rule rule = rule_of(level, is_secret ? OPEN_TO_OTHERS : OPEN_TO_ALL);
	const bool is_hash = is_hash_folder(level, folder, name);
	struct vm_tree_result result = { .foreign = { 0 } };
	char path[PATH_MAX];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(path, sizeof path, "%s/%s", level->path, name))
		return vm_fail(err, VM_TEMPFAIL, "%s holds a name too long", level->path);
	status = is_hash ? vm_tree_check_one(folder, name, &rule, &result, err)
			 : vm_tree_check(folder, name, &rule, &result, err);
	if (status != VM_OK)
		return status;
	tell(level, path, &result);
	return is_hash ? check_hash_folder(level, folder, name, path, err) : VM_OK;
}

static enum vm_status check_level(const struct level *level, int folder, struct vm_error *err)
{
	struct level own = *level; /* each() takes no const */

	return vm_folder_each_name(folder, level->path, check_entry, &own, err);
}

static enum vm_status check_domain_folder(const struct level *level, struct vm_error *err)
{
	const struct vm_tree_rule rule = rule_of(level, OPEN_TO_OTHERS);
	struct vm_tree_result result = { .foreign = { 0 } };
	int folder = -1;
	enum vm_status status = vm_tree_check_one(AT_FDCWD, level->path, &rule, &result, err);

	if (status != VM_OK)
		return status;
	tell(level, level->path, &result);
	status = vm_file_open_folder(AT_FDCWD, level->path, &folder, err);
	if (status == VM_TEMPFAIL && err->sys_errno == EACCES)
		return VM_OK;
	if (status == VM_OK)
		status = check_level(level, folder, err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_check_owner(const struct vm_domain *domain, const struct vm_check *check,
			      bool *is_there, struct vm_error *err)
{
	const struct level level = { .domain = domain, .check = check, .path = domain->dir };
	struct stat info;
	enum vm_status status = vm_file_stat(AT_FDCWD, domain->dir, &info, err);

	*is_there = status == VM_OK && S_ISDIR(info.st_mode);
	if (status == VM_NOT_FOUND) {
		vm_check_leave(check, "folder", domain->name,
			       "mount or restore it, or remove the domain with vdeldomain",
			       "its folder %s is missing", domain->dir);
		return VM_OK;
	}
	if (status == VM_OK && !*is_there) {
		vm_check_leave(check, "folder", domain->name,
			       "put the folder there, or its real path into users/assign",
			       "%s is no folder", domain->dir);
		return VM_OK;
	}
	return status == VM_OK ? check_domain_folder(&level, err) : status;
}
