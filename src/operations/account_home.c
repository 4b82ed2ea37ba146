/* Chooses, makes and remembers homes. */
#include <config.h>

#include "operations/account_home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/dir_tree.h"
#include "core/maildir.h"
#include "operations/sqwebmail_pass.h"
#include "util/file.h"
#include "util/text.h"

/* From so many homes on, one sync of the file system costs less than three of folders for each. */
enum { SYNC_TOGETHER = 50 };

/* What is made: a home that may be there already or not, synced by itself or with others. */
struct way {
	bool may_exist, sync;
};

static enum vm_status print_place(const struct vm_home_maker *maker, const char *user, char *path,
				  struct vm_error *err)
{
	const char *const hash = maker->context->config->users_big_dir ? maker->place.path : "";

	if (!vm_text_format(path, VM_PATH_MAX + 1, "%s/%s%s%s", maker->domain->dir, hash,
			    hash[0] == '\0' ? "" : "/", user))
		return vm_fail_field(err, VM_INVALID, "address",
				     "the home of %s would be longer than %d bytes", user,
				     VM_PATH_MAX);
	return VM_OK;
}

/* `path` seen from the open folder of its domain; VM_INVALID when it lies elsewhere. */
static enum vm_status path_below(const struct vm_domain *domain, const char *path, const char **out,
				 struct vm_error *err)
{
	const size_t length = strlen(domain->dir);

	if (strncmp(path, domain->dir, length) != 0 || path[length] != '/' ||
	    path[length + 1] == '\0')
		return vm_fail_field(err, VM_INVALID, "home", "%s is not below %s", path,
				     domain->dir);
	*out = path + length + 1;
	return VM_OK;
}

/* The folders above the home, made when they are missing. */
static enum vm_status make_parents(int folder, const struct vm_domain *domain, const char *path,
				   struct vm_error *err)
{
	const char *const slash = strrchr(path, '/');
	char parents[VM_PATH_MAX + 1];

	if (slash == NULL)
		return VM_OK;
	if (!vm_text_format(parents, sizeof parents, "%.*s", (int)(slash - path), path))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", path);
	return vm_dir_tree_make(folder, parents, 0700, domain->uid, domain->gid, err);
}

static enum vm_status sync_parent(int folder, const char *path, struct vm_error *err)
{
	const char *const slash = strrchr(path, '/');
	char parent[VM_PATH_MAX + 1];

	if (slash == NULL)
		return vm_file_sync(folder, "the domain's folder", err);
	if (!vm_text_format(parent, sizeof parent, "%.*s", (int)(slash - path), path))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", path);
	return vm_file_sync_folder(folder, parent, err);
}

static enum vm_status make_maildir(int folder, const struct vm_domain *domain, const char *path,
				   bool sync, struct vm_error *err)
{
	char maildir[VM_PATH_MAX + 16];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(maildir, sizeof maildir, "%s/Maildir", path))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", path);
	status = vm_maildir_make(folder, maildir, domain->uid, domain->gid, sync, err);
	if (status == VM_OK && sync)
		status = vm_file_sync_folder(folder, path, err);
	return status;
}

/* Makes the home and its Maildir; VM_EXISTS when something is there already and may not be. */
static enum vm_status make_home(int folder, const struct vm_domain *domain, const char *path,
				struct way way, struct vm_error *err)
{
	enum vm_status status = make_parents(folder, domain, path, err);

	if (status == VM_OK)
		status = vm_file_make_folder(folder, path, 0700, err);
	if (status == VM_EXISTS && (way.may_exist || vm_dir_tree_is_empty(folder, path)))
		status = VM_OK;
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(folder, path, domain->uid, domain->gid, err);
	if (status == VM_OK)
		status = make_maildir(folder, domain, path, way.sync, err);
	if (status == VM_OK && way.sync)
		status = sync_parent(folder, path, err);
	return status;
}

static enum vm_status open_domain_folder(const struct vm_domain *domain, int *folder,
					 struct vm_error *err)
{
	const enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, folder, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	return status;
}

enum vm_status vm_home_maker_open(struct vm_home_maker *maker, const struct vm_context *context,
				  const struct vm_domain *domain, int count, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	*maker = (struct vm_home_maker){ .context = context,
					 .domain = domain,
					 .folder = -1,
					 .is_shared = count >= SYNC_TOGETHER };
	status = open_domain_folder(domain, &maker->folder, err);
	if (status == VM_OK)
		status = vm_store_dirs_change(context->store, domain, count, &maker->place, err);
	if (status == VM_OK)
		maker->left = count;
	return status;
}

/* One of the places is taken. */
static void use_place(struct vm_home_maker *maker)
{
	maker->left--;
	vm_dir_control_advance(&maker->place);
}

enum vm_status vm_home_maker_make(struct vm_home_maker *maker, const char *user, char *path,
				  struct vm_error *err)
{
	const struct way way = { .may_exist = false, .sync = !maker->is_shared };
	enum vm_status status = VM_INTERNAL;

	if (maker->left == 0)
		return vm_fail(err, VM_INTERNAL, "no place was taken for the home of %s", user);
	status = print_place(maker, user, path, err);
	if (status == VM_OK)
		status = make_home(maker->folder, maker->domain,
				   path + strlen(maker->domain->dir) + 1, way, err);
	if (status == VM_EXISTS)
		return vm_fail_field(err, VM_EXISTS, "home", "%s is there already and holds files",
				     path);
	if (status == VM_OK)
		use_place(maker);
	return status;
}

enum vm_status vm_home_maker_sync(struct vm_home_maker *maker, struct vm_error *err)
{
	return maker->is_shared ? vm_file_sync_filesystem(maker->folder, maker->domain->dir, err)
				: VM_OK;
}

void vm_home_maker_undo(struct vm_home_maker *maker, const char *path)
{
	struct vm_error ignored; /* a folder that stays is found by vcheck and by the next try */

	if (vm_dir_tree_is_empty(AT_FDCWD, path))
		(void)vm_dir_tree_remove(AT_FDCWD, path, &ignored);
	maker->left++;
}

void vm_home_maker_close(struct vm_home_maker *maker)
{
	struct vm_error ignored; /* a count that is too high only begins a new folder early */

	if (maker->left > 0)
		(void)vm_store_dirs_change(maker->context->store, maker->domain, -maker->left, NULL,
					   &ignored);
	vm_file_discard(&maker->folder);
}

static enum vm_status make_below(const struct vm_domain *domain, const char *path,
				 struct vm_error *err)
{
	const struct way way = { .may_exist = true, .sync = true };
	const char *below = NULL;
	int folder = -1;
	enum vm_status status = path_below(domain, path, &below, err);

	if (status == VM_OK)
		status = open_domain_folder(domain, &folder, err);
	if (status == VM_OK)
		status = make_home(folder, domain, below, way, err);
	vm_file_discard(&folder);
	return status;
}

/* A home that was chosen before, by us or by an older program, and may lie anywhere. */
static enum vm_status ensure_maildir(const struct vm_domain *domain, const char *home,
				     struct vm_error *err)
{
	static const char *const parts[] = { "new", "tmp", "cur" };
	char path[VM_PATH_MAX + 32];
	struct stat info;
	const char *below = NULL;
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < sizeof parts / sizeof parts[0]; i++) {
		if (!vm_text_format(path, sizeof path, "%s/Maildir/%s", home, parts[i]))
			return vm_fail(err, VM_INTERNAL, "%s does not fit", home);
		status = vm_file_stat(AT_FDCWD, path, &info, err);
	}
	if (status != VM_NOT_FOUND)
		return status;
	if (path_below(domain, home, &below, err) == VM_OK)
		return make_below(domain, home, err);
	return make_maildir(AT_FDCWD, domain, home, true, err);
}

/* Someone else may choose at the same time: the first update wins and both use its home. */
static enum vm_status remember(const struct vm_context *context, struct vm_account *account,
			       const char *home, struct vm_arena *arena, struct vm_error *err)
{
	const struct vm_name name = { account->user, account->domain };
	struct vm_account changed = *account;
	enum vm_status status = VM_INTERNAL;

	changed.home = home;
	status = vm_store_account_update(context->store, &changed, account, err);
	if (status == VM_OK) {
		*account = changed;
		return VM_OK;
	}
	if (vm_store_account_get(context->store, name, arena, &changed, err) != VM_OK ||
	    changed.home[0] == '\0')
		return vm_fail(err, VM_TEMPFAIL, "the home of %s@%s cannot be stored now",
			       name.user, name.domain);
	*account = changed;
	return VM_OK;
}

/* A home for an account that has none yet. */
static enum vm_status choose_and_make(const struct vm_context *context,
				      const struct vm_domain *domain, const char *user, char *path,
				      struct vm_error *err)
{
	struct vm_home_maker maker;
	enum vm_status status = vm_home_maker_open(&maker, context, domain, 1, err);

	if (status == VM_OK)
		status = print_place(&maker, user, path, err);
	if (status == VM_OK)
		status = make_below(domain, path, err);
	if (status == VM_OK)
		use_place(&maker);
	vm_home_maker_close(&maker);
	return status;
}

enum vm_status vm_account_home_ensure(const struct vm_context *context,
				      const struct vm_domain *domain, struct vm_account *account,
				      struct vm_arena *arena, struct vm_error *err)
{
	char path[VM_PATH_MAX + 1];
	const char *home = NULL;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] != '\0')
		return ensure_maildir(domain, account->home, err);
	status = choose_and_make(context, domain, account->user, path, err);
	if (status != VM_OK)
		return status;
	home = vm_arena_strdup(arena, path);
	if (home == NULL)
		return vm_fail_memory(err);
	status = remember(context, account, home, arena, err);
	if (status == VM_OK)
		vm_sqwebmail_pass_try(context, (struct vm_name){ account->user, account->domain });
	return status;
}
