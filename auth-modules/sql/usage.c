/*
 * Usage counters. An account has one row; a domain's count is the sum of many (shards), so that two deliveries to one
 * domain seldom wait for the same row.
 */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "row.h"

enum { SHARDS = 16, ACCOUNT_SHARD = 0 };

/* Sums of rows may be below 0 for a moment in one shard; a total never is. */
struct sums {
	int64_t rows, bytes, messages;
};

static enum vm_status take_sums(void *context, const struct vm_sql_cell *cells,
				struct vm_error *err)
{
	struct sums *const sums = context;
	struct vm_sql_row row = { .next = cells, .err = err, .what = "usage_counters" };

	sums->rows = vm_sql_row_number(&row, 0, INT64_MAX, 0);
	sums->bytes = vm_sql_row_number(&row, INT64_MIN, INT64_MAX, 0);
	sums->messages = vm_sql_row_number(&row, INT64_MIN, INT64_MAX, 0);
	return row.status;
}

static void add_key(struct vm_sql_values *values, struct vm_name name)
{
	vm_sql_add_text(values, name.domain);
	vm_sql_add_text(values, name.user);
}

static enum vm_status read_sums(struct vm_sql_session *session, struct vm_name name,
				struct sums *out, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_sums, .context = out };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	*out = (struct sums){ 0 };
	add_key(&values, name);
	return vm_sql_read(session, VM_SQL_USAGE_GET, &values, &reader, &rows, err);
}

static uint64_t at_least_0(int64_t number)
{
	return number < 0 ? 0 : (uint64_t)number;
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_usage *out,
			  struct vm_error *err)
{
	struct sums sums;
	const enum vm_status status = read_sums(vm_sql_session_of(backend), name, &sums, err);

	if (status == VM_OK && sums.rows == 0)
		return vm_fail(err, VM_NOT_FOUND, "%s@%s was never counted", name.user,
			       name.domain);
	*out = (struct vm_usage){ at_least_0(sums.bytes), at_least_0(sums.messages) };
	return status;
}

/* A signed change of one counter. */
struct delta {
	struct vm_name name;
	int64_t bytes, messages;
};

static enum vm_status change_row(struct vm_sql_session *session, enum vm_sql_statement_id id,
				 const struct delta *delta, int shard, uint64_t *changed,
				 struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	vm_sql_add_number(&values, delta->bytes);
	vm_sql_add_number(&values, delta->messages);
	add_key(&values, delta->name);
	vm_sql_add_number(&values, shard);
	return vm_sql_change(session, id, &values, changed, err);
}

static enum vm_status take_nothing(void *context, const struct vm_sql_cell *cells,
				   struct vm_error *err)
{
	(void)context;
	(void)cells;
	(void)err;
	return VM_OK;
}

static enum vm_status is_counted(struct vm_sql_session *session, struct vm_name name, bool *out,
				 struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_nothing, .context = NULL };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	add_key(&values, name);
	status = vm_sql_read(session, VM_SQL_USAGE_HAS, &values, &reader, &rows, err);
	*out = rows > 0;
	return status;
}

static enum vm_status never_counted(struct vm_name name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "%s@%s was never counted", name.user, name.domain);
}

/* Adds to this process's shard of a domain, which begins when there are others. VM_NOT_FOUND: never counted. */
static enum vm_status add_to_domain(struct vm_sql_session *session, const struct delta *delta,
				    struct vm_error *err)
{
	const int shard = (int)(getpid() % SHARDS);
	uint64_t changed = 0;
	bool counted = false;
	enum vm_status status = change_row(session, VM_SQL_USAGE_ADD, delta, shard, &changed, err);

	if (status != VM_OK || changed > 0)
		return status;
	status = is_counted(session, delta->name, &counted, err);
	if (status != VM_OK || !counted)
		return status == VM_OK ? never_counted(delta->name, err) : status;
	status = change_row(session, VM_SQL_USAGE_INSERT, delta, shard, &changed, err);
	if (status == VM_EXISTS || (status == VM_OK && changed == 0))
		status = change_row(session, VM_SQL_USAGE_ADD, delta, shard, &changed, err);
	return status;
}

static struct delta of_domain(const struct delta *delta)
{
	struct delta domain = *delta;

	domain.name.user = "";
	return domain;
}

/* The domain's row last: it is the one that others wait for. */
static enum vm_status add_rows(struct vm_sql_session *session, void *context, struct vm_error *err)
{
	const struct delta *const delta = context;
	const struct delta domain = of_domain(delta);
	uint64_t changed = 0;
	enum vm_status status = VM_OK;

	if (delta->name.user[0] == '\0')
		return add_to_domain(session, delta, err);
	status = change_row(session, VM_SQL_USAGE_ADD, delta, ACCOUNT_SHARD, &changed, err);
	if (status != VM_OK || changed == 0)
		return status == VM_OK ? never_counted(delta->name, err) : status;
	status = add_to_domain(session, &domain, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status add(struct vm_backend *backend, struct vm_name name, int64_t bytes,
			  int64_t messages, struct vm_error *err)
{
	struct delta delta = { name, bytes, messages };

	return vm_sql_in_unit(vm_sql_session_of(backend), add_rows, &delta, err);
}

static enum vm_status remove_counter(struct vm_sql_session *session, struct vm_name name,
				     struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	add_key(&values, name);
	return vm_sql_change(session, VM_SQL_USAGE_REMOVE, &values, NULL, err);
}

/* Everything of the old count goes, whatever its shards were. */
static enum vm_status set_rows(struct vm_sql_session *session, void *context, struct vm_error *err)
{
	const struct delta *const wanted = context;
	struct delta move = *wanted;
	struct sums old;
	enum vm_status status = vm_sql_lock_domain(session, wanted->name.domain, err);

	if (status == VM_OK)
		status = read_sums(session, wanted->name, &old, err);
	if (status == VM_OK)
		status = remove_counter(session, wanted->name, err);
	if (status == VM_OK)
		status = change_row(session, VM_SQL_USAGE_INSERT, wanted, ACCOUNT_SHARD, NULL, err);
	if (status != VM_OK || wanted->name.user[0] == '\0')
		return status;
	move.name.user = "";
	move.bytes -= old.bytes;
	move.messages -= old.messages;
	status = add_to_domain(session, &move, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status set(struct vm_backend *backend, struct vm_name name,
			  const struct vm_usage *usage, struct vm_error *err)
{
	struct delta wanted = { name, (int64_t)usage->bytes, (int64_t)usage->messages };

	if (usage->bytes > INT64_MAX || usage->messages > INT64_MAX)
		return vm_fail(err, VM_INVALID, "a count is larger than a database can keep");
	return vm_sql_in_unit(vm_sql_session_of(backend), set_rows, &wanted, err);
}

static enum vm_status forget(struct vm_backend *backend, const char *domain, struct vm_error *err)
{
	return remove_counter(vm_sql_session_of(backend), (struct vm_name){ "", domain }, err);
}

enum vm_status vm_sql_forget_usage(struct vm_sql_session *session, struct vm_name name,
				   struct vm_error *err)
{
	struct sums old;
	enum vm_status status = read_sums(session, name, &old, err);
	const struct delta back = { { "", name.domain }, -old.bytes, -old.messages };

	if (status != VM_OK || old.rows == 0)
		return status;
	status = remove_counter(session, name, err);
	if (status == VM_OK)
		status = add_to_domain(session, &back, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_sql_begin_usage(struct vm_sql_session *session, struct vm_name name,
				  struct vm_error *err)
{
	const struct delta nothing = { name, 0, 0 };
	const enum vm_status status =
		change_row(session, VM_SQL_USAGE_INSERT, &nothing, ACCOUNT_SHARD, NULL, err);

	return status == VM_EXISTS ? VM_OK : status;
}

enum vm_status vm_sql_begin_usage_many(struct vm_sql_session *session,
				       const struct vm_account *accounts, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++)
		add_key(&values, (struct vm_name){ accounts[i].user, accounts[i].domain });
	return vm_sql_change(session, VM_SQL_USAGE_INSERT_MANY, &values, NULL, err);
}

const struct vm_usage_ops vm_sql_usage_ops = {
	.get = get, .add = add, .set = set, .forget = forget
};
