/* Finds folders of accounts that no account has. */
#include <config.h>

#include "operations/check_orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dir_tree.h"
#include "operations/account_remove.h"
#include "operations/intent.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/folder_names.h"
#include "util/text.h"

enum {
	HASH_DEPTH_MAX = 3,
	BATCH = 4096, /* suspects that one walk through all accounts decides about */
	SCRATCH_MAX = 4 * 1024 * 1024,
	YOUNG_SECONDS = 600, /* a vadduser may be at work */
};

/* A folder that is not the home of the account of its name; it may be another's. */
struct suspect {
	char path[VM_PATH_MAX + 1];
	bool is_empty, is_home;
};

struct search {
	const struct vm_context *context;
	const struct vm_domain *domain;
	const struct vm_check *check;
	struct suspect *suspects;
	size_t count;
};

/* A folder whose entries are looked at. */
struct level {
	struct search *search;
	const char *path;
	unsigned int depth;
};

static int compare_suspects(const void *a, const void *b)
{
	return strcmp(((const struct suspect *)a)->path, ((const struct suspect *)b)->path);
}

static int compare_path(const void *path, const void *suspect)
{
	return strcmp(path, ((const struct suspect *)suspect)->path);
}

static enum vm_status clear_home(void *context, const struct vm_account *account,
				 struct vm_error *err)
{
	const struct search *const search = context;
	struct suspect *const found = bsearch(account->home, search->suspects, search->count,
					      sizeof *search->suspects, compare_path);

	(void)err;
	if (found != NULL)
		found->is_home = true;
	return VM_OK;
}

/* Another account may have the folder: 5.4 let homes be anywhere. */
static enum vm_status clear_homes(struct search *search, struct vm_error *err)
{
	return vm_store_each_account(search->context->store, search->domain->name, clear_home,
				     search, err);
}

/* By rmdir alone: what has come into it meanwhile stays, and the folder with it. */
static enum vm_status remove_empty(const char *path, bool *is_gone, struct vm_error *err)
{
	static const char *const parts[] = { "/Maildir/cur", "/Maildir/new", "/Maildir/tmp",
					     "/Maildir", "" };

	*is_gone = true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char part[VM_PATH_MAX + 32];

		if (!vm_text_format(part, sizeof part, "%s%s", path, parts[i]))
			return vm_fail(err, VM_INTERNAL, "%s does not fit", path);
		if (unlinkat(AT_FDCWD, part, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		*is_gone = false;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return vm_fail_errno(err, errno, "cannot remove %s", part);
	}
	return VM_OK;
}

static enum vm_status tell(const struct search *search, const struct suspect *suspect,
			   struct vm_error *err)
{
	bool is_gone = true;
	enum vm_status status = VM_OK;

	if (suspect->is_empty && search->check->repair)
		status = remove_empty(suspect->path, &is_gone, err);
	if (status != VM_OK)
		return status;
	if (suspect->is_empty && is_gone)
		vm_check_tell(search->check, "orphan", suspect->path, "removes the empty folders",
			      "no account has this home, and nothing is in it");
	else
		vm_check_leave(search->check, "orphan", suspect->path,
			       "to keep its mail move it away, run vadduser, and move its Maildir "
			       "into the new home; else remove it",
			       "no account has this home, and files are in it");
	return VM_OK;
}

static enum vm_status decide(struct search *search, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (search->count == 0)
		return VM_OK;
	qsort(search->suspects, search->count, sizeof *search->suspects, compare_suspects);
	status = clear_homes(search, err);
	for (size_t i = 0; status == VM_OK && i < search->count; i++)
		if (!search->suspects[i].is_home)
			status = tell(search, &search->suspects[i], err);
	search->count = 0;
	return status;
}

/* Is it the home of the account of its name, or will it be? */
static enum vm_status is_own_home(const struct search *search, const char *user, const char *path,
				  bool *out, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_account_get(search->context->store,
				      (struct vm_name){ user, search->domain->name }, &scratch,
				      &account, err);
	*out = status == VM_OK && (account.home[0] == '\0' || strcmp(account.home, path) == 0);
	vm_arena_release(&scratch);
	return status == VM_NOT_FOUND || status == VM_INVALID ? VM_OK : status;
}

/* A removal that is under way, or was interrupted, is told as that. */
static bool is_noted(const struct search *search, const char *user)
{
	char path[PATH_MAX];

	return vm_text_format(path, sizeof path, "%s/.intents/" VM_INTENT_REMOVE_ACCOUNT ".%s",
			      search->domain->dir, user) &&
	       faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum vm_status look_at_folder(const struct level *level, int folder, const char *name,
				     const char *path, struct vm_error *err)
{
	struct search *const search = level->search;
	struct suspect *suspect = NULL;
	struct stat info;
	bool is_home = false, is_empty = false;
	enum vm_status status = is_own_home(search, name, path, &is_home, err);

	if (status != VM_OK || is_home || is_noted(search, name))
		return status;
	is_empty = vm_dir_tree_is_empty(folder, name);
	if (is_empty) {
		status = vm_file_stat(folder, name, &info, err);
		if (status != VM_OK || vm_clock_now() - info.st_mtime < YOUNG_SECONDS)
			return status;
	}
	if (search->count == BATCH)
		status = decide(search, err);
	if (status != VM_OK)
		return status;
	suspect = &search->suspects[search->count];
	*suspect = (struct suspect){ .is_empty = is_empty };
	if (vm_text_copy(suspect->path, sizeof suspect->path, path))
		search->count++; /* a longer path is nobody's home */
	return VM_OK;
}

static enum vm_status look_below(const struct level *level, int folder, const char *name,
				 const char *path, struct vm_error *err);

static enum vm_status look_at_entry(void *context, int folder, const char *name,
				    struct vm_error *err)
{
	const struct level *const level = context;
	char path[PATH_MAX], maildir[NAME_MAX + 16];
	struct stat info;
	enum vm_status status = VM_OK;

	if (name[0] == '.')
		return VM_OK;
	status = vm_file_stat(folder, name, &info, err);
	if (status != VM_OK || !S_ISDIR(info.st_mode) ||
	    !vm_text_format(path, sizeof path, "%s/%s", level->path, name) ||
	    !vm_text_format(maildir, sizeof maildir, "%s/Maildir", name))
		return status;
	status = vm_file_stat(folder, maildir, &info, err);
	if (status == VM_OK && S_ISDIR(info.st_mode))
		return look_at_folder(level, folder, name, path, err);
	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	if (name[1] == '\0' && level->depth < HASH_DEPTH_MAX)
		return look_below(level, folder, name, path, err);
	/* Other folders are robots' and lists'. */
	return vm_dir_tree_is_empty(folder, name) ? look_at_folder(level, folder, name, path, err)
						  : VM_OK;
}

static enum vm_status look_below(const struct level *level, int folder, const char *name,
				 const char *path, struct vm_error *err)
{
	struct level below = { .search = level->search, .path = path, .depth = level->depth + 1 };
	int fd = -1;
	enum vm_status status = vm_file_open_folder(folder, name, &fd, err);

	if (status == VM_OK)
		status = vm_folder_each_name(fd, path, look_at_entry, &below, err);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_check_orphans(const struct vm_context *context, const struct vm_domain *domain,
				const struct vm_check *check, struct vm_error *err)
{
	struct search search = { .context = context, .domain = domain, .check = check };
	struct level level = { .search = &search, .path = domain->dir };
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	search.suspects = calloc(BATCH, sizeof *search.suspects);
	if (search.suspects == NULL)
		return vm_fail_memory(err);
	status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_OK)
		status = vm_folder_each_name(folder, domain->dir, look_at_entry, &level, err);
	if (status == VM_OK)
		status = decide(&search, err);
	vm_file_discard(&folder);
	free(search.suspects);
	return status;
}
