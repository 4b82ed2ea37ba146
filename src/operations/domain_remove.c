/* Removes domains: note, names, folder. */
#include <config.h>

#include "operations/domain_remove.h"

#include <fcntl.h>
#include <string.h>

#include "core/control_file.h"
#include "core/dir_control.h"
#include "core/dir_tree.h"
#include "core/qmail_signal.h"
#include "operations/host_files.h"
#include "operations/on_change.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 4 * 1024 * 1024, PAGE = 100 };

/*
 * Takes one name out of qmail's files and the store; gone already is VM_OK. A database goes first: while it takes no
 * changes, mail for the name is still accepted here. The files of one host end with users/assign, which is its store.
 */
static enum vm_status drop_name(const struct vm_context *context, const char *name,
				struct vm_error *err)
{
	const bool is_shared = vm_store_domains_are_shared(context->store);
	enum vm_status status = VM_OK;

	if (is_shared)
		status = vm_store_domain_remove(context->store, name, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = vm_host_files_remove(context, name, err);
	if (status == VM_OK && !is_shared)
		status = vm_store_domain_remove(context->store, name, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status drop_aliases(const struct vm_context *context, const char *real,
				   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	while (status == VM_OK && list.more) {
		/* Always the first page: what was listed is gone. */
		vm_arena_clear(&arena);
		status = vm_store_domain_aliases(context->store, real, (struct vm_page){ "", PAGE },
						 &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = drop_name(context, list.items[i].name, err);
	}
	vm_arena_release(&arena);
	return status;
}

static bool is_below(const char *path, const char *folder)
{
	const size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/' &&
	       path[length + 1] != '\0' && strstr(path, "/../") == NULL &&
	       !vm_text_ends_with(path, "/..");
}

/* The folder goes, and with it its place in the count; a folder that is gone was counted down before. */
static enum vm_status remove_folder(const char *domains, const char *dir, struct vm_error *err)
{
	struct stat info;
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	if (!is_below(dir, domains))
		return vm_fail(err, VM_INTERNAL, "%s is not below %s", dir, domains);
	status = vm_file_open_folder(AT_FDCWD, domains, &folder, err);
	if (status == VM_OK)
		status = vm_file_stat(folder, dir + strlen(domains) + 1, &info, err);
	if (status == VM_OK)
		status = vm_dir_control_change(folder, -1, NULL, err);
	/* Gone already, but perhaps not from the disk: that is synced in any case. */
	if (status == VM_OK || (status == VM_NOT_FOUND && folder >= 0))
		status = vm_dir_tree_remove_synced(folder, dir + strlen(domains) + 1, err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_domain_notes(const struct vm_context *context, char *out, struct vm_error *err)
{
	if (!vm_text_format(out, VM_PATH_MAX + 1, "%s/%s", context->config->home,
			    context->config->domains_dir))
		return vm_fail(err, VM_MISCONFIG, "domains_dir is too long");
	return VM_OK;
}

enum vm_status vm_domain_remove_finish(const struct vm_context *context,
				       const struct vm_intent *intent, struct vm_file_lock *hold,
				       struct vm_error *err)
{
	char notes[VM_PATH_MAX + 1];
	enum vm_status status = vm_domain_notes(context, notes, err);

	if (status == VM_OK)
		status = drop_aliases(context, intent->subject, err);
	if (status == VM_OK)
		status = drop_name(context, intent->subject, err);
	if (status == VM_OK)
		status = remove_folder(intent->fields[1], intent->fields[0], err);
	if (status == VM_OK)
		status = vm_qmail_send_reload(context->config->qmail_dir, NULL, err);
	return status == VM_OK ? vm_intent_remove(notes, intent, hold, err) : status;
}

enum vm_status vm_domain_base(const struct vm_context *context, const char *dir, char *out,
			      struct vm_error *err)
{
	char part[VM_PATH_MAX + 1];
	const char *found = NULL;

	if (!vm_text_format(part, sizeof part, "/%s/", context->config->domains_dir))
		return vm_fail(err, VM_MISCONFIG, "domains_dir is too long");
	for (const char *next = dir; (next = strstr(next, part)) != NULL; next++)
		found = next;
	if (found == NULL ||
	    !vm_text_format(out, VM_PATH_MAX + 1, "%.*s%s", (int)(found - dir), dir, part))
		return vm_fail(err, VM_MISCONFIG, "%s is not below a folder \"%s\"", dir,
			       context->config->domains_dir);
	out[strlen(out) - 1] = '\0';
	return VM_OK;
}

static enum vm_status remove_real(const struct vm_context *context, const struct vm_domain *domain,
				  struct vm_error *err)
{
	char notes[VM_PATH_MAX + 1], domains[VM_PATH_MAX + 1];
	struct vm_file_lock hold = { .fd = -1 };
	const struct vm_intent intent = { .kind = VM_INTENT_REMOVE_DOMAIN,
					  .subject = domain->name,
					  .fields = { domain->dir, domains } };
	enum vm_status status = vm_domain_base(context, domain->dir, domains, err);

	if (status == VM_OK)
		status = vm_domain_notes(context, notes, err);
	if (status == VM_OK)
		status = vm_intent_write(notes, &intent, &hold, err);
	if (status == VM_OK)
		status = vm_domain_remove_finish(context, &intent, &hold, err);
	vm_file_lock_release(&hold);
	return status;
}

/* Without a line the domain is either unknown or half removed: then removing again ends it. */
static enum vm_status finish_or_fail(const struct vm_context *context, const char *name,
				     struct vm_error *err)
{
	bool was_noted = false;
	const enum vm_status status = vm_domain_finish_interrupted(context, name, &was_noted, err);

	if (status == VM_EXISTS)
		return vm_fail(err, VM_TEMPFAIL, "another command is at work on %s", name);
	if (status != VM_OK || was_noted)
		return status;
	return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
}

static enum vm_status remove_alias(const struct vm_context *context, const char *alias,
				   struct vm_error *err)
{
	const enum vm_status status = drop_name(context, alias, err);

	return status == VM_OK ? vm_qmail_send_reload(context->config->qmail_dir, NULL, err)
			       : status;
}

/* An alias is told as "ALIAS alias of REAL", in one word. */
static enum vm_status remove_and_tell(const struct vm_context *context, const char *name,
				      const struct vm_domain *domain, struct vm_error *err)
{
	char words[VM_DOMAIN_MAX * 2 + 16];
	const struct vm_change change = { .command = VM_CHANGE_DEL_DOMAIN,
					  .first = domain->is_alias ? words : domain->name,
					  .owner = domain };
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(words, sizeof words, "%s alias of %s", name, domain->name))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", name);
	vm_on_change(context, VM_CHANGE_BEFORE, &change);
	status = domain->is_alias ? remove_alias(context, name, err)
				  : remove_real(context, domain, err);
	if (status == VM_OK)
		vm_on_change(context, VM_CHANGE_AFTER, &change);
	return status;
}

enum vm_status vm_domain_remove(const struct vm_context *context, const char *name,
				struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_domain_get(context->store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND) {
		status = finish_or_fail(context, name, err);
	} else if (status == VM_OK) {
		status = remove_and_tell(context, name, &domain, err);
	}
	vm_arena_release(&arena);
	return status;
}

/* An addition whose last step was done lacks nothing but perhaps its control lines. */
static enum vm_status finish_addition(const struct vm_context *context, const char *notes,
				      const struct vm_intent *intent, struct vm_file_lock *hold,
				      struct vm_error *err)
{
	const struct vm_name postmaster = { "postmaster", intent->subject };
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_account_get(context->store, postmaster, &arena, &account, err);
	vm_arena_release(&arena);
	if (status == VM_NOT_FOUND)
		return vm_domain_remove_finish(context, intent, hold, err);
	if (status == VM_OK)
		status =
			vm_control_add(context->config->qmail_dir, &intent->subject, 1, false, err);
	if (status == VM_OK)
		status = vm_qmail_send_reload(context->config->qmail_dir, NULL, err);
	return status == VM_OK ? vm_intent_remove(notes, intent, hold, err) : status;
}

enum vm_status vm_domain_finish_interrupted(const struct vm_context *context, const char *name,
					    bool *was_noted, struct vm_error *err)
{
	static const char *const kinds[] = { VM_INTENT_REMOVE_DOMAIN, VM_INTENT_ADD_DOMAIN };
	char notes[VM_PATH_MAX + 1];
	struct vm_arena arena;
	enum vm_status status = vm_domain_notes(context, notes, err);

	if (was_noted != NULL)
		*was_noted = false;
	vm_arena_init(&arena, SCRATCH_MAX);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == VM_OK; i++) {
		struct vm_file_lock hold = { .fd = -1 };
		struct vm_intent intent;

		status = vm_intent_take(notes, kinds[i], name, &arena, &intent, &hold, err);
		if (status == VM_NOT_FOUND) {
			status = VM_OK;
			continue;
		}
		if (status == VM_OK && was_noted != NULL)
			*was_noted = true;
		if (status == VM_OK && i == 0)
			status = vm_domain_remove_finish(context, &intent, &hold, err);
		else if (status == VM_OK)
			status = finish_addition(context, notes, &intent, &hold, err);
		vm_file_lock_release(&hold);
	}
	vm_arena_release(&arena);
	return status;
}
