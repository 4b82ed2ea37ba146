/* Changes the target of a conversion in units of work. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "operations/convert_internal.h"
#include "util/text.h"

enum { QUEUE_MAX = 2 * VM_CONVERT_PAGE, UNIT_TRIES = 3, SCRATCH_MAX = 16 * 1024 };

enum { SUBJECT_MAX = VM_USER_MAX + VM_DOMAIN_MAX + 2 };

enum vm_status vm_convert_queue_init(struct vm_convert_queue *queue,
				     const struct vm_convert *convert, const char *domain,
				     struct vm_error *err)
{
	*queue = (struct vm_convert_queue){ .convert = convert, .domain = domain };
	queue->items = calloc(QUEUE_MAX, sizeof *queue->items);
	return queue->items == NULL ? vm_fail_memory(err) : VM_OK;
}

void vm_convert_queue_release(struct vm_convert_queue *queue)
{
	free(queue->items);
	queue->items = NULL;
}

enum vm_status vm_convert_push(struct vm_convert_queue *queue,
			       const struct vm_convert_change *change, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (queue->count == QUEUE_MAX)
		status = vm_convert_flush(queue, err);
	if (status == VM_OK)
		queue->items[queue->count++] = *change;
	return status;
}

const char *vm_convert_source(const struct vm_convert *convert)
{
	return convert->from == NULL ? "the file" : vm_store_name(convert->from);
}

void vm_convert_note(const struct vm_convert *convert, enum vm_convert_kind kind,
		     enum vm_convert_outcome outcome, const char *subject, const char *text)
{
	const struct vm_convert_event event = { kind, outcome, subject, text };

	convert->counts->number[kind][outcome]++;
	if (outcome != VM_CONVERT_EQUAL)
		convert->tell(convert->context, &event);
}

static const char *name_of(const struct vm_convert_change *change)
{
	return change->alias != NULL ? change->alias->user : change->account->user;
}

static enum vm_convert_kind kind_of(enum vm_convert_act act)
{
	switch (act) {
	case VM_CONVERT_INSERT:
	case VM_CONVERT_UPDATE:
	case VM_CONVERT_REMOVE:
		return VM_CONVERT_ACCOUNT;
	case VM_CONVERT_RECORD_LOGIN:
		return VM_CONVERT_LOGIN;
	case VM_CONVERT_ADD_LINE:
	case VM_CONVERT_REMOVE_LINE:
		return VM_CONVERT_ALIAS;
	}
	return VM_CONVERT_ACCOUNT;
}

static enum vm_convert_outcome outcome_of(const struct vm_convert_change *change)
{
	switch (change->act) {
	case VM_CONVERT_INSERT:
	case VM_CONVERT_ADD_LINE:
		return VM_CONVERT_ADDED;
	case VM_CONVERT_UPDATE:
		return VM_CONVERT_REPLACED;
	case VM_CONVERT_REMOVE:
	case VM_CONVERT_REMOVE_LINE:
		return VM_CONVERT_REMOVED;
	case VM_CONVERT_RECORD_LOGIN:
		return change->login_outcome;
	}
	return VM_CONVERT_FAILED;
}

static void note_change(const struct vm_convert_queue *queue,
			const struct vm_convert_change *change, enum vm_convert_outcome outcome,
			const char *text)
{
	char subject[SUBJECT_MAX];

	(void)vm_text_format(subject, sizeof subject, "%s@%s", name_of(change),
			     queue->domain); /* fits */
	vm_convert_note(queue->convert, kind_of(change->act), outcome, subject, text);
	if (change->act != VM_CONVERT_RECORD_LOGIN && change->login.when != 0 &&
	    outcome != VM_CONVERT_FAILED)
		queue->convert->counts->number[VM_CONVERT_LOGIN][change->login_outcome]++;
}

static void note_done(const struct vm_convert_queue *queue, const struct vm_convert_change *change)
{
	note_change(queue, change, outcome_of(change),
		    change->alias == NULL ? "" : change->alias->line);
}

/* Is the account there as it should be? So it is when an answer of before was lost. */
static bool is_done(struct vm_store *to, const struct vm_account *account)
{
	const struct vm_name name = { account->user, account->domain };
	char text[VM_CONVERT_TEXT_MAX];
	struct vm_arena scratch;
	struct vm_account found;
	struct vm_error err;
	bool is_same = false;

	vm_arena_init(&scratch, SCRATCH_MAX);
	is_same = vm_store_account_get(to, name, &scratch, &found, &err) == VM_OK &&
		  vm_convert_same_account(account, &found, text);
	vm_arena_release(&scratch);
	return is_same;
}

/* A home that is not made yet has no place for the file. */
static enum vm_status record_login(struct vm_store *to, const struct vm_convert_change *change,
				   struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (change->login.when == 0)
		return VM_OK;
	if (change->account->home[0] == '\0' && !vm_store_keeps(to, VM_STORE_LOGINS))
		return VM_OK;
	status = vm_store_login_record(to, change->account, &change->login, NULL, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status change_account(struct vm_store *to, const struct vm_convert_change *change,
				     struct vm_error *err)
{
	const struct vm_account *const account = change->account;
	enum vm_status status = VM_OK;

	if (change->act == VM_CONVERT_INSERT)
		status = vm_store_account_insert(to, account, -1, err);
	else if (change->act == VM_CONVERT_UPDATE)
		status = vm_store_account_update(to, account, change->expected, err);
	if ((status == VM_EXISTS || status == VM_TEMPFAIL) && is_done(to, account))
		status = VM_OK;
	return status == VM_OK ? record_login(to, change, err) : status;
}

static enum vm_status perform(struct vm_store *to, const struct vm_convert_change *change,
			      struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	switch (change->act) {
	case VM_CONVERT_INSERT:
	case VM_CONVERT_UPDATE:
	case VM_CONVERT_RECORD_LOGIN:
		return change_account(to, change, err);
	case VM_CONVERT_REMOVE:
		status = vm_store_account_remove(
			to, (struct vm_name){ change->account->user, change->account->domain },
			err);
		return status == VM_NOT_FOUND ? VM_OK : status;
	case VM_CONVERT_ADD_LINE:
		status = vm_store_alias_insert(to, change->alias, err);
		return status == VM_EXISTS ? VM_OK : status;
	case VM_CONVERT_REMOVE_LINE:
		status = vm_store_alias_remove(
			to, (struct vm_name){ change->alias->user, change->alias->domain },
			change->alias->line, err);
		return status == VM_NOT_FOUND ? VM_OK : status;
	}
	return status;
}

static bool may_insert_many(const struct vm_convert_queue *queue, size_t first)
{
	if (queue->count - first < VM_ACCOUNTS_MANY || !vm_store_inserts_many(queue->convert->to))
		return false;
	for (size_t i = first; i < first + VM_ACCOUNTS_MANY; i++)
		if (queue->items[i].act != VM_CONVERT_INSERT)
			return false;
	return true;
}

/* Several new accounts in one step. *done is 0 where they have to be added one by one. */
static enum vm_status insert_many(struct vm_convert_queue *queue, size_t first, size_t *done,
				  struct vm_error *err)
{
	struct vm_store *const to = queue->convert->to;
	struct vm_account accounts[VM_ACCOUNTS_MANY];
	enum vm_status status = VM_OK;

	*done = 0;
	if (!may_insert_many(queue, first))
		return VM_OK;
	for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++)
		accounts[i] = *queue->items[first + i].account;
	status = vm_store_account_insert_many(to, accounts, err);
	if (status != VM_OK)
		return vm_status_is_definite(status) ? VM_OK : status;
	*done = VM_ACCOUNTS_MANY;
	for (size_t i = 0; status == VM_OK && i < VM_ACCOUNTS_MANY; i++)
		status = record_login(to, &queue->items[first + i], err);
	return status;
}

static enum vm_status perform_unit(struct vm_convert_queue *queue, struct vm_error *err)
{
	struct vm_store *const to = queue->convert->to;
	enum vm_status status = vm_store_begin(to, queue->domain, err);

	if (status != VM_OK)
		return status;
	for (size_t i = 0; i < queue->count && status == VM_OK;) {
		size_t done = 0;

		status = insert_many(queue, i, &done, err);
		if (status == VM_OK && done == 0) {
			status = perform(to, &queue->items[i], err);
			done = 1;
		}
		i += done;
	}
	if (status == VM_OK)
		return vm_store_commit(to, err);
	vm_store_rollback(to);
	return status;
}

/* A deadlock, or a server that went and came back, ends a unit but not the conversion. */
static enum vm_status try_unit(struct vm_convert_queue *queue, struct vm_error *err)
{
	struct vm_error ignored;
	enum vm_status status = VM_INTERNAL;

	for (int tries = 0; tries < UNIT_TRIES; tries++) {
		status = perform_unit(queue, err);
		if (status != VM_TEMPFAIL || vm_store_ping(queue->convert->to, &ignored) != VM_OK)
			break;
	}
	return status;
}

/* The unit was refused for one of them, or there are none here. */
static enum vm_status perform_each(struct vm_convert_queue *queue, struct vm_error *err)
{
	for (size_t i = 0; i < queue->count; i++) {
		const struct vm_convert_change *const change = &queue->items[i];
		const enum vm_status status = perform(queue->convert->to, change, err);

		if (status == VM_OK)
			note_done(queue, change);
		else if (vm_status_is_definite(status))
			note_change(queue, change, VM_CONVERT_FAILED, err->text);
		else
			return status;
	}
	return VM_OK;
}

enum vm_status vm_convert_flush(struct vm_convert_queue *queue, struct vm_error *err)
{
	const struct vm_convert *const convert = queue->convert;
	enum vm_status status = VM_OK;

	if (queue->count > 0 && convert->mode == VM_CONVERT_WRITE)
		status = try_unit(queue, err);
	if (status == VM_OK)
		for (size_t i = 0; i < queue->count; i++)
			note_done(queue, &queue->items[i]);
	else if (vm_status_is_definite(status))
		status = perform_each(queue, err);
	queue->count = 0;
	convert->progress(convert->context);
	return status;
}
