/* Checks the folders in which domains lie. */
#include <config.h>

#include "operations/check_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dir_control.h"
#include "operations/domain_remove.h"
#include "util/file.h"
#include "util/folder_names.h"
#include "util/text.h"

enum { HASH_DEPTH_MAX = 3, BASES_MAX = 256, TEXT_MAX = 240 };

/* The distinct folders of domains, with how many each holds. */
struct bases {
	char path[BASES_MAX][VM_PATH_MAX + 1];
	uint64_t domains[BASES_MAX];
	size_t count;
};

struct search {
	const struct vm_context *context;
	const struct vm_check *check;
	struct vm_domain_names *names;
	const char **dirs; /* of the real domains, sorted */
	size_t dir_count;
};

/* A folder whose entries are looked at: a base or a hash folder in it. */
struct level {
	struct search *search;
	const char *path;
	unsigned int depth;
};

static bool is_alias(const struct vm_domain_entry *entry)
{
	return strcmp(entry->name, entry->real) != 0;
}

/* NULL when there are too many of them: the rest is not looked at. */
static uint64_t *count_in(struct bases *bases, const char *path)
{
	for (size_t i = 0; i < bases->count; i++)
		if (strcmp(bases->path[i], path) == 0)
			return &bases->domains[i];
	if (bases->count == BASES_MAX ||
	    !vm_text_copy(bases->path[bases->count], VM_PATH_MAX + 1, path))
		return NULL;
	return &bases->domains[bases->count++];
}

static enum vm_status find_bases(const struct vm_context *context,
				 const struct vm_domain_names *names, struct bases *bases,
				 struct vm_error *err)
{
	char path[VM_PATH_MAX + 1];
	const enum vm_status status = vm_domain_notes(context, path, err);

	if (status != VM_OK)
		return status;
	(void)count_in(bases, path);
	for (size_t i = 0; i < names->count; i++) {
		struct vm_error ignored; /* a folder that lies elsewhere */
		uint64_t *count = NULL;

		if (is_alias(&names->entries[i]) ||
		    vm_domain_base(context, names->entries[i].dir, path, &ignored) != VM_OK)
			continue;
		count = count_in(bases, path);
		if (count != NULL)
			++*count;
	}
	return VM_OK;
}

enum holding { HOLDS_NONE, HOLDS_ACCOUNTS, HOLDS_UNKNOWN };

static enum holding what_holds(const char *dir)
{
	static const char *const names[] = { "vpasswd", "vpasswd.cdb" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[PATH_MAX];

		if (!vm_text_format(path, sizeof path, "%s/%s", dir, names[i]))
			return HOLDS_NONE;
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return HOLDS_ACCOUNTS;
		if (errno != ENOENT && errno != ENOTDIR)
			return HOLDS_UNKNOWN;
	}
	return HOLDS_NONE;
}

static enum vm_status put_back(struct search *search, const struct vm_domain_entry *entry,
			       const char *witness, struct vm_error *err)
{
	enum vm_status status = vm_domain_names_add_lost(search->names, entry->name, err);

	if (status == VM_OK && search->check->repair)
		status = vm_store_domain_insert(search->context->store, entry, err);
	if (status == VM_OK)
		vm_check_tell(search->check, "domain", entry->name, "puts its line back",
			      "users/assign lacks it; %s tells of it and %s holds its accounts",
			      witness, entry->dir);
	return status == VM_EXISTS ? VM_OK : status; /* somebody else has just done so */
}

/* An alias says where the folder of its domain is, and whose. */
static enum vm_status check_alias_targets(struct search *search, struct vm_error *err)
{
	const size_t count = search->names->count;
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < count; i++) {
		struct vm_domain_entry entry = search->names->entries[i];

		if (!is_alias(&entry) || vm_domain_names_find(search->names, entry.real) < count ||
		    vm_domain_names_is_lost(search->names, entry.real) ||
		    what_holds(entry.dir) != HOLDS_ACCOUNTS)
			continue;
		entry.name = entry.real;
		status = put_back(search, &entry, search->names->entries[i].name, err);
	}
	return status;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_named_dir(const struct search *search, const char *path)
{
	return search->dir_count > 0 && bsearch(&path, search->dirs, search->dir_count,
						sizeof *search->dirs, compare_texts) != NULL;
}

/* A command is at work on it, or was interrupted: that is told as such. */
static bool is_noted(const struct search *search, const char *name)
{
	static const char *const kinds[] = { VM_INTENT_ADD_DOMAIN, VM_INTENT_REMOVE_DOMAIN };
	char notes[VM_PATH_MAX + 1];
	struct vm_error ignored;

	if (vm_domain_notes(search->context, notes, &ignored) != VM_OK)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char path[PATH_MAX];

		if (vm_text_format(path, sizeof path, "%s/.intents/%s.%s", notes, kinds[i], name) &&
		    faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

static enum vm_status check_unnamed(struct search *search, const char *name, const char *path,
				    const struct stat *info, struct vm_error *err)
{
	const struct vm_config *const config = search->context->config;
	const size_t place = vm_domain_names_find(search->names, name);
	const enum holding holding = what_holds(path);
	struct vm_domain_entry entry = {
		.name = name, .real = name, .dir = path, .uid = info->st_uid, .gid = info->st_gid
	};

	if (is_named_dir(search, path) || vm_domain_names_is_lost(search->names, name) ||
	    is_noted(search, name) || holding == HOLDS_NONE)
		return VM_OK;
	if (holding == HOLDS_UNKNOWN) {
		vm_check_leave(search->check, "domain", path, "run vcheck as root",
			       "users/assign does not name it, and it cannot be looked into");
		return VM_OK;
	}
	if (place < search->names->count) {
		vm_check_leave(search->check, "domain", path,
			       "see whose mail it holds, and move or remove it",
			       "it holds accounts, and %s is served from %s", name,
			       search->names->entries[place].dir);
		return VM_OK;
	}
	if (entry.uid == 0 && geteuid() == 0) { /* root made it by hand */
		entry.uid = config->uid;
		entry.gid = config->gid;
	}
	if (vm_domain_names_is_stray(search->names, name))
		return put_back(search, &entry, "virtualdomains", err);
	vm_check_leave(search->check, "domain", path,
		       "to serve it add it to users/assign and virtualdomains and run "
		       "vcheck --repair; else remove it",
		       "it holds accounts, and users/assign does not name it");
	return VM_OK;
}

/* Not at once: nothing of ours reads it, and a temporary name would be one more thing to leave behind. */
static enum vm_status relink(int folder, const char *name, const char *target, struct vm_error *err)
{
	const enum vm_status status = vm_file_remove(folder, name, err);

	if (status == VM_OK && symlinkat(target, folder, name) != 0)
		return vm_fail_errno(err, errno, "cannot make a link for %s", name);
	return status;
}

/* Old versions made a link for each alias; nothing of ours reads it, but scripts may. */
static enum vm_status check_link(const struct search *search, int folder, const char *name,
				 const char *path, struct vm_error *err)
{
	const size_t place = vm_domain_names_find(search->names, name);
	const struct vm_domain_entry *const entry =
		place < search->names->count ? &search->names->entries[place] : NULL;
	struct stat target = { .st_ino = 0 }, wanted = { .st_ino = 0 };
	const bool leads = fstatat(folder, name, &target, 0) == 0;
	enum vm_status status = VM_OK;

	/* A link in the place of a domain's folder is told with the domain. */
	if (is_named_dir(search, path) || vm_domain_names_is_lost(search->names, name))
		return VM_OK;
	if (entry == NULL && leads)
		return VM_OK;
	if (entry != NULL && stat(entry->dir, &wanted) != 0)
		return VM_OK; /* the missing folder is told with the domain */
	if (leads && target.st_dev == wanted.st_dev && target.st_ino == wanted.st_ino)
		return VM_OK;
	if (search->check->repair)
		status = entry == NULL ? vm_file_remove(folder, name, err)
				       : relink(folder, name, entry->dir, err);
	if (status == VM_OK)
		vm_check_tell(search->check, "alias", path,
			      entry == NULL ? "removes it" : "lets it lead to its domain",
			      entry == NULL ? "a link that leads nowhere"
					    : "a link that leads elsewhere than users/assign says");
	return status;
}

static enum vm_status look_below(const struct level *level, int folder, const char *name,
				 const char *path, struct vm_error *err);

static enum vm_status look_at_entry(void *context, int folder, const char *name,
				    struct vm_error *err)
{
	const struct level *const level = context;
	char path[PATH_MAX];
	struct stat info;
	struct vm_error why;
	enum vm_status status = VM_OK;

	if (name[0] == '.' || !vm_text_format(path, sizeof path, "%s/%s", level->path, name))
		return VM_OK;
	status = vm_file_stat(folder, name, &info, err);
	if (status != VM_OK)
		return status;
	if (S_ISDIR(info.st_mode) && name[1] == '\0' && level->depth < HASH_DEPTH_MAX)
		return look_below(level, folder, name, path, err);
	if (vm_domain_check_new(name, &why) != VM_OK)
		return VM_OK;
	if (S_ISLNK(info.st_mode))
		return check_link(level->search, folder, name, path, err);
	return S_ISDIR(info.st_mode) ? check_unnamed(level->search, name, path, &info, err) : VM_OK;
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

static enum vm_status look_at_bases(struct search *search, const struct bases *bases,
				    struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < bases->count; i++) {
		struct level level = { .search = search, .path = bases->path[i] };
		int folder = -1;

		status = vm_file_open_folder(AT_FDCWD, bases->path[i], &folder, err);
		if (status == VM_OK)
			status = vm_folder_each_name(folder, bases->path[i], look_at_entry, &level,
						     err);
		vm_file_discard(&folder);
		if (status == VM_NOT_FOUND)
			status = VM_OK; /* told with each domain in it */
	}
	return status;
}

enum vm_status vm_check_folders(const struct vm_context *context, const struct vm_check *check,
				struct vm_domain_names *names, struct vm_error *err)
{
	struct search search = { .context = context, .check = check, .names = names };
	struct bases *const bases = calloc(1, sizeof *bases);
	enum vm_status status = VM_INTERNAL;

	search.dirs = calloc(names->count + 1, sizeof *search.dirs);
	if (bases == NULL || search.dirs == NULL) {
		free(bases);
		free(search.dirs);
		return vm_fail_memory(err);
	}
	for (size_t i = 0; i < names->count; i++)
		if (!is_alias(&names->entries[i]))
			search.dirs[search.dir_count++] = names->entries[i].dir;
	qsort(search.dirs, search.dir_count, sizeof *search.dirs, compare_texts);
	status = find_bases(context, names, bases, err);
	if (status == VM_OK)
		status = check_alias_targets(&search, err);
	if (status == VM_OK)
		status = look_at_bases(&search, bases, err);
	free(search.dirs);
	free(bases);
	return status;
}

static enum vm_status check_count(const struct vm_check *check, const char *path, uint64_t domains,
				  struct vm_error *err)
{
	struct vm_dir_control dirs;
	char text[TEXT_MAX];
	int folder = -1;
	bool is_damaged = false;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, path, &folder, err);

	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	status = vm_dir_control_read(folder, &dirs, err);
	is_damaged = status == VM_MISCONFIG;
	if (is_damaged)
		status = VM_OK;
	if (status != VM_OK || (!is_damaged && dirs.count == domains))
		goto out;
	if (check->repair)
		status = vm_dir_control_correct(folder, dirs.count, domains, err);
	if (is_damaged)
		(void)vm_text_copy(text, sizeof text, ".dir-control is damaged");
	else
		(void)vm_text_format(text, sizeof text,
				     ".dir-control counts %" PRIu64 " domains, there are %" PRIu64,
				     dirs.count, domains);
	if (status == VM_OK)
		vm_check_tell(check, "count", path, is_damaged ? "writes it anew" : "sets it", "%s",
			      text);
out:
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_check_domain_counts(const struct vm_context *context,
				      const struct vm_check *check,
				      const struct vm_domain_names *names, struct vm_error *err)
{
	struct bases *const bases = calloc(1, sizeof *bases);
	enum vm_status status = VM_INTERNAL;

	if (bases == NULL)
		return vm_fail_memory(err);
	status = find_bases(context, names, bases, err);
	for (size_t i = 0; status == VM_OK && i < bases->count; i++)
		status = check_count(check, bases->path[i], bases->domains[i], err);
	free(bases);
	return status;
}
