/* Checks the accounts of a domain: homes, counts, what deliveries left. */
#include <config.h>

#include "operations/check_accounts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "core/maildir.h"
#include "core/maildir_size.h"
#include "operations/account_home.h"
#include "operations/check_strays.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 4 * 1024 * 1024 };

/* A walk through the accounts. */
struct walk {
	const struct vm_context *context;
	const struct vm_domain *domain;
	const struct vm_check *check;
	uint64_t homes; /* accounts that have one */
	char address[VM_ADDRESS_MAX + 1];
};

enum part { PARTS_THERE, PART_MISSING, PART_STRANGE };

/* Are Maildir, cur, new and tmp folders? *strange names the first that is something else. */
static enum vm_status look_at_parts(const char *home, enum part *out, const char **strange,
				    struct vm_error *err)
{
	static const char *const parts[] = { "", "/Maildir", "/Maildir/cur", "/Maildir/new",
					     "/Maildir/tmp" };
	enum vm_status status = VM_OK;

	*out = PARTS_THERE;
	for (size_t i = 0; i < sizeof parts / sizeof *parts && *out != PART_STRANGE; i++) {
		char path[VM_PATH_MAX + 32];
		struct stat info;

		if (!vm_text_format(path, sizeof path, "%s%s", home, parts[i]))
			return vm_fail(err, VM_INTERNAL, "%s does not fit", home);
		status = vm_file_stat(AT_FDCWD, path, &info, err);
		if (status == VM_NOT_FOUND) {
			*out = PART_MISSING;
		} else if (status != VM_OK) {
			return status;
		} else if (!S_ISDIR(info.st_mode)) {
			*out = PART_STRANGE;
			*strange = parts[i] + (parts[i][0] == '/');
		}
	}
	return VM_OK;
}

static enum vm_status make_parts(const struct walk *walk, struct vm_account *account,
				 struct vm_arena *arena, struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	enum vm_status status =
		vm_account_home_ensure(walk->context, walk->domain, account, arena, err);

	if (status == VM_OK && !vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", account->home);
	if (status == VM_OK)
		status = vm_maildir_make(AT_FDCWD, path, walk->domain->uid, walk->domain->gid, true,
					 err);
	return status;
}

static enum vm_status check_parts(const struct walk *walk, struct vm_account *account,
				  struct vm_arena *arena, enum part *found, struct vm_error *err)
{
	const char *strange = "";
	enum vm_status status = look_at_parts(account->home, found, &strange, err);

	if (status != VM_OK || *found == PARTS_THERE)
		return status;
	if (*found == PART_STRANGE) {
		vm_check_leave(walk->check, "home", walk->address,
			       "put a folder there: nothing is delivered until then",
			       "%s%s%s is no folder", account->home, strange[0] == '\0' ? "" : "/",
			       strange);
		return VM_OK;
	}
	if (walk->check->repair)
		status = make_parts(walk, account, arena, err);
	if (status == VM_OK)
		vm_check_tell(walk->check, "home", walk->address, "makes what is missing",
			      "its Maildir is missing, or a part of it");
	return status;
}

static enum vm_status check_size(const struct walk *walk, const struct vm_account *account,
				 int maildir, struct vm_error *err)
{
	struct vm_quota quota = { 0 };
	struct vm_usage counted;
	struct vm_error why = { .status = VM_OK };
	enum vm_status status = vm_quota_parse(account->quota, &quota, err);

	if (status == VM_INVALID) {
		vm_check_leave(walk->check, "quota", walk->address, "set it with vsetuserquota",
			       "its quota cannot be understood: %s", account->quota);
		return VM_OK;
	}
	if (status == VM_OK)
		status = vm_maildir_size_verify(maildir, &quota, &why);
	if (status == VM_TEMPFAIL)
		*err = why;
	if (status != VM_INVALID)
		return status;
	status = walk->check->repair ? vm_maildir_size_recount(maildir, &quota, &counted, err)
				     : VM_OK;
	if (status == VM_OK)
		vm_check_tell(walk->check, "maildirsize", walk->address, "counts again",
			      "maildirsize %s", why.text);
	return status;
}

static enum vm_status check_maildir(const struct walk *walk, const struct vm_account *account,
				    struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = vm_check_temporary_in(walk->check, account->home, err);

	if (!vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", account->home);
	if (status == VM_OK)
		status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_check_temporary(walk->check, maildir, path, err);
	if (status == VM_OK)
		status = vm_check_maildir_tmp(walk->check, maildir, path, err);
	if (status == VM_OK)
		status = check_size(walk, account, maildir, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status; /* removed meanwhile */
}

static enum vm_status check_account(struct walk *walk, struct vm_account *account,
				    struct vm_arena *arena, struct vm_error *err)
{
	enum part found = PARTS_THERE;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] == '\0')
		return VM_OK; /* made at the first use */
	walk->homes++;
	if (!vm_text_format(walk->address, sizeof walk->address, "%s@%s", account->user,
			    walk->domain->name))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", account->user);
	status = check_parts(walk, account, arena, &found, err);
	if (status == VM_OK &&
	    (found == PARTS_THERE || (found == PART_MISSING && walk->check->repair)))
		status = check_maildir(walk, account, err);
	return status;
}

static enum vm_status take_account(void *context, const struct vm_account *account,
				   struct vm_error *err)
{
	struct vm_account copy = *account; /* its home may have to be made */
	struct vm_arena arena;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = check_account(context, &copy, &arena, err);
	vm_arena_release(&arena);
	return status;
}

/* A count that moved meanwhile says that others add or remove: then nothing can be told. */
static enum vm_status check_count(const struct walk *walk, enum vm_status seen_status,
				  uint64_t seen, struct vm_error *err)
{
	const struct vm_domain *const domain = walk->domain;
	struct vm_dir_control now;
	enum vm_status status = vm_store_dirs_get(walk->context->store, domain, &now, err);

	if (status != seen_status || (status == VM_OK && now.count != seen))
		return vm_status_is_definite(status) || status == VM_MISCONFIG ? VM_OK : status;
	if (status != VM_OK && status != VM_MISCONFIG)
		return status;
	if (status == VM_OK && seen == walk->homes)
		return VM_OK;
	if (walk->check->repair &&
	    vm_store_dirs_correct(walk->context->store, domain, seen, walk->homes, err) != VM_OK)
		return err->status;
	if (status == VM_OK)
		vm_check_tell(walk->check, "count", domain->name, "sets it",
			      ".dir-control counts %" PRIu64 " accounts, there are %" PRIu64, seen,
			      walk->homes);
	else
		vm_check_tell(walk->check, "count", domain->name, "writes it anew",
			      ".dir-control is damaged");
	return VM_OK;
}

enum vm_status vm_check_accounts(const struct vm_context *context, const struct vm_domain *domain,
				 const struct vm_check *check, bool *is_listed,
				 struct vm_error *err)
{
	struct walk walk = { .context = context, .domain = domain, .check = check };
	struct vm_dir_control before;
	const enum vm_status seen = vm_store_dirs_get(context->store, domain, &before, err);
	enum vm_status status =
		vm_store_each_account(context->store, domain->name, take_account, &walk, err);

	*is_listed = status == VM_OK;
	if (status == VM_MISCONFIG) {
		vm_check_leave(check, "accounts", domain->name,
			       "correct the line, then run vmkpasswd", "%s", err->text);
		return VM_OK;
	}
	return status == VM_OK ? check_count(&walk, seen, before.count, err) : status;
}
