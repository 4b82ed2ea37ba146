/* Limits: one row of the table limits for each domain that has its own. */
#include <config.h>

#include "backend.h"
#include "core/limits.h"
#include "row.h"

/* The columns disable_pop to disable_maildrop in the statements' order, as the flags of an account. */
static const uint32_t flags[] = {
	VM_FLAG_NO_POP,      VM_FLAG_NO_IMAP,     VM_FLAG_NO_DIALUP, VM_FLAG_NO_PASSWORD_CHANGE,
	VM_FLAG_NO_WEBMAIL,  VM_FLAG_NO_RELAY,    VM_FLAG_NO_SMTP,   VM_FLAG_NO_SPAMASSASSIN,
	VM_FLAG_DELETE_SPAM, VM_FLAG_NO_MAILDROP,
};

enum { LIST_SHIFT_USERS = 3, LIST_SHIFT_MODERATORS = 6, LIST_MAX = 0777 };

static int32_t count_of(struct vm_sql_row *row)
{
	return (int32_t)vm_sql_row_number(row, -1, INT32_MAX, -1);
}

static uint64_t size_of(struct vm_sql_row *row)
{
	return (uint64_t)vm_sql_row_number(row, 0, INT64_MAX, 0);
}

static uint8_t permission_of(struct vm_sql_row *row)
{
	return (uint8_t)vm_sql_row_number(row, 0, VM_DENY_ALL, 0);
}

static void read_permissions(struct vm_sql_row *row, struct vm_limits *out)
{
	int64_t lists = 0;

	out->perm_account = permission_of(row);
	out->perm_alias = permission_of(row);
	out->perm_forward = permission_of(row);
	out->perm_autoresponder = permission_of(row);
	lists = vm_sql_row_number(row, 0, LIST_MAX, 0);
	out->perm_list = (uint8_t)(lists & VM_DENY_ALL);
	out->perm_list_users = (uint8_t)(lists >> LIST_SHIFT_USERS & VM_DENY_ALL);
	out->perm_list_moderators = (uint8_t)(lists >> LIST_SHIFT_MODERATORS & VM_DENY_ALL);
	out->perm_quota = permission_of(row);
	out->perm_default_quota = permission_of(row);
}

static enum vm_status take_limits(void *context, const struct vm_sql_cell *cells,
				  struct vm_error *err)
{
	struct vm_limits *const out = context;
	struct vm_sql_row row = { .next = cells, .err = err, .what = "limits" };

	out->max_accounts = count_of(&row);
	out->max_aliases = count_of(&row);
	out->max_forwards = count_of(&row);
	out->max_autoresponders = count_of(&row);
	out->max_lists = count_of(&row);
	out->disk_quota_mb = size_of(&row);
	out->max_messages = size_of(&row);
	out->default_quota = size_of(&row);
	out->default_messages = size_of(&row);
	out->disabled = 0;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (vm_sql_row_number(&row, INT32_MIN, INT32_MAX, 0) != 0)
			out->disabled |= flags[i];
	read_permissions(&row, out);
	return row.status;
}

static enum vm_status get(struct vm_backend *backend, const char *domain, struct vm_limits *out,
			  struct vm_error *err)
{
	/* Most domains have none: a login at a replica need not ask the primary each time. */
	const struct vm_sql_reader reader = { .take = take_limits,
					      .context = out,
					      .believes_absence = true };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, domain);
	status = vm_sql_read(vm_sql_session_of(backend), VM_SQL_LIMITS_GET, &values, &reader, &rows,
			     err);
	if (status == VM_OK && rows == 0)
		return vm_fail(err, VM_NOT_FOUND, "%s has no limits of its own", domain);
	return status;
}

static enum vm_status check_sizes(const struct vm_limits *limits, struct vm_error *err)
{
	if (limits->disk_quota_mb > INT64_MAX || limits->max_messages > INT64_MAX ||
	    limits->default_quota > INT64_MAX || limits->default_messages > INT64_MAX)
		return vm_fail(err, VM_INVALID, "a limit is larger than a database can keep");
	return VM_OK;
}

static void add_limits(struct vm_sql_values *values, const struct vm_limits *limits)
{
	const int lists = limits->perm_list | limits->perm_list_users << LIST_SHIFT_USERS |
			  limits->perm_list_moderators << LIST_SHIFT_MODERATORS;

	vm_sql_add_number(values, limits->max_accounts);
	vm_sql_add_number(values, limits->max_aliases);
	vm_sql_add_number(values, limits->max_forwards);
	vm_sql_add_number(values, limits->max_autoresponders);
	vm_sql_add_number(values, limits->max_lists);
	vm_sql_add_number(values, (int64_t)limits->disk_quota_mb);
	vm_sql_add_number(values, (int64_t)limits->max_messages);
	vm_sql_add_number(values, (int64_t)limits->default_quota);
	vm_sql_add_number(values, (int64_t)limits->default_messages);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		vm_sql_add_number(values, (limits->disabled & flags[i]) != 0);
	vm_sql_add_number(values, limits->perm_account);
	vm_sql_add_number(values, limits->perm_alias);
	vm_sql_add_number(values, limits->perm_forward);
	vm_sql_add_number(values, limits->perm_autoresponder);
	vm_sql_add_number(values, lists);
	vm_sql_add_number(values, limits->perm_quota);
	vm_sql_add_number(values, limits->perm_default_quota);
}

struct put {
	const char *domain;
	const struct vm_limits *limits;
};

static enum vm_status put_rows(struct vm_sql_session *session, void *context, struct vm_error *err)
{
	const struct put *const put = context;
	struct vm_sql_values key = { .count = 0 }, row = { .count = 0 };
	enum vm_status status = vm_sql_lock_domain(session, put->domain, err);

	vm_sql_add_text(&key, put->domain);
	add_limits(&row, put->limits);
	vm_sql_add_text(&row, put->domain);
	if (status == VM_OK)
		status = vm_sql_change(session, VM_SQL_LIMITS_REMOVE, &key, NULL, err);
	return status == VM_OK ? vm_sql_change(session, VM_SQL_LIMITS_INSERT, &row, NULL, err)
			       : status;
}

static enum vm_status put(struct vm_backend *backend, const char *domain,
			  const struct vm_limits *limits, struct vm_error *err)
{
	struct put wanted = { domain, limits };
	const enum vm_status status = check_sizes(limits, err);

	if (status != VM_OK)
		return status;
	return vm_sql_in_unit(vm_sql_session_of(backend), put_rows, &wanted, err);
}

static enum vm_status remove_limits(struct vm_backend *backend, const char *domain,
				    struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	vm_sql_add_text(&values, domain);
	return vm_sql_change(vm_sql_session_of(backend), VM_SQL_LIMITS_REMOVE, &values, NULL, err);
}

const struct vm_limit_ops vm_sql_limit_ops = { .get = get, .put = put, .remove = remove_limits };
