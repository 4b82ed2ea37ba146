/* Accounts in vpasswd, its cdb, and the levels above them. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "backend.h"
#include "core/passwd_line.h"
#include "delta.h"
#include "journal.h"

enum { SCRATCH_MAX = 64 * 1024 };

/* VM_OK: *out says it, whatever it is. VM_NOT_FOUND: the journal is silent. */
static enum vm_status ask_journal(int folder, const char *user, struct vm_arena *arena,
				  struct vm_change *out, struct vm_error *err)
{
	struct vm_buf bytes;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&bytes, 2 * VM_JOURNAL_MAX);
	status = vm_journal_read(folder, &bytes, err);
	if (status == VM_OK && bytes.length == 0)
		status = VM_NOT_FOUND;
	else if (status == VM_OK)
		status = vm_journal_find(bytes.bytes, bytes.length, user, out, err);
	if (status == VM_OK && out->fields != NULL) {
		out->fields = vm_arena_strndup(arena, out->fields, out->fields_length);
		if (out->fields == NULL)
			status = vm_fail_memory(err);
	}
	vm_buf_release(&bytes);
	return status;
}

static enum vm_status ask_delta(int folder, const char *user, struct vm_arena *arena,
				struct vm_change *out, struct vm_error *err)
{
	struct vm_cdb delta = { .fd = -1 };
	enum vm_status status = vm_delta_open(folder, &delta, err);

	if (status != VM_OK || delta.fd < 0)
		return status == VM_OK ? VM_NOT_FOUND : status;
	status = vm_delta_find(&delta, user, arena, out, err);
	vm_cdb_close(&delta);
	return status;
}

/* From young to old; each level is opened only after the younger one was read, so a fold can hide nothing. */
static enum vm_status find_fields(int folder, const char *user, struct vm_arena *arena,
				  char **fields, size_t *length, struct vm_error *err)
{
	struct vm_change change = { .user = NULL };
	enum vm_status status = ask_journal(folder, user, arena, &change, err);

	if (status == VM_NOT_FOUND)
		status = ask_delta(folder, user, arena, &change, err);
	if (status == VM_NOT_FOUND)
		return vm_base_find(folder, user, arena, fields, length, err);
	if (status != VM_OK)
		return status;
	if (change.fields == NULL)
		return vm_fail(err, VM_NOT_FOUND, "no account %s", user);
	*length = change.fields_length;
	*fields = vm_arena_strndup(arena, change.fields, change.fields_length);
	return *fields == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status parse_account(struct vm_name name, char *fields, size_t length,
				    struct vm_arena *arena, struct vm_account *out,
				    struct vm_error *err)
{
	struct vm_error why;
	const char *const user = vm_arena_strdup(arena, name.user);
	const char *const domain = vm_arena_strdup(arena, name.domain);

	if (user == NULL || domain == NULL)
		return vm_fail_memory(err);
	/* A damaged line says nothing about the account: neither that it is there nor that it is not. */
	if (vm_passwd_fields_parse(user, fields, length, out, &why) != VM_OK)
		return vm_fail(err, VM_TEMPFAIL, "the line of %s@%s is damaged: %s", name.user,
			       name.domain, why.text);
	out->domain = domain;
	return VM_OK;
}

static enum vm_status get(struct vm_backend *opened, struct vm_name name, struct vm_arena *arena,
			  struct vm_account *out, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_domain domain;
	char *fields = NULL;
	size_t length = 0;
	enum vm_status status = VM_INTERNAL;

	if (vm_cdb_unit_covers(backend, name.domain)) {
		status = vm_cdb_unit_find(&backend->unit, name.user, arena, &fields, &length, err);
	} else {
		status = vm_cdb_domain_open(backend, name.domain, &domain, err);
		if (status != VM_OK)
			return status;
		status = find_fields(domain.folder, name.user, arena, &fields, &length, err);
		vm_cdb_domain_close(&domain);
	}
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_NOT_FOUND, "no account %s@%s", name.user, name.domain);
	if (status != VM_OK)
		return status;
	return parse_account(name, fields, length, arena, out, err);
}

/* Puts one change into the open unit. fields == NULL removes. */
static enum vm_status put_change(struct vm_cdb_unit *unit, const char *user, const char *line,
				 bool in_below, struct vm_error *err)
{
	struct vm_change change = { .user = user,
				    .user_length = strlen(user),
				    .in_below = in_below };

	if (line != NULL) {
		change.fields = line + change.user_length + 1;
		change.fields_length = strlen(change.fields);
	}
	return vm_changes_put(&unit->pending, &change, err);
}

static bool is_same_account(const struct vm_account *a, const struct vm_account *b)
{
	return strcmp(a->hash, b->hash) == 0 && a->kind == b->kind && a->flags == b->flags &&
	       strcmp(a->comment, b->comment) == 0 && strcmp(a->home, b->home) == 0 &&
	       strcmp(a->quota, b->quota) == 0 && strcmp(a->clear, b->clear) == 0;
}

/* What a change is to do, and what must be so before it. */
struct request {
	struct vm_name name;
	const struct vm_account *account;  /* NULL: remove */
	const struct vm_account *expected; /* NULL: anything */
	bool is_insert;
};

static enum vm_status check_request(struct vm_cdb_backend *backend, const struct request *request,
				    struct vm_arena *arena, struct vm_error *err)
{
	struct vm_account found;
	enum vm_status status = get(&backend->backend, request->name, arena, &found, err);

	if (request->is_insert && status == VM_OK)
		return vm_fail(err, VM_EXISTS, "account %s@%s exists already", request->name.user,
			       request->name.domain);
	if (request->is_insert)
		return status == VM_NOT_FOUND ? VM_OK : status;
	if (status == VM_OK && request->expected != NULL &&
	    !is_same_account(&found, request->expected))
		return vm_fail(err, VM_TEMPFAIL, "account %s@%s was changed meanwhile",
			       request->name.user, request->name.domain);
	return status;
}

static enum vm_status apply(struct vm_cdb_backend *backend, const struct request *request,
			    struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_buf line;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	vm_buf_init(&line, VM_PASSWD_LINE_MAX);
	if (request->account != NULL)
		status = vm_passwd_line_print(request->account, &line, err);
	if (status == VM_OK)
		status = check_request(backend, request, &arena, err);
	if (status == VM_OK)
		status = put_change(&backend->unit, request->name.user,
				    request->account == NULL ? NULL : line.bytes,
				    !request->is_insert, err);
	vm_buf_release(&line);
	vm_arena_release(&arena);
	return status;
}

/* Within the caller's unit, or in one of its own. */
static enum vm_status change_account(struct vm_backend *opened, const struct request *request,
				     struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	enum vm_status status = VM_INTERNAL;

	if (vm_cdb_unit_covers(backend, request->name.domain))
		return apply(backend, request, err);
	if (backend->unit.is_open)
		return vm_fail(err, VM_INTERNAL, "the open unit of work is on another domain");
	status = vm_cdb_unit_ops.begin(opened, request->name.domain, err);
	if (status != VM_OK)
		return status;
	status = apply(backend, request, err);
	if (status == VM_OK)
		return vm_cdb_unit_ops.commit(opened, err);
	vm_cdb_unit_ops.rollback(opened);
	return status;
}

/* A home D/vpasswd would lie where the store keeps its files. */
static bool is_reserved(const char *user)
{
	return strcmp(user, VM_BASE_TEXT) == 0 || strcmp(user, VM_BASE_CDB) == 0;
}

static enum vm_status insert(struct vm_backend *opened, const struct vm_account *account,
			     struct vm_error *err)
{
	const struct request request = {
		.name = { account->user, account->domain },
		.account = account,
		.is_insert = true,
	};

	if (is_reserved(account->user))
		return vm_fail_field(err, VM_INVALID, "address", "the name %s is reserved",
				     account->user);
	return change_account(opened, &request, err);
}

static enum vm_status update(struct vm_backend *opened, const struct vm_account *account,
			     const struct vm_account *expected, struct vm_error *err)
{
	const struct request request = {
		.name = { account->user, account->domain },
		.account = account,
		.expected = expected,
	};

	return change_account(opened, &request, err);
}

static enum vm_status remove_account(struct vm_backend *opened, struct vm_name name,
				     struct vm_error *err)
{
	const struct request request = { .name = name };

	return change_account(opened, &request, err);
}

static enum vm_status count(struct vm_backend *opened, const char *domain, uint64_t *out,
			    struct vm_error *err)
{
	return vm_cdb_count(vm_cdb_backend_of(opened), domain, out, err);
}

const struct vm_account_ops vm_cdb_account_ops = {
	.get = get,
	.insert = insert,
	.update = update,
	.remove = remove_account,
	.list = vm_cdb_list,
	.count = count,
};
