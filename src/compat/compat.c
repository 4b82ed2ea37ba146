/* The installation that libvpopmail works on, opened once for each process. */
#include <config.h>

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "cli/va_code.h"
#include "operations/account_access.h"
#include "util/text.h"

enum { KEPT_MAX = 65536 };

VM_EXPORT int verrori;
VM_EXPORT int OptimizeAddDomain;
VM_EXPORT int NoMakeIndex;

/* Statements are prepared: there is none to show. */
static char store_error[VM_ERROR_TEXT_MAX], no_query[1];
VM_EXPORT char *sqlerr = store_error;
VM_EXPORT char *last_query = no_query;

static struct vm_installation *here;

static struct vm_arena kept;
static struct vqpasswd kept_account;

struct vm_installation *vm_compat_installation(void)
{
	struct vm_error err;

	if (here == NULL) {
		const enum vm_status status = vm_open_installation(NULL, &here, &err);

		if (status != VM_OK) {
			(void)vm_compat_answer(status, &err);
			verrori = VA_NO_AUTH_CONNECTION;
			return NULL;
		}
	}
	verrori = VA_SUCCESS;
	return here;
}

const struct vm_context *vm_compat_context(void)
{
	const struct vm_installation *const installation = vm_compat_installation();

	return installation == NULL ? NULL : &installation->context;
}

VM_EXPORT int vauth_open(int will_update)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	(void)will_update;
	return context == NULL ? VA_NO_AUTH_CONNECTION
			       : vm_compat_answer(vm_store_ping(context->store, &err), &err);
}

VM_EXPORT int vauth_open_update(void)
{
	return vauth_open(1);
}

VM_EXPORT void vclose(void)
{
	vm_close_installation(&here);
}

int vm_compat_answer(enum vm_status status, const struct vm_error *err)
{
	if (status == VM_OK || vm_status_is_definite(status)) {
		verrori = VA_SUCCESS;
		return vm_va_number(NULL, status, err);
	}
	verrori = VA_NO_AUTH_CONNECTION;
	(void)vm_text_copy(store_error, sizeof store_error, err->text); /* fits */
	return verrori;
}

VM_EXPORT int vsqlerror(FILE *stream, char *comment)
{
	return stream == NULL || fprintf(stream, "%s: %s\n", comment == NULL ? "" : comment,
					 store_error) < 0
		       ? -1
		       : 0;
}

void vm_compat_write_back(char *text, const char *folded)
{
	if (strcmp(text, folded) != 0 && strlen(text) >= strlen(folded))
		memcpy(text, folded, strlen(folded) + 1);
}

int vm_compat_parse_domain(const char *domain, char out[VM_DOMAIN_MAX + 1])
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_address_policy policy;
	struct vm_error err;

	if (domain == NULL)
		return VA_NULL_POINTER;
	if (context == NULL)
		return VA_NO_AUTH_CONNECTION;
	policy = vm_config_address_policy(context->config, "");
	return vm_compat_answer(vm_domain_parse(domain, &policy, out, &err), &err);
}

int vm_compat_parse(const char *user, const char *domain, struct vm_compat_name *out)
{
	const int code = vm_compat_parse_domain(domain, out->domain);
	struct vm_address_policy policy;
	struct vm_error err;

	if (code != VA_SUCCESS)
		return code;
	if (user == NULL)
		return VA_NULL_POINTER;
	policy = vm_config_address_policy(&here->config, "");
	return vm_compat_answer(vm_user_parse(user, &policy, out->user, &err), &err);
}

int vm_compat_parse_address(const char *user, const char *domain, char out[VM_ADDRESS_MAX + 1])
{
	struct vm_compat_name name;
	const int code = vm_compat_parse(user, domain, &name);

	if (code == VA_SUCCESS) /* it fits */
		(void)vm_text_format(out, VM_ADDRESS_MAX + 1, "%s@%s", name.user, name.domain);
	return code;
}

int vm_compat_flags(const struct vm_account *account, uint32_t *flags)
{
	struct vm_limits limits;
	struct vm_error err;
	const int code = vm_compat_answer(
		vm_store_limits_get(here->store, account->domain, &limits, &err), &err);

	if (code == VA_SUCCESS)
		*flags = vm_access_decide(account->flags, &limits, VM_SERVICE_ANY).flags;
	return code;
}

struct vqpasswd *vm_compat_keep(const struct vm_account *account, uint32_t flags)
{
	static bool is_ready;

	if (!is_ready)
		vm_arena_init(&kept, KEPT_MAX);
	is_ready = true;
	vm_arena_clear(&kept);
	kept_account =
		(struct vqpasswd){ .pw_name = vm_arena_strdup(&kept, account->user),
				   .pw_passwd = vm_arena_strdup(&kept, account->hash),
				   .pw_uid = (uid_t)account->kind,
				   .pw_gid = account->flags,
				   .pw_flags = flags,
				   .pw_gecos = vm_arena_strdup(&kept, account->comment),
				   .pw_dir = vm_arena_strdup(&kept, account->home),
				   .pw_shell = vm_arena_strdup(&kept, account->quota),
				   .pw_clear_passwd = vm_arena_strdup(&kept, account->clear) };
	if (kept_account.pw_name != NULL && kept_account.pw_passwd != NULL &&
	    kept_account.pw_gecos != NULL && kept_account.pw_dir != NULL &&
	    kept_account.pw_shell != NULL && kept_account.pw_clear_passwd != NULL)
		return &kept_account;
	verrori = VA_MEMORY_ALLOC_ERR;
	return NULL;
}
