/* Accounts in memory. */
#include <config.h>

#include <string.h>

#include "engine.h"
#include "util/buf.h"

enum { ROW_MAX = 4096, TEXTS = 7 };

/* A row is kind and flags, then seven texts with their NULs. */
struct head {
	enum vm_account_kind kind;
	uint32_t flags;
};

static enum vm_status pack(const struct vm_account *account, struct vm_buf *out,
			   struct vm_error *err)
{
	const struct head head = { account->kind, account->flags };
	const char *const texts[TEXTS] = { account->user,    account->domain, account->hash,
					   account->comment, account->home,   account->quota,
					   account->clear };

	vm_buf_append(out, &head, sizeof head);
	for (size_t i = 0; i < TEXTS; i++)
		vm_buf_append(out, texts[i], strlen(texts[i]) + 1);
	return vm_buf_check(out, "an account", err);
}

static enum vm_status unpack(const struct vm_memory_row *row, struct vm_arena *arena,
			     struct vm_account *out, struct vm_error *err)
{
	const char **const texts[TEXTS] = { &out->user, &out->domain, &out->hash, &out->comment,
					    &out->home, &out->quota,  &out->clear };
	const char *text = (const char *)row->value + sizeof(struct head);
	struct head head;

	memcpy(&head, row->value, sizeof head);
	out->kind = head.kind;
	out->flags = head.flags;
	for (size_t i = 0; i < TEXTS; i++) {
		*texts[i] = vm_arena_strdup(arena, text);
		if (*texts[i] == NULL)
			return vm_fail_memory(err);
		text += strlen(text) + 1;
	}
	return VM_OK;
}

static enum vm_status no_account(struct vm_name name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no account %s@%s", name.user, name.domain);
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_arena *arena,
			  struct vm_account *out, struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	const struct vm_memory_row *row = NULL;
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	if (status == VM_OK)
		status = vm_memory_key(key, name.domain, name.user, err);
	if (status != VM_OK)
		return status;
	row = vm_memory_table_find(vm_memory_table_of(VM_MEMORY_ACCOUNTS), key);
	return row == NULL ? no_account(name, err) : unpack(row, arena, out, err);
}

static enum vm_status put(const char *key, const struct vm_account *account, struct vm_error *err)
{
	struct vm_buf row;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&row, ROW_MAX);
	status = pack(account, &row, err);
	if (status == VM_OK)
		status = vm_memory_table_put(vm_memory_table_of(VM_MEMORY_ACCOUNTS), key, row.bytes,
					     row.length, err);
	vm_buf_release(&row);
	return status;
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_account *account,
			     struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, account->domain, err);

	if (status == VM_OK)
		status = vm_memory_need_domain(account->domain, err);
	if (status == VM_OK)
		status = vm_memory_key(key, account->domain, account->user, err);
	if (status != VM_OK)
		return status;
	if (vm_memory_table_find(vm_memory_table_of(VM_MEMORY_ACCOUNTS), key) != NULL)
		return vm_fail(err, VM_EXISTS, "account %s@%s already exists", account->user,
			       account->domain);
	status = put(key, account, err);
	if (status == VM_OK)
		status = vm_memory_begin_usage((struct vm_name){ account->user, account->domain },
					       err);
	return vm_memory_leave_change(status, err);
}

/* Is the row what the caller has read? */
static enum vm_status check_expected(const struct vm_memory_row *row, struct vm_name name,
				     const struct vm_account *expected, struct vm_error *err)
{
	struct vm_account read;
	struct vm_buf bytes;
	enum vm_status status = VM_INTERNAL;

	if (expected == NULL)
		return VM_OK;
	read = *expected;
	read.user = name.user;
	read.domain = name.domain;
	vm_buf_init(&bytes, ROW_MAX);
	status = pack(&read, &bytes, err);
	if (status == VM_OK &&
	    (bytes.length != row->size || memcmp(bytes.bytes, row->value, row->size) != 0))
		status = vm_fail(err, VM_TEMPFAIL, "account %s@%s changed meanwhile", name.user,
				 name.domain);
	vm_buf_release(&bytes);
	return status;
}

static enum vm_status update(struct vm_backend *backend, const struct vm_account *account,
			     const struct vm_account *expected, struct vm_error *err)
{
	const struct vm_name name = { account->user, account->domain };
	char key[VM_MEMORY_KEY_MAX];
	const struct vm_memory_row *row = NULL;
	enum vm_status status = vm_memory_enter_change(backend, account->domain, err);

	if (status == VM_OK)
		status = vm_memory_key(key, account->domain, account->user, err);
	if (status != VM_OK)
		return status;
	row = vm_memory_table_find(vm_memory_table_of(VM_MEMORY_ACCOUNTS), key);
	status = row == NULL ? no_account(name, err) : check_expected(row, name, expected, err);
	return status == VM_OK ? vm_memory_leave_change(put(key, account, err), err) : status;
}

/* The login and usage of the account go with it. */
static enum vm_status remove_account(struct vm_backend *backend, struct vm_name name,
				     struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, name.domain, err);

	if (status == VM_OK)
		status = vm_memory_key(key, name.domain, name.user, err);
	if (status != VM_OK)
		return status;
	if (!vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_ACCOUNTS), key))
		return no_account(name, err);
	vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_LOGINS), key);
	status = vm_memory_forget_usage(name, err);
	return vm_memory_leave_change(status, err);
}

static enum vm_status take_page(const char *prefix, size_t start, size_t limit,
				struct vm_arena *arena, struct vm_account_list *out,
				struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ACCOUNTS);
	size_t there = 0;
	enum vm_status status = VM_OK;

	while (there <= limit && start + there < table->count &&
	       strncmp(table->rows[start + there].key, prefix, strlen(prefix)) == 0)
		there++;
	out->more = there > limit;
	out->count = there > limit ? limit : there;
	out->items = vm_arena_alloc_array(arena, out->count + 1, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < out->count && status == VM_OK; i++)
		status = unpack(&table->rows[start + i], arena, &out->items[i], err);
	return status;
}

static enum vm_status list(struct vm_backend *backend, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_account_list *out,
			   struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ACCOUNTS);
	char prefix[VM_MEMORY_KEY_MAX], key[VM_MEMORY_KEY_MAX];
	size_t start = 0;
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = (struct vm_account_list){ 0 };
	if (status == VM_OK)
		status = vm_memory_need_domain(domain, err);
	if (status == VM_OK)
		status = vm_memory_key(prefix, domain, "", err);
	if (status == VM_OK)
		status = vm_memory_key(key, domain, page.after, err);
	if (status != VM_OK)
		return status;
	start = vm_memory_table_seek(table, key);
	if (start < table->count && strcmp(table->rows[start].key, key) == 0)
		start++;
	return take_page(prefix, start, page.limit, arena, out, err);
}

static enum vm_status count(struct vm_backend *backend, const char *domain, uint64_t *out,
			    struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ACCOUNTS);
	char prefix[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = 0;
	if (status == VM_OK)
		status = vm_memory_need_domain(domain, err);
	if (status == VM_OK)
		status = vm_memory_key(prefix, domain, "", err);
	if (status != VM_OK)
		return status;
	for (size_t i = vm_memory_table_seek(table, prefix);
	     i < table->count && strncmp(table->rows[i].key, prefix, strlen(prefix)) == 0; i++)
		(*out)++;
	return VM_OK;
}

const struct vm_account_ops vm_memory_account_ops = {
	.get = get,
	.insert = insert,
	.update = update,
	.remove = remove_account,
	.list = list,
	.count = count,
};
