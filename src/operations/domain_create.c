/* Adds domains: folder, store, qmail's control files, postmaster. */
#include <config.h>

#include "operations/domain_create.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/dir_control.h"
#include "core/password_policy.h"
#include "core/qmail_signal.h"
#include "operations/account_create.h"
#include "operations/catch_all.h"
#include "operations/domain_remove.h"
#include "operations/host_files.h"
#include "operations/intent.h"
#include "operations/on_change.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024 };

/* The domain while it is made. */
struct draft {
	const struct vm_domain_request *request;
	char notes[VM_PATH_MAX + 1];   /* V/domains */
	char domains[VM_PATH_MAX + 1]; /* BASE/domains */
	char dir[VM_PATH_MAX + 1];
	struct vm_domain domain;
};

enum vm_status vm_domain_make_way(const struct vm_context *context, const char *name,
				  struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain found;
	enum vm_status status = vm_domain_finish_interrupted(context, name, NULL, err);

	if (status == VM_EXISTS)
		return vm_fail(err, VM_TEMPFAIL, "another command is at work on %s", name);
	if (status != VM_OK)
		return status;
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_domain_get(context->store, name, &scratch, &found, err);
	vm_arena_release(&scratch);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK)
		return vm_fail_field(err, VM_EXISTS, "domain", "%s exists already", name);
	return status;
}

/* BASE/domains is made when it is missing. Others may walk through it, not look into it. */
static enum vm_status make_domains(const char *base, const char *domains, uid_t uid, gid_t gid,
				   struct vm_error *err)
{
	enum vm_status status = vm_file_make_folder(AT_FDCWD, domains, 0711, err);

	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, domains, uid, gid, err);
	if (status == VM_OK)
		status = vm_file_sync_folder(AT_FDCWD, base, err);
	return status == VM_EXISTS ? VM_OK : status;
}

/* Where the domain goes, and where the note about it goes: that is found whatever folder was given. */
static enum vm_status open_domains(const struct vm_context *context, struct draft *draft, int *out,
				   struct vm_error *err)
{
	const struct vm_config *const config = context->config;
	const char *const base = draft->request->base == NULL ? config->home : draft->request->base;
	enum vm_status status = vm_domain_notes(context, draft->notes, err);

	if (status == VM_OK)
		status = vm_base_dir_check(base, err);
	if (status == VM_OK)
		status = make_domains(config->home, draft->notes, config->uid, config->gid, err);
	if (status != VM_OK)
		return status == VM_NOT_FOUND
			       ? vm_fail(err, VM_MISCONFIG, "there is no folder %s", config->home)
			       : status;
	if (!vm_text_format(draft->domains, sizeof draft->domains, "%s/%s", base,
			    config->domains_dir))
		return vm_fail_field(err, VM_INVALID, "dir", "%s is too long", base);
	status = make_domains(base, draft->domains, draft->request->uid, draft->request->gid, err);
	if (status == VM_OK)
		status = vm_file_open_folder(AT_FDCWD, draft->domains, out, err);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_INVALID, "dir", "there is no folder %s", base);
	return status;
}

/* The place: below the hash folder that the record of all domains of this folder gives. */
static enum vm_status choose_dir(int domains, struct draft *draft, struct vm_error *err)
{
	struct vm_dir_control dirs;
	enum vm_status status = VM_INTERNAL;

	if (strlen(draft->domains) + strlen(draft->request->domain) + VM_DIR_CONTROL_PATH_MAX + 2 >
	    VM_PATH_MAX)
		return vm_fail_field(err, VM_INVALID, "dir",
				     "the folder of %s would be longer than %d bytes",
				     draft->request->domain, VM_PATH_MAX);
	status = vm_dir_control_change(domains, +1, &dirs, err);
	if (status != VM_OK)
		return status;
	if (!vm_text_format(draft->dir, sizeof draft->dir, "%s/%s%s%s", draft->domains, dirs.path,
			    dirs.path[0] == '\0' ? "" : "/", draft->request->domain))
		return vm_fail(err, VM_INTERNAL, "the folder of %s does not fit",
			       draft->request->domain);
	draft->domain = (struct vm_domain){ .name = draft->request->domain,
					    .dir = draft->dir,
					    .uid = draft->request->uid,
					    .gid = draft->request->gid };
	return VM_OK;
}

static enum vm_status make_dir(const struct draft *draft, struct vm_error *err)
{
	char parent[VM_PATH_MAX + 1];
	const char *const slash = strrchr(draft->dir, '/');
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(parent, sizeof parent, "%.*s", (int)(slash - draft->dir), draft->dir))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", draft->dir);
	status = vm_file_make_folder(AT_FDCWD, parent, 0711, err);
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, parent, draft->domain.uid, draft->domain.gid,
					   err);
	if (status == VM_OK || status == VM_EXISTS)
		status = vm_file_make_folder(AT_FDCWD, draft->dir, 0700, err);
	if (status == VM_EXISTS)
		return vm_fail_field(err, VM_EXISTS, "dir", "the folder %s is there already",
				     draft->dir);
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, draft->dir, draft->domain.uid,
					   draft->domain.gid, err);
	return status == VM_OK ? vm_file_sync_folder(AT_FDCWD, parent, err) : status;
}

static enum vm_status register_names(const struct vm_context *context, const char *name,
				     const struct vm_domain *domain, bool optimize,
				     struct vm_error *err)
{
	const struct vm_domain_entry entry = { .name = name,
					       .real = domain->name,
					       .dir = domain->dir,
					       .uid = domain->uid,
					       .gid = domain->gid };
	enum vm_status status = vm_store_domain_insert(context->store, &entry, err);

	if (status == VM_OK)
		status = vm_host_files_add(context, &entry, optimize, err);
	if (status == VM_OK && !optimize)
		status = vm_qmail_send_reload(context->config->qmail_dir, NULL, err);
	return status;
}

static enum vm_status add_postmaster(const struct vm_context *context, const struct draft *draft,
				     struct vm_error *err)
{
	const struct vm_account_request request = {
		.name = { "postmaster", draft->domain.name },
		.password = draft->request->password,
		.hash = "",
		.comment = "Postmaster",
		.quota = draft->request->quota,
	};

	const struct vm_context nested = vm_context_nested(context);

	return vm_account_create(&nested, &request, err);
}

/* A catch-all without '@' is the home of a user of the domain, as in 5.4. */
static enum vm_status set_catch_all(const struct vm_context *context, const struct draft *draft,
				    struct vm_error *err)
{
	const char *const wanted = draft->request->catch_all;
	char home[VM_PATH_MAX + VM_USER_MAX + 2];

	if (wanted == NULL)
		return vm_catch_all_set(context, &draft->domain, context->config->new_domain_action,
					err);
	if (strchr(wanted, '@') != NULL)
		return vm_catch_all_set(context, &draft->domain, wanted, err);
	if (!vm_text_format(home, sizeof home, "%s/%s", draft->dir, wanted))
		return vm_fail_field(err, VM_INVALID, "catchall", "%s is too long", wanted);
	return vm_catch_all_set(context, &draft->domain, home, err);
}

static enum vm_status run_steps(const struct vm_context *context, const struct draft *draft,
				struct vm_error *err)
{
	enum vm_status status = make_dir(draft, err);

	if (status == VM_OK)
		status = set_catch_all(context, draft, err);
	if (status == VM_OK)
		status = register_names(context, draft->domain.name, &draft->domain,
					draft->request->optimize, err);
	if (status == VM_OK && !draft->request->without_postmaster)
		status = add_postmaster(context, draft, err);
	return status;
}

/* Notes, does, and takes the note away; a definite "no" in between undoes what was done. */
static enum vm_status create_noted(const struct vm_context *context, const struct draft *draft,
				   struct vm_error *err)
{
	const struct vm_intent intent = { .kind = VM_INTENT_ADD_DOMAIN,
					  .subject = draft->domain.name,
					  .fields = { draft->dir, draft->domains } };
	struct vm_file_lock hold = { .fd = -1 };
	struct vm_error undo_error;
	enum vm_status status = vm_intent_write(draft->notes, &intent, &hold, err);

	if (status != VM_OK)
		return status;
	status = run_steps(context, draft, err);
	if (status == VM_OK)
		status = vm_intent_remove(draft->notes, &intent, &hold, err);
	/* A folder that was there before is not ours to remove. */
	else if (status == VM_EXISTS && strcmp(err->field, "dir") == 0)
		(void)vm_intent_remove(draft->notes, &intent, &hold, &undo_error);
	else if (vm_status_is_definite(status))
		(void)vm_domain_remove_finish(context, &intent, &hold, &undo_error);
	vm_file_lock_release(&hold);
	return status;
}

/* As 5.4: of the domain, and of the postmaster that comes with it. */
static void tell(const struct vm_context *context, const struct draft *draft,
		 enum vm_change_moment moment)
{
	char postmaster[VM_ADDRESS_MAX + 1];
	const struct vm_change domain = { .command = VM_CHANGE_ADD_DOMAIN,
					  .first = draft->domain.name,
					  .owner = &draft->domain };
	const struct vm_change account = { .command = VM_CHANGE_ADD_USER,
					   .first = postmaster,
					   .owner = &draft->domain };

	vm_on_change(context, moment, &domain);
	if (!draft->request->without_postmaster &&
	    vm_text_format(postmaster, sizeof postmaster, "postmaster@%s", draft->domain.name))
		vm_on_change(context, moment, &account);
}

enum vm_status vm_domain_create(const struct vm_context *context,
				const struct vm_domain_request *request, struct vm_error *err)
{
	struct draft draft = { .request = request };
	int domains = -1;
	enum vm_status status = vm_domain_check_new(request->domain, err);

	if (status == VM_OK && !request->without_postmaster)
		status = vm_password_policy_check(context->config, request->password, "postmaster",
						  request->domain, err);
	if (status == VM_OK)
		status = open_domains(context, &draft, &domains, err);
	if (status == VM_OK)
		status = vm_domain_make_way(context, request->domain, err);
	if (status == VM_OK)
		status = choose_dir(domains, &draft, err);
	if (status == VM_OK) {
		tell(context, &draft, VM_CHANGE_BEFORE);
		status = create_noted(context, &draft, err);
	}
	if (status == VM_OK)
		tell(context, &draft, VM_CHANGE_AFTER);
	vm_file_discard(&domains);
	return status;
}

static enum vm_status register_alias(const struct vm_context *context, const char *alias,
				     const struct vm_domain *domain, struct vm_error *err)
{
	const struct vm_change change = { .command = VM_CHANGE_ADD_ALIAS_DOMAIN,
					  .first = alias,
					  .second = domain->name,
					  .owner = domain };
	enum vm_status status = VM_INTERNAL;

	vm_on_change(context, VM_CHANGE_BEFORE, &change);
	status = register_names(context, alias, domain, false, err);
	if (status == VM_OK)
		vm_on_change(context, VM_CHANGE_AFTER, &change);
	return status;
}

enum vm_status vm_domain_add_alias(const struct vm_context *context, const char *alias,
				   const char *real, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = vm_domain_check_new(alias, err);

	if (status == VM_OK)
		status = vm_domain_make_way(context, alias, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_domain_get(context->store, real, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", real);
	if (status == VM_OK)
		status = register_alias(context, alias, &domain, err);
	vm_arena_release(&arena);
	return status;
}
