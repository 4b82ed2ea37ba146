/* Goes through the accounts of a domain in two stores side by side. */
#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "operations/convert_internal.h"
#include "util/file.h"
#include "util/text.h"

void vm_convert_cursor_init(struct vm_convert_cursor *cursor, struct vm_store *store,
			    bool is_target)
{
	*cursor = (struct vm_convert_cursor){ .store = store, .is_target = is_target };
	vm_arena_init(&cursor->arena, VM_CONVERT_ARENA_MAX);
}

static enum vm_status next_page(struct vm_convert_cursor *cursor,
				const struct vm_convert_queue *queue, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	vm_arena_clear(&cursor->arena);
	cursor->index = 0;
	cursor->list.count = 0;
	status = vm_store_account_list(cursor->store, queue->domain,
				       (struct vm_page){ cursor->last, VM_CONVERT_PAGE },
				       &cursor->arena, &cursor->list, err);
	/* A rehearsal meets domains that are not there yet. */
	if (status == VM_NOT_FOUND && cursor->is_target &&
	    queue->convert->mode == VM_CONVERT_REHEARSE) {
		cursor->list = (struct vm_account_list){ .count = 0 };
		status = VM_OK;
	}
	if (status == VM_OK)
		cursor->has_ended = !cursor->list.more;
	return status;
}

enum vm_status vm_convert_cursor_peek(struct vm_convert_cursor *cursor,
				      struct vm_convert_queue *queue, const struct vm_account **out,
				      struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*out = NULL;
	while (cursor->index == cursor->list.count && !cursor->has_ended) {
		status = vm_convert_flush(queue, err);
		if (status == VM_OK)
			status = next_page(cursor, queue, err);
		if (status != VM_OK)
			return status;
	}
	if (cursor->index < cursor->list.count)
		*out = &cursor->list.items[cursor->index];
	return VM_OK;
}

/* Both lists come in byte order; one that does not would make accounts look missing. */
enum vm_status vm_convert_cursor_take(struct vm_convert_cursor *cursor, struct vm_error *err)
{
	const struct vm_account *const account = &cursor->list.items[cursor->index++];

	if (strcmp(account->user, cursor->last) <= 0 ||
	    !vm_text_copy(cursor->last, sizeof cursor->last, account->user))
		return vm_fail(err, VM_TEMPFAIL, "store %s does not list %s in order",
			       vm_store_name(cursor->store), account->domain);
	return VM_OK;
}

bool vm_convert_same_account(const struct vm_account *from, const struct vm_account *to,
			     char text[VM_CONVERT_TEXT_MAX])
{
	const struct {
		const char *name;
		bool is_same;
	} fields[] = {
		{ "password", strcmp(from->hash, to->hash) == 0 },
		{ "kind", from->kind == to->kind },
		{ "flags", from->flags == to->flags },
		{ "comment", strcmp(from->comment, to->comment) == 0 },
		{ "home", strcmp(from->home, to->home) == 0 },
		{ "quota", strcmp(from->quota, to->quota) == 0 },
		{ "clear password", to->clear[0] == '\0' || strcmp(from->clear, to->clear) == 0 },
	};
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (fields[i].is_same)
			continue;
		/* All names together are far shorter than the text. */
		(void)vm_text_format(text + length, VM_CONVERT_TEXT_MAX - length, "%s%s",
				     length == 0 ? "" : ", ", fields[i].name);
		length = strlen(text);
	}
	return length == 0;
}

/* What both leave to HOME/lastauth is one file. */
static bool has_logins(const struct vm_convert *convert)
{
	return vm_store_keeps(convert->from, VM_STORE_LOGINS) ||
	       vm_store_keeps(convert->to, VM_STORE_LOGINS);
}

bool vm_convert_has_place(const struct vm_convert *convert, const struct vm_account *account)
{
	struct stat info;
	struct vm_error ignored;

	if (vm_store_keeps(convert->to, VM_STORE_LOGINS))
		return true;
	return account->home[0] != '\0' &&
	       vm_file_stat(AT_FDCWD, account->home, &info, &ignored) != VM_NOT_FOUND;
}

static void note(const struct vm_convert_queue *queue, enum vm_convert_kind kind,
		 enum vm_convert_outcome outcome, const char *user, const char *text)
{
	char subject[VM_USER_MAX + VM_DOMAIN_MAX + 2];

	(void)vm_text_format(subject, sizeof subject, "%s@%s", user, queue->domain); /* fits */
	vm_convert_note(queue->convert, kind, outcome, subject, text);
}

static enum vm_status read_login(struct vm_convert_queue *queue, const struct vm_account *from,
				 struct vm_convert_change *change, struct vm_error *err)
{
	const struct vm_convert *const convert = queue->convert;

	change->login_outcome = VM_CONVERT_ADDED;
	if (!has_logins(convert) || !vm_convert_has_place(convert, from))
		return VM_OK;
	return vm_store_login_get(convert->from, from, &change->login, err);
}

/* The younger login is the last one, whichever store has it. */
enum vm_status vm_convert_login(struct vm_convert_queue *queue, struct vm_convert_change *change,
				struct vm_error *err)
{
	const struct vm_account *const account = change->account;
	struct vm_last_login there = { 0 };
	enum vm_status status = VM_OK;

	if (change->login.when == 0)
		return VM_OK;
	status = vm_store_login_get(queue->convert->to, account, &there, err);
	if (status != VM_OK)
		return status;
	if (there.when > change->login.when ||
	    (there.when == change->login.when && strcmp(there.from, change->login.from) == 0)) {
		note(queue, VM_CONVERT_LOGIN, VM_CONVERT_EQUAL, account->user, "");
		return VM_OK;
	}
	if (queue->convert->mode == VM_CONVERT_VERIFY) {
		note(queue, VM_CONVERT_LOGIN, VM_CONVERT_DIFFERENT, account->user,
		     there.when == 0 ? "is missing" : "is older or from elsewhere");
		return VM_OK;
	}
	if (there.when != 0)
		change->login_outcome = VM_CONVERT_REPLACED;
	return vm_convert_push(queue, change, err);
}

static enum vm_status compare_login(struct vm_convert_queue *queue, const struct vm_account *from,
				    struct vm_error *err)
{
	struct vm_convert_change change = { .act = VM_CONVERT_RECORD_LOGIN, .account = from };
	const enum vm_status status = read_login(queue, from, &change, err);

	return status == VM_OK ? vm_convert_login(queue, &change, err) : status;
}

static enum vm_status convert_missing(struct vm_convert_queue *queue, const struct vm_account *from,
				      struct vm_error *err)
{
	struct vm_convert_change change = { .act = VM_CONVERT_INSERT, .account = from };
	enum vm_status status = VM_OK;

	if (queue->convert->mode == VM_CONVERT_VERIFY) {
		note(queue, VM_CONVERT_ACCOUNT, VM_CONVERT_DIFFERENT, from->user, "is missing");
		return VM_OK;
	}
	status = read_login(queue, from, &change, err);
	return status == VM_OK ? vm_convert_push(queue, &change, err) : status;
}

static enum vm_status convert_both(struct vm_convert_queue *queue, const struct vm_account *from,
				   const struct vm_account *to, struct vm_error *err)
{
	const struct vm_convert_change change = { .act = VM_CONVERT_UPDATE,
						  .account = from,
						  .expected = to };
	char fields[VM_CONVERT_TEXT_MAX], text[VM_CONVERT_TEXT_MAX];
	enum vm_status status = VM_OK;

	if (vm_convert_same_account(from, to, fields)) {
		note(queue, VM_CONVERT_ACCOUNT, VM_CONVERT_EQUAL, from->user, "");
	} else if (queue->convert->overwrite && queue->convert->mode != VM_CONVERT_VERIFY) {
		status = vm_convert_push(queue, &change, err);
	} else {
		(void)vm_text_format(text, sizeof text, "differs: %s", fields);
		note(queue, VM_CONVERT_ACCOUNT, VM_CONVERT_DIFFERENT, from->user, text);
	}
	return status == VM_OK ? compare_login(queue, from, err) : status;
}

static enum vm_status convert_extra(struct vm_convert_queue *queue, const struct vm_account *to,
				    struct vm_error *err)
{
	const struct vm_convert_change change = { .act = VM_CONVERT_REMOVE, .account = to };
	char text[VM_CONVERT_TEXT_MAX];

	if (queue->convert->overwrite && queue->convert->mode != VM_CONVERT_VERIFY)
		return vm_convert_push(queue, &change, err);
	(void)vm_text_format(text, sizeof text, "is only in %s", vm_store_name(queue->convert->to));
	note(queue, VM_CONVERT_ACCOUNT, VM_CONVERT_DIFFERENT, to->user, text);
	return VM_OK;
}

/* One step of the merge. *is_end: there are no more. */
static enum vm_status step(struct vm_convert_queue *queue, struct vm_convert_cursor *from,
			   struct vm_convert_cursor *to, bool *is_end, struct vm_error *err)
{
	const struct vm_account *here = NULL, *there = NULL;
	int order = 0;
	enum vm_status status = vm_convert_cursor_peek(from, queue, &here, err);

	if (status == VM_OK)
		status = vm_convert_cursor_peek(to, queue, &there, err);
	*is_end = status == VM_OK && here == NULL && there == NULL;
	if (status != VM_OK || *is_end)
		return status;
	if (here != NULL && there != NULL)
		order = strcmp(here->user, there->user);
	if (here == NULL || order > 0) {
		order = 1;
		status = convert_extra(queue, there, err);
	} else if (there == NULL || order < 0) {
		order = -1;
		status = convert_missing(queue, here, err);
	} else {
		status = convert_both(queue, here, there, err);
	}
	if (status == VM_OK && order <= 0)
		status = vm_convert_cursor_take(from, err);
	if (status == VM_OK && order >= 0)
		status = vm_convert_cursor_take(to, err);
	return status;
}

enum vm_status vm_convert_accounts(struct vm_convert_queue *queue, struct vm_error *err)
{
	struct vm_convert_cursor from, to;
	bool is_end = false;
	enum vm_status status = VM_OK;

	vm_convert_cursor_init(&from, queue->convert->from, false);
	vm_convert_cursor_init(&to, queue->convert->to, true);
	while (status == VM_OK && !is_end)
		status = step(queue, &from, &to, &is_end, err);
	if (status == VM_OK)
		status = vm_convert_flush(queue, err);
	vm_arena_release(&to.arena);
	vm_arena_release(&from.arena);
	return status;
}
