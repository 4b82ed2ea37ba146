/* Converts or compares what one domain has. */
#include <config.h>

#include <string.h>

#include "core/dir_control.h"
#include "core/limits.h"
#include "operations/convert_internal.h"
#include "util/text.h"

/* The domain as each store has it. */
struct pair {
	struct vm_arena arena;
	struct vm_domain from, to;
	bool is_there; /* in the target */
};

static bool changes(const struct vm_convert *convert)
{
	return convert->mode == VM_CONVERT_WRITE;
}

static enum vm_status find_domains(const struct vm_convert *convert, const char *domain,
				   struct pair *out, struct vm_error *err)
{
	enum vm_status status =
		vm_store_domain_get(convert->from, domain, &out->arena, &out->from, err);

	if (status != VM_OK)
		return status;
	status = vm_store_domain_get(convert->to, domain, &out->arena, &out->to, err);
	out->is_there = status == VM_OK;
	return status == VM_NOT_FOUND && convert->mode == VM_CONVERT_REHEARSE ? VM_OK : status;
}

static bool same_permissions(const struct vm_limits *a, const struct vm_limits *b)
{
	return a->perm_account == b->perm_account && a->perm_alias == b->perm_alias &&
	       a->perm_forward == b->perm_forward &&
	       a->perm_autoresponder == b->perm_autoresponder && a->perm_list == b->perm_list &&
	       a->perm_list_users == b->perm_list_users &&
	       a->perm_list_moderators == b->perm_list_moderators &&
	       a->perm_quota == b->perm_quota && a->perm_default_quota == b->perm_default_quota;
}

bool vm_convert_same_limits(const struct vm_limits *a, const struct vm_limits *b)
{
	return a->max_accounts == b->max_accounts && a->max_aliases == b->max_aliases &&
	       a->max_forwards == b->max_forwards &&
	       a->max_autoresponders == b->max_autoresponders && a->max_lists == b->max_lists &&
	       a->disk_quota_mb == b->disk_quota_mb && a->max_messages == b->max_messages &&
	       a->default_quota == b->default_quota && a->default_messages == b->default_messages &&
	       a->disabled == b->disabled && same_permissions(a, b);
}

/* Counts a change that was done, or refused for good. */
static enum vm_status note_change(const struct vm_convert *convert, enum vm_convert_kind kind,
				  enum vm_convert_outcome outcome, const char *subject,
				  enum vm_status status, const struct vm_error *err)
{
	if (status == VM_OK)
		vm_convert_note(convert, kind, outcome, subject, "");
	else if (vm_status_is_definite(status))
		vm_convert_note(convert, kind, VM_CONVERT_FAILED, subject, err->text);
	else
		return status;
	return VM_OK;
}

static enum vm_status put_limits(const struct vm_convert *convert, const char *domain,
				 const struct vm_limits *limits, bool is_there,
				 struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (changes(convert))
		status = vm_store_limits_put(convert->to, domain, limits, err);
	return note_change(convert, VM_CONVERT_LIMITS,
			   is_there ? VM_CONVERT_REPLACED : VM_CONVERT_ADDED, domain, status, err);
}

static enum vm_status remove_limits(const struct vm_convert *convert, const char *domain,
				    struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (changes(convert))
		status = vm_store_limits_remove(convert->to, domain, err);
	return note_change(convert, VM_CONVERT_LIMITS, VM_CONVERT_REMOVED, domain, status, err);
}

static enum vm_status convert_limits(const struct vm_convert *convert, const char *domain,
				     struct vm_error *err)
{
	const bool is_verify = convert->mode == VM_CONVERT_VERIFY;
	struct vm_limits from, to;
	enum vm_status here = VM_INTERNAL, there = VM_INTERNAL;

	if (!vm_store_keeps(convert->from, VM_STORE_LIMITS) &&
	    !vm_store_keeps(convert->to, VM_STORE_LIMITS))
		return VM_OK;
	here = vm_store_limits_own(convert->from, domain, &from, err);
	if (here != VM_OK && here != VM_NOT_FOUND)
		return here;
	there = vm_store_limits_own(convert->to, domain, &to, err);
	if (there != VM_OK && there != VM_NOT_FOUND)
		return there;
	if (here == VM_NOT_FOUND && there == VM_NOT_FOUND)
		return VM_OK;
	if (here == VM_OK && there == VM_OK && vm_convert_same_limits(&from, &to)) {
		vm_convert_note(convert, VM_CONVERT_LIMITS, VM_CONVERT_EQUAL, domain, "");
		return VM_OK;
	}
	if (is_verify || (there == VM_OK && !convert->overwrite)) {
		vm_convert_note(convert, VM_CONVERT_LIMITS, VM_CONVERT_DIFFERENT, domain,
				there == VM_NOT_FOUND  ? "are missing"
				: here == VM_NOT_FOUND ? "are not in the store it came from"
						       : "differ");
		return VM_OK;
	}
	return here == VM_OK ? put_limits(convert, domain, &from, there == VM_OK, err)
			     : remove_limits(convert, domain, err);
}

/* The numbers of the levels follow from the path. */
static bool same_dirs(const struct vm_dir_control *a, const struct vm_dir_control *b)
{
	return a->count == b->count && strcmp(a->path, b->path) == 0;
}

/* It belongs to the accounts that were just converted, so there is no older truth to keep. */
static enum vm_status convert_dirs(const struct vm_convert *convert, const struct pair *pair,
				   struct vm_error *err)
{
	struct vm_dir_control from, to;
	char text[VM_CONVERT_TEXT_MAX];
	enum vm_status status = VM_OK;

	if (!vm_store_keeps(convert->from, VM_STORE_DIRS) &&
	    !vm_store_keeps(convert->to, VM_STORE_DIRS))
		return VM_OK;
	status = vm_store_dirs_get(convert->from, &pair->from, &from, err);
	if (status == VM_OK && pair->is_there)
		status = vm_store_dirs_get(convert->to, &pair->to, &to, err);
	else
		vm_dir_control_init(&to);
	if (status != VM_OK)
		return status;
	if (same_dirs(&from, &to)) {
		vm_convert_note(convert, VM_CONVERT_DIRS, VM_CONVERT_EQUAL, pair->from.name, "");
		return VM_OK;
	}
	if (convert->mode == VM_CONVERT_VERIFY) {
		(void)vm_text_format(text, sizeof text,
				     "differs: %llu accounts in \"%s\", "
				     "%llu in \"%s\"",
				     (unsigned long long)from.count, from.path,
				     (unsigned long long)to.count, to.path);
		vm_convert_note(convert, VM_CONVERT_DIRS, VM_CONVERT_DIFFERENT, pair->from.name,
				text);
		return VM_OK;
	}
	if (changes(convert))
		status = vm_store_dirs_put(convert->to, &pair->to, &from, err);
	return note_change(convert, VM_CONVERT_DIRS,
			   to.count == 0 ? VM_CONVERT_ADDED : VM_CONVERT_REPLACED, pair->from.name,
			   status, err);
}

/*
 * An old D/.usage would not hold back a domain that has grown meanwhile. Tables count accounts too: the mail that is there is
 * in none of their counters, so the domain was never counted, and the first that asks counts.
 */
static enum vm_status carry_usage(const struct vm_convert *convert, const struct pair *pair,
				  struct vm_error *err)
{
	const struct vm_name name = { "", pair->from.name };
	struct vm_usage usage;
	enum vm_status status = VM_OK;

	if (vm_store_keeps(convert->to, VM_STORE_USAGE))
		return vm_store_usage_forget(convert->to, &pair->to, err);
	if (!vm_store_keeps(convert->from, VM_STORE_USAGE))
		return VM_OK;
	status = vm_store_usage_get(convert->from, &pair->from, name, &usage, err);
	if (status == VM_OK)
		return vm_store_usage_set(convert->to, &pair->to, name, &usage, err);
	return status == VM_NOT_FOUND ? vm_store_usage_forget(convert->to, &pair->to, err) : status;
}

/* A unit without changes: a store of files makes those that the domain has not had so far. */
static enum vm_status prepare(const struct vm_convert *convert, const char *domain,
			      struct vm_error *err)
{
	enum vm_status status = vm_store_begin(convert->to, domain, err);

	if (status == VM_UNSUPPORTED)
		return VM_OK;
	return status == VM_OK ? vm_store_commit(convert->to, err) : status;
}

enum vm_status vm_convert_connect(const struct vm_convert *convert, struct vm_error *err)
{
	enum vm_status status = convert->from == NULL ? VM_OK : vm_store_ping(convert->from, err);

	if (status == VM_OK)
		status = vm_store_ping(convert->to, err);
	/* A store that was not open could not be told. Whether it reads from copies makes no difference here. */
	if (convert->from != NULL)
		(void)vm_store_read_fresh(convert->from, true);
	(void)vm_store_read_fresh(convert->to, true);
	return status;
}

enum vm_status vm_convert_records(const struct vm_convert *convert, const char *domain,
				  struct vm_error *err)
{
	struct pair pair = { .is_there = false };
	struct vm_convert_queue queue = { .items = NULL };
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&pair.arena, VM_CONVERT_ARENA_MAX);
	status = vm_convert_connect(convert, err);
	if (status == VM_OK)
		status = find_domains(convert, domain, &pair, err);
	if (status == VM_OK && changes(convert))
		status = prepare(convert, domain, err);
	if (status == VM_OK)
		status = convert_limits(convert, domain, err);
	if (status == VM_OK)
		status = vm_convert_queue_init(&queue, convert, domain, err);
	if (status == VM_OK)
		status = vm_convert_accounts(&queue, err);
	if (status == VM_OK)
		status = vm_convert_aliases(&queue, err);
	if (status == VM_OK)
		status = convert_dirs(convert, &pair, err);
	if (status == VM_OK && changes(convert))
		status = carry_usage(convert, &pair, err);
	if (status == VM_OK && changes(convert))
		status = vm_store_fold(convert->to, domain, err);
	vm_convert_queue_release(&queue);
	vm_arena_release(&pair.arena);
	return status;
}
