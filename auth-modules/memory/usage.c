/* Usage counters in memory: one per account, and one per domain that moves with them. */
#include <config.h>

#include "core/usage_file.h"

#include <string.h>

#include "engine.h"

static bool read_usage(const char *key, struct vm_usage *out)
{
	const struct vm_memory_row *const row =
		vm_memory_table_find(vm_memory_table_of(VM_MEMORY_USAGE), key);

	*out = (struct vm_usage){ 0 };
	if (row != NULL)
		memcpy(out, row->value, sizeof *out);
	return row != NULL;
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_usage *out,
			  struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	if (status == VM_OK)
		status = vm_memory_key(key, name.domain, name.user, err);
	if (status == VM_OK && !read_usage(key, out))
		status = vm_fail(err, VM_NOT_FOUND, "%s@%s was never counted", name.user,
				 name.domain);
	return status;
}

enum vm_status vm_memory_begin_usage(struct vm_name name, struct vm_error *err)
{
	const struct vm_usage nothing = { 0 };
	char key[VM_MEMORY_KEY_MAX];
	const enum vm_status status = vm_memory_key(key, name.domain, name.user, err);

	if (status != VM_OK)
		return status;
	return vm_memory_table_put(vm_memory_table_of(VM_MEMORY_USAGE), key, &nothing,
				   sizeof nothing, err);
}

static enum vm_status move(const char *key, int64_t bytes, int64_t messages, struct vm_error *err)
{
	struct vm_usage usage;

	if (!read_usage(key, &usage))
		return VM_OK;
	usage.bytes = vm_usage_move(usage.bytes, bytes);
	usage.messages = vm_usage_move(usage.messages, messages);
	return vm_memory_table_put(vm_memory_table_of(VM_MEMORY_USAGE), key, &usage, sizeof usage,
				   err);
}

static enum vm_status add(struct vm_backend *backend, struct vm_name name, int64_t bytes,
			  int64_t messages, struct vm_error *err)
{
	char account[VM_MEMORY_KEY_MAX], domain[VM_MEMORY_KEY_MAX];
	struct vm_usage unused;
	enum vm_status status = vm_memory_enter_change(backend, name.domain, err);

	if (status == VM_OK)
		status = vm_memory_key(account, name.domain, name.user, err);
	if (status == VM_OK)
		status = vm_memory_key(domain, name.domain, "", err);
	if (status == VM_OK && !read_usage(name.user[0] == '\0' ? domain : account, &unused))
		return vm_fail(err, VM_NOT_FOUND, "%s@%s was never counted", name.user,
			       name.domain);
	if (status == VM_OK && name.user[0] != '\0')
		status = move(account, bytes, messages, err);
	if (status == VM_OK)
		status = move(domain, bytes, messages, err);
	return vm_memory_leave_change(status, err);
}

static enum vm_status set(struct vm_backend *backend, struct vm_name name,
			  const struct vm_usage *usage, struct vm_error *err)
{
	char account[VM_MEMORY_KEY_MAX], domain[VM_MEMORY_KEY_MAX];
	struct vm_usage old;
	enum vm_status status = vm_memory_enter_change(backend, name.domain, err);

	if (status == VM_OK)
		status = vm_memory_key(account, name.domain, name.user, err);
	if (status == VM_OK)
		status = vm_memory_key(domain, name.domain, "", err);
	if (status != VM_OK)
		return status;
	(void)read_usage(account, &old); /* never counted is 0 */
	if (name.user[0] != '\0')
		status = move(domain, (int64_t)(usage->bytes - old.bytes),
			      (int64_t)(usage->messages - old.messages), err);
	if (status == VM_OK)
		status = vm_memory_table_put(vm_memory_table_of(VM_MEMORY_USAGE), account, usage,
					     sizeof *usage, err);
	return vm_memory_leave_change(status, err);
}

enum vm_status vm_memory_forget_usage(struct vm_name name, struct vm_error *err)
{
	char account[VM_MEMORY_KEY_MAX], domain[VM_MEMORY_KEY_MAX];
	struct vm_usage old;
	enum vm_status status = vm_memory_key(account, name.domain, name.user, err);

	if (status == VM_OK)
		status = vm_memory_key(domain, name.domain, "", err);
	if (status != VM_OK || !read_usage(account, &old))
		return status;
	vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_USAGE), account);
	return move(domain, -(int64_t)old.bytes, -(int64_t)old.messages, err);
}

static enum vm_status forget(struct vm_backend *backend, const char *domain, struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, domain, err);

	if (status == VM_OK)
		status = vm_memory_key(key, domain, "", err);
	if (status == VM_OK)
		(void)vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_USAGE),
					     key); /* none: fine */
	return vm_memory_leave_change(status, err);
}

const struct vm_usage_ops vm_memory_usage_ops = {
	.get = get, .add = add, .set = set, .forget = forget
};
