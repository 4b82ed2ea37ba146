/* Checks what belongs to no single domain's folder. */
#include <config.h>

#include "operations/check_installation.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/assign_file.h"
#include "core/control_check.h"
#include "core/qmail_signal.h"
#include "operations/check_folders.h"
#include "operations/check_lines.h"
#include "operations/check_strays.h"
#include "operations/domain_names.h"
#include "operations/domain_remove.h"
#include "operations/host_sync.h"
#include "operations/intent.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 4 * 1024 * 1024, TEXT_MAX = 400 };

static void tell_damaged(const struct vm_check *check, bool *is_listed, const struct vm_error *err)
{
	*is_listed = false;
	vm_check_leave(check, "assign", "users/assign", "correct the line by hand", "%s",
		       err->text);
}

/* A users/assign that was taken away says nothing: users/cdb, which still serves the domains, must not follow it. */
static enum vm_status is_assign_lost(const struct vm_config *config, bool *out,
				     struct vm_error *err)
{
	char path[VM_PATH_MAX * 2];
	struct stat info;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(path, sizeof path, "%s/users/assign", config->qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	status = vm_file_stat(AT_FDCWD, path, &info, err);
	*out = status == VM_NOT_FOUND || (status == VM_OK && info.st_size == 0);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status check_assign(const struct vm_context *context, const struct vm_check *check,
				   bool *is_listed, struct vm_error *err)
{
	const struct vm_assign assign = { context->config->qmail_dir,
					  context->config->qmail_cdb_name };
	char text[TEXT_MAX];
	bool is_lost = false;
	enum vm_status status = is_assign_lost(context->config, &is_lost, err);

	if (status == VM_OK)
		status = vm_assign_verify(&assign, err);
	*is_listed = true;
	(void)vm_text_copy(text, sizeof text, status == VM_OK ? "" : err->text);
	if (status == VM_INVALID && is_lost) {
		*is_listed = false;
		vm_check_leave(check, "assign", "users/assign", "restore it from a backup",
			       "it is missing or empty, and users/cdb still serves its domains");
		return VM_OK;
	}
	if (status == VM_INVALID) {
		status = check->repair ? vm_assign_compile(&assign, err) : VM_OK;
		if (status == VM_OK)
			vm_check_tell(check, "assign", "users/cdb", "makes it from users/assign",
				      "%s", text);
	}
	/* Without the folder itself there is nothing to correct: that is for whom runs this to settle. */
	if (status == VM_MISCONFIG && vm_text_starts_with(err->text, "users/assign")) {
		tell_damaged(check, is_listed, err);
		status = VM_OK;
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* Where the store has the domains, it says what users/assign should; the cdb is looked at by itself. */
static enum vm_status check_against_store(const struct vm_context *context,
					  const struct vm_check *check, struct vm_error *err)
{
	struct vm_host_sync found, written;
	enum vm_status status = vm_host_sync(context, VM_SYNC_LOOK, &found, err);

	if (status != VM_OK || found.added + found.removed + found.altered == 0)
		return status;
	if (check->repair)
		status = vm_host_sync(context, VM_SYNC_WRITE, &written, err);
	if (status == VM_DENIED) {
		vm_check_leave(check, "assign", "users/assign", "run vsync --force", "%s",
			       err->text);
		return VM_OK;
	}
	if (status == VM_OK)
		vm_check_tell(check, "assign", "users/assign", "writes it from the store",
			      "%zu names are missing, %zu too many, %zu differ", found.added,
			      found.removed, found.altered);
	return status;
}

static enum vm_status forget_note(const char *notes, const struct vm_intent *intent,
				  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_file_lock hold = { .fd = -1 };
	struct vm_intent taken;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	/* Taking a damaged note removes it. */
	status = vm_intent_take(notes, intent->kind, intent->subject, &arena, &taken, &hold, err);
	vm_file_lock_release(&hold);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND || status == VM_EXISTS ? VM_OK : status;
}

static enum vm_status check_note(const struct vm_context *context, const char *notes,
				 const struct vm_intent *note, const struct vm_check *check,
				 bool *is_held, struct vm_error *err)
{
	bool held = false;
	enum vm_status status = vm_intent_is_held(notes, note, &held, err);

	*is_held = *is_held || held;
	if (status != VM_OK || held)
		return status;
	if (check->repair && note->is_damaged)
		status = forget_note(notes, note, err);
	else if (check->repair)
		status = vm_domain_finish_interrupted(context, note->subject, NULL, err);
	if (status == VM_EXISTS) { /* somebody was quicker */
		*is_held = true;
		return VM_OK;
	}
	if (status != VM_OK)
		return status;
	if (note->is_damaged)
		vm_check_tell(check, "unfinished", note->subject, "forgets the note",
			      "a note about it was never complete");
	else if (strcmp(note->kind, VM_INTENT_ADD_DOMAIN) == 0)
		vm_check_tell(check, "unfinished", note->subject, "completes or undoes it",
			      "adding it was interrupted");
	else
		vm_check_tell(check, "unfinished", note->subject, "completes it",
			      "removing it was interrupted");
	return VM_OK;
}

static bool is_about_domain(const struct vm_intent *note)
{
	return strcmp(note->kind, VM_INTENT_ADD_DOMAIN) == 0 ||
	       strcmp(note->kind, VM_INTENT_REMOVE_DOMAIN) == 0;
}

/* *is_held: a command is adding or removing a domain now, so that counts may be ahead. */
static enum vm_status check_notes(const struct vm_context *context, const char *only,
				  const struct vm_check *check, bool *is_held, struct vm_error *err)
{
	char notes[VM_PATH_MAX + 1];
	struct vm_arena arena;
	struct vm_intent_list list = { .count = 0 };
	enum vm_status status = vm_domain_notes(context, notes, err);

	*is_held = false;
	vm_arena_init(&arena, SCRATCH_MAX);
	if (status == VM_OK)
		status = vm_intent_list(notes, &arena, &list, err);
	for (size_t i = 0; status == VM_OK && i < list.count; i++)
		if (is_about_domain(&list.items[i]) &&
		    (only == NULL || strcmp(only, list.items[i].subject) == 0))
			status = check_note(context, notes, &list.items[i], check, is_held, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status check_more(const struct vm_context *context, const struct vm_check *check,
				 struct vm_error *err)
{
	const char *const qmail = context->config->qmail_dir;
	char text[TEXT_MAX];
	enum vm_status status = vm_control_verify(qmail, err);

	if (status != VM_INVALID)
		return status;
	(void)vm_text_copy(text, sizeof text, err->text);
	status = check->repair ? vm_control_compile(qmail, err) : VM_OK;
	if (status == VM_OK)
		vm_check_tell(check, "morercpthosts", "control/morercpthosts.cdb",
			      "makes it from control/morercpthosts", "%s", text);
	return status;
}

static enum vm_status check_temporary(const struct vm_context *context,
				      const struct vm_check *check, struct vm_error *err)
{
	const struct vm_config *const config = context->config;
	const struct {
		const char *base, *name, *below;
	} folders[] = {
		{ config->qmail_dir, "users", "" },
		{ config->qmail_dir, "control", "" },
		{ config->home, "etc", "" },
		{ config->home, config->domains_dir, "" },
		{ config->home, config->domains_dir, "/.intents" },
	};
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < sizeof folders / sizeof *folders; i++) {
		char path[VM_PATH_MAX * 2];

		if (!vm_text_format(path, sizeof path, "%s/%s%s", folders[i].base, folders[i].name,
				    folders[i].below))
			return vm_fail(err, VM_MISCONFIG, "%s is too long", folders[i].base);
		status = vm_check_temporary_in(check, path, err);
	}
	return status;
}

/* Names, with what the folders tell of names that were lost; read again after some were put back. */
static enum vm_status load_names(const struct vm_context *context, const struct vm_check *check,
				 struct vm_domain_names *names, struct vm_error *err)
{
	enum vm_status status = vm_domain_names_load(context, NULL, names, err);

	if (status == VM_OK)
		status = vm_check_folders(context, check, names, err);
	if (status == VM_OK && check->repair && names->lost_count > 0) {
		vm_domain_names_release(names);
		status = vm_domain_names_load(context, NULL, names, err);
	}
	return status;
}

static enum vm_status reload(const struct vm_context *context, bool is_changed,
			     struct vm_error *err)
{
	return is_changed ? vm_qmail_send_reload(context->config->qmail_dir, NULL, err) : VM_OK;
}

enum vm_status vm_check_installation(const struct vm_context *context, const struct vm_check *check,
				     bool *is_listed, struct vm_error *err)
{
	struct vm_domain_names names = { .count = 0 };
	bool is_changed = false, is_held = false;
	enum vm_status status = check_temporary(context, check, err);

	*is_listed = false;
	if (status == VM_OK && vm_store_domains_are_shared(context->store))
		status = check_against_store(context, check, err);
	if (status == VM_OK)
		status = check_assign(context, check, is_listed, err);
	if (status != VM_OK || !*is_listed)
		return status;
	status = check_notes(context, NULL, check, &is_held, err);
	if (status == VM_OK)
		status = load_names(context, check, &names, err);
	if (status == VM_OK)
		status = vm_check_lines(context, check, &names, &is_changed, err);
	if (status == VM_OK)
		status = check_more(context, check, err);
	if (status == VM_OK)
		status = reload(context, is_changed, err);
	if (status == VM_OK && !is_held && names.lost_count == 0)
		status = vm_check_domain_counts(context, check, &names, err);
	vm_domain_names_release(&names);
	return status;
}

enum vm_status vm_check_names(const struct vm_context *context, const char *name,
			      const struct vm_check *check, struct vm_error *err)
{
	struct vm_domain_names names = { .count = 0 };
	bool is_changed = false, is_held = false, is_listed = true;
	enum vm_status status = check_notes(context, name, check, &is_held, err);

	if (status == VM_OK)
		status = vm_domain_names_load(context, name, &names, err);
	/* Aliases without their domain: only a look at all folders can tell why. */
	if (status == VM_OK && vm_domain_names_find(&names, name) < names.count)
		status = vm_check_lines(context, check, &names, &is_changed, err);
	else if (status == VM_MISCONFIG && vm_text_starts_with(err->text, "users/assign")) {
		tell_damaged(check, &is_listed, err);
		status = VM_OK;
	}
	if (status == VM_OK)
		status = reload(context, is_changed, err);
	vm_domain_names_release(&names);
	return status;
}
