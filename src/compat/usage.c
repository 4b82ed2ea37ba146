/* client_* of libvpopmail: what 5.4's usage daemon was asked for. */
#include <config.h>

#include "compat.h"

#include <string.h>

#include "client.h"
#include "operations/usage_read.h"

enum { ARENA_MAX = 65536, NAME_MAX_BYTES = VM_USER_MAX + VM_DOMAIN_MAX + 1 };

VM_EXPORT void *client_connect(void)
{
	static char handle;

	return vm_compat_context() == NULL ? NULL : &handle;
}

VM_EXPORT void client_close(void *handle)
{
	(void)handle; /* the store stays open until vclose */
}

/* "user@domain" or "@domain", NUL-terminated. */
static enum vm_status ask(const char *name, struct vm_usage *out, struct vm_error *err)
{
	const struct vm_context *const context = vm_compat_context();
	const char *const at = strchr(name, '@');
	char user[NAME_MAX_BYTES + 1] = "";
	struct vm_compat_name parsed;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;
	int code = VA_SUCCESS;

	if (context == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the installation cannot be opened");
	if (at == NULL)
		return vm_fail_field(err, VM_INVALID, "address", "there is no @ in %s", name);
	memcpy(user, name, (size_t)(at - name));
	code = at == name ? vm_compat_parse_domain(at + 1, parsed.domain)
			  : vm_compat_parse(user, at + 1, &parsed);
	if (code != VA_SUCCESS)
		return vm_fail_field(err, VM_NOT_FOUND, "address", "%s is no name", name);
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(context->store, parsed.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = at == name
				 ? vm_usage_read_domain(context, &domain, out, err)
				 : vm_usage_read_account(context, &domain, parsed.user, out, err);
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT int client_query(void *handle, const char *name, uint16_t length, storage_t *bytes,
			   storage_t *messages)
{
	char text[NAME_MAX_BYTES + 1];
	struct vm_usage usage = { 0 };
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	if (handle == NULL || name == NULL || bytes == NULL || messages == NULL ||
	    length > NAME_MAX_BYTES)
		return 0;
	memcpy(text, name, length);
	text[length] = '\0';
	status = ask(text, &usage, &err);
	(void)vm_compat_answer(status, &err);
	*bytes = status == VM_OK ? usage.bytes : (storage_t)-1;
	*messages = status == VM_OK ? usage.messages : (storage_t)-1;
	return status == VM_OK || status == VM_NOT_FOUND;
}

VM_EXPORT int client_query_quick(const char *name, storage_t *bytes, storage_t *messages)
{
	void *const handle = client_connect();
	const size_t length = name == NULL ? 0 : strlen(name);

	return handle != NULL && length <= NAME_MAX_BYTES &&
	       client_query(handle, name, (uint16_t)length, bytes, messages) == 1;
}
