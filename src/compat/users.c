/* Users of libvpopmail: what a person at a panel asks for. */
#include <config.h>

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "cli/password_prompt.h"
#include "core/password_hash.h"
#include "core/password_policy.h"
#include "operations/account_home.h"
#include "operations/account_modify.h"
#include "pwstr.h"
#include "util/text.h"

enum { ARENA_MAX = 1 << 20 };

VM_EXPORT int vadduser(char *user, char *domain, char *pass, char *gecos, int apop)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_account_wish wish = VM_ACCOUNT_WISH;
	struct vm_error err;
	const int code = vm_compat_parse_address(user, domain, address);

	(void)apop; /* a digest needs the clear password, whatever the kind */
	if (code != VA_SUCCESS)
		return code;
	if (pass == NULL)
		return VA_NULL_POINTER;
	wish.password = pass;
	wish.comment = gecos;
	return vm_compat_answer(vm_add_account(vm_compat_installation(), address, &wish, &err),
				&err);
}

VM_EXPORT int vdeluser(char *user, char *domain)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_address(user, domain, address);

	return code == VA_SUCCESS
		       ? vm_compat_answer(
				 vm_delete_account(vm_compat_installation(), address, &err), &err)
		       : code;
}

/* What the person himself asks for, who may be forbidden to: an administrator's vm_change_account() is not. */
VM_EXPORT int vpasswd(char *user, char *domain, char *pass, int apop)
{
	struct vm_secret secret;
	struct vm_compat_name name;
	struct vm_error err;
	const struct vm_account_change change = { .password = &secret,
						  .obey_no_password_change = true };
	int code = VA_NULL_POINTER;

	(void)apop;
	if (pass == NULL)
		return code;
	if (!vm_secret_set(&secret, pass, strlen(pass)))
		return VA_PASSWD_TOO_LONG;
	code = vm_compat_parse(user, domain, &name);
	if (code == VA_SUCCESS)
		code = vm_compat_answer(vm_account_modify(vm_compat_context(),
							  (struct vm_name){ name.user,
									    name.domain },
							  &change, &err),
					&err);
	vm_secret_wipe(&secret);
	return code;
}

VM_EXPORT int vsetuserquota(char *user, char *domain, char *quota)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_account_wish wish = VM_ACCOUNT_WISH;
	struct vm_error err;
	int code = VA_NULL_POINTER;

	if (quota == NULL)
		return code;
	code = vm_compat_parse_address(user, domain, address);
	if (code != VA_SUCCESS)
		return code;
	wish.quota = quota;
	return vm_compat_answer(vm_change_account(vm_compat_installation(), address, &wish, &err),
				&err);
}

VM_EXPORT struct vqpasswd *vauth_user(char *user, char *domain, char *pass, char *apop)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_error err;

	(void)apop;
	if (pass == NULL || vm_compat_parse_address(user, domain, address) != VA_SUCCESS ||
	    vm_compat_answer(vm_check_login(vm_compat_installation(), address, pass, "any", "",
					    &err),
			     &err) != VA_SUCCESS)
		return NULL;
	return vauth_getpw(user, domain);
}

/* The account's home is made when it is not there; who has none yet gets one. */
static int make_home(const struct vm_compat_name *name, char home[VM_PATH_MAX + 1],
		     char folder[VM_PATH_MAX + 1])
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_account account = { .home = "" };
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(context->store, name->domain, &arena, &domain, &err);
	if (status == VM_OK)
		status = vm_store_account_get(context->store,
					      (struct vm_name){ name->user, domain.name }, &arena,
					      &account, &err);
	if (status == VM_OK)
		status = vm_account_home_ensure(context, &domain, &account, &arena, &err);
	if (status == VM_OK && (!vm_text_copy(home, VM_PATH_MAX + 1, account.home) ||
				!vm_text_copy(folder, VM_PATH_MAX + 1, domain.dir)))
		status = vm_fail(&err, VM_INTERNAL, "a path is too long");
	vm_arena_release(&arena);
	return vm_compat_answer(status, &err);
}

VM_EXPORT char *make_user_dir(char *user, char *domain, uid_t uid, gid_t gid)
{
	static char below[VM_PATH_MAX + 1];
	struct vm_compat_name name;
	char home[VM_PATH_MAX + 1], folder[VM_PATH_MAX + 1];
	char *end = NULL;

	(void)uid; /* the domain's owner, whatever the caller thinks */
	(void)gid;
	if (vm_compat_parse(user, domain, &name) != VA_SUCCESS ||
	    make_home(&name, home, folder) != VA_SUCCESS)
		return NULL;
	end = strrchr(home, '/');
	if (end != NULL)
		*end = '\0';
	below[0] = '\0';
	if (vm_text_starts_with(home, folder) && home[strlen(folder)] == '/')
		(void)vm_text_copy(below, sizeof below, home + strlen(folder) + 1); /* fits */
	return below;
}

VM_EXPORT int vmake_maildir(char *domain, char *home)
{
	const char *const last = home == NULL ? NULL : strrchr(home, '/');
	struct vm_compat_name name;
	char made[VM_PATH_MAX + 1], folder[VM_PATH_MAX + 1];
	int code = VA_NULL_POINTER;

	if (last == NULL)
		return code;
	code = vm_compat_parse(last + 1, domain, &name);
	return code == VA_SUCCESS ? make_home(&name, made, folder) : code;
}

VM_EXPORT char *vrandom_pass(char *buffer, int len)
{
	struct vm_secret secret;
	struct vm_error err;

	if (buffer == NULL || len < 1 || len > VM_SECRET_MAX ||
	    vm_password_random(&secret, (uint32_t)len, &err) != VM_OK)
		return NULL;
	memcpy(buffer, secret.bytes, secret.length + 1);
	vm_secret_wipe(&secret);
	return buffer;
}

VM_EXPORT char *vgen_pass(int len)
{
	char *const buffer = len < 1 || len > VM_SECRET_MAX ? NULL : malloc((size_t)len + 1);

	if (buffer != NULL && vrandom_pass(buffer, len) == NULL) {
		free(buffer);
		return NULL;
	}
	return buffer;
}

static bool ask_twice(const char *user, struct vm_secret *out)
{
	char prompt[VM_USER_MAX + VM_DOMAIN_MAX + 64];
	struct vm_secret again = { .length = 0 };
	struct vm_error err;
	bool are_equal = false, is_asked = vm_text_format(prompt, sizeof prompt,
							  "Please enter password for %s: ", user);

	while (is_asked && !are_equal) {
		is_asked = vm_password_prompt(prompt, out, &err) == VM_OK &&
			   vm_password_prompt("enter password again: ", &again, &err) == VM_OK;
		are_equal = is_asked && vm_bytes_equal_constant_time(out->bytes, out->length,
								     again.bytes, again.length);
	}
	vm_secret_wipe(&again);
	return are_equal;
}

VM_EXPORT void vgetpasswd(char *user, char *pass, size_t size)
{
	struct vm_secret secret = { .length = 0 };

	if (pass == NULL || size == 0)
		return;
	pass[0] = '\0';
	if (user != NULL && ask_twice(user, &secret) && secret.length < size)
		memcpy(pass, secret.bytes, secret.length + 1);
	vm_secret_wipe(&secret);
}

VM_EXPORT char randltr(void)
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char byte = 0;

	(void)vm_random_bytes(&byte, 1); /* else always the same letter, of a salt nobody uses */
	return letters[byte % 64];
}

static struct vm_error weakness;

VM_EXPORT int pw_strength(const char *password)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_secret secret;
	enum vm_status status = VM_INTERNAL;

	if (password == NULL || context == NULL)
		return VA_PWSTR_EMPTY;
	if (!vm_secret_set(&secret, password, strlen(password)))
		return VA_PWSTR_LENGTH;
	status = vm_password_policy_check(context->config, &secret, "", "", &weakness);
	vm_secret_wipe(&secret);
	return status == VM_OK ? 1 : VA_PWSTR_LENGTH;
}

VM_EXPORT const char *pw_strength_error(void)
{
	return weakness.text;
}

VM_EXPORT const char *pw_strength_policy(void)
{
	static char text[256];
	const struct vm_context *const context = vm_compat_context();

	text[0] = '\0';
	if (context != NULL)
		vm_password_policy_describe(context->config, text, sizeof text);
	return text;
}
