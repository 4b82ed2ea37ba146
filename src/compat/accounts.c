/* vauth_* of libvpopmail: records of accounts. */
#include <config.h>

#include "compat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/passwd_line.h"
#include "core/password_hash.h"
#include "operations/account_create.h"
#include "operations/account_modify.h"
#include "operations/on_change.h"
#include "operations/sqwebmail_pass.h"
#include "util/clock.h"
#include "util/text.h"

enum { ARENA_MAX = 1 << 20, PAGE = 500, TRIES = 5 };

/* The store says what is so, 5.4's numbers say of whom: of the domain where there is none, else of the account. */
static int answer(enum vm_status status, const struct vm_compat_name *name, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status there = VM_OK;

	if ((status != VM_NOT_FOUND && status != VM_EXISTS) || err->field[0] != '\0')
		return vm_compat_answer(status, err);
	vm_arena_init(&arena, ARENA_MAX);
	if (status == VM_NOT_FOUND)
		there = vm_store_domain_get(vm_compat_context()->store, name->domain, &arena,
					    &domain, err);
	vm_arena_release(&arena);
	if (there != VM_OK && there != VM_NOT_FOUND)
		return vm_compat_answer(there, err);
	return vm_compat_answer(vm_fail_field(err, status,
					      there == VM_NOT_FOUND ? "domain" : "address", "%s@%s",
					      name->user, name->domain),
				err);
}

static enum vm_status look_up(const struct vm_compat_name *name, struct vm_arena *arena,
			      struct vm_account *out, struct vm_error *err)
{
	const struct vm_context *const context = vm_compat_context();

	if (context == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the installation cannot be opened");
	return vm_store_account_get(context->store, (struct vm_name){ name->user, name->domain },
				    arena, out, err);
}

static int find(const struct vm_compat_name *name, struct vm_arena *arena, struct vm_account *out)
{
	struct vm_error err;

	return answer(look_up(name, arena, out, &err), name, &err);
}

VM_EXPORT struct vqpasswd *vauth_getpw(char *user, char *domain)
{
	struct vm_compat_name name;
	struct vm_arena arena;
	struct vm_account account;
	struct vqpasswd *found = NULL;
	struct vm_error err;
	uint32_t flags = 0;

	if (vm_compat_parse(user, domain, &name) != VA_SUCCESS)
		return NULL;
	vm_compat_write_back(user, name.user);
	vm_compat_write_back(domain, name.domain);
	vm_arena_init(&arena, ARENA_MAX);
	if (vm_compat_answer(look_up(&name, &arena, &account, &err), &err) == VA_SUCCESS &&
	    vm_compat_flags(&account, &flags) == VA_SUCCESS)
		found = vm_compat_keep(&account, flags);
	vm_arena_release(&arena);
	return found;
}

/* The listing that vauth_getall goes through. */
static struct {
	bool is_begun;
	struct vm_arena arena;
	struct vm_account_list list;
	size_t index;
	char domain[VM_DOMAIN_MAX + 1], after[VM_USER_MAX + 1];
} listing;

VM_EXPORT void vauth_end_getall(void)
{
	if (listing.is_begun)
		vm_arena_release(&listing.arena);
	listing.is_begun = false;
}

static bool next_page(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	if (context == NULL)
		return false;
	vm_arena_clear(&listing.arena);
	listing.index = 0;
	return vm_compat_answer(vm_store_account_list(context->store, listing.domain,
						      (struct vm_page){ listing.after, PAGE },
						      &listing.arena, &listing.list, &err),
				&err) == VA_SUCCESS;
}

static bool begin_listing(const char *domain)
{
	vauth_end_getall();
	if (vm_compat_parse_domain(domain, listing.domain) != VA_SUCCESS)
		return false;
	vm_arena_init(&listing.arena, 16 * ARENA_MAX);
	listing.list = (struct vm_account_list){ .more = true };
	listing.index = 0;
	listing.after[0] = '\0';
	listing.is_begun = true;
	return true;
}

VM_EXPORT struct vqpasswd *vauth_getall(char *domain, int first, int sortit)
{
	const struct vm_account *account = NULL;
	uint32_t flags = 0;

	(void)sortit;
	if (first != 0 ? !begin_listing(domain) : !listing.is_begun)
		return NULL;
	if (listing.index == listing.list.count &&
	    (!listing.list.more || !next_page() || listing.list.count == 0)) {
		vauth_end_getall();
		return NULL;
	}
	account = &listing.list.items[listing.index++];
	(void)vm_text_copy(listing.after, sizeof listing.after, account->user); /* fits */
	if (vm_compat_flags(account, &flags) != VA_SUCCESS) {
		vauth_end_getall();
		return NULL;
	}
	return vm_compat_keep(account, flags);
}

static bool is_too_long(const char *text, size_t maximum)
{
	return strlen(text) > maximum;
}

VM_EXPORT int vcheck_vqpw(struct vqpasswd *pw, char *domain)
{
	if (pw == NULL || domain == NULL || pw->pw_name == NULL || pw->pw_passwd == NULL ||
	    pw->pw_gecos == NULL || pw->pw_dir == NULL || pw->pw_shell == NULL)
		return VA_NULL_POINTER;
	if (is_too_long(pw->pw_name, VM_USER_MAX))
		return VA_USER_NAME_TOO_LONG;
	if (is_too_long(domain, VM_DOMAIN_MAX))
		return VA_DOMAIN_NAME_TOO_LONG;
	if (is_too_long(pw->pw_passwd, VM_HASH_MAX))
		return VA_PASSWD_TOO_LONG;
	if (is_too_long(pw->pw_gecos, VM_COMMENT_MAX))
		return VA_GECOS_TOO_LONG;
	if (is_too_long(pw->pw_dir, VM_PATH_MAX))
		return VA_DIR_TOO_LONG;
	if (is_too_long(pw->pw_shell, VM_QUOTA_MAX))
		return VA_QUOTA_TOO_LONG;
	return pw->pw_clear_passwd != NULL && is_too_long(pw->pw_clear_passwd, VM_CLEAR_MAX)
		       ? VA_CLEAR_PASSWD_TOO_LONG
		       : VA_SUCCESS;
}

/* Replaces the record unless somebody else has changed it meanwhile: then it is read again. */
static int replace(const struct vm_compat_name *name, const struct vqpasswd *pw,
		   struct vm_arena *arena)
{
	int code = VA_SUCCESS;

	for (int try = 0; try < TRIES; try++) {
		struct vm_account old, account;
		struct vm_error err;
		enum vm_status status = VM_INTERNAL;

		vm_arena_clear(arena);
		code = find(name, arena, &old);
		if (code != VA_SUCCESS)
			return code;
		account = old;
		account.hash = pw->pw_passwd;
		account.kind = pw->pw_uid == USE_APOP ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP;
		account.flags = pw->pw_gid;
		account.comment = pw->pw_gecos;
		account.home = pw->pw_dir;
		account.quota = pw->pw_shell;
		account.clear = pw->pw_clear_passwd == NULL ? "" : pw->pw_clear_passwd;
		status = vm_store_account_update(vm_compat_context()->store, &account, &old, &err);
		code = answer(status, name, &err);
		if (verrori == VA_SUCCESS)
			return code;
	}
	return code;
}

static struct vm_name as_name(const struct vm_compat_name *name)
{
	return (struct vm_name){ name->user, name->domain };
}

VM_EXPORT int vauth_setpw(struct vqpasswd *pw, char *domain)
{
	struct vm_compat_name name;
	struct vm_arena arena;
	int code = vcheck_vqpw(pw, domain);

	if (code == VA_SUCCESS)
		code = vm_compat_parse(pw->pw_name, domain, &name);
	if (code != VA_SUCCESS)
		return code;
	vm_arena_init(&arena, ARENA_MAX);
	vm_on_change_of(vm_compat_context(), VM_CHANGE_BEFORE, VM_CHANGE_MOD_USER, as_name(&name),
			NULL);
	code = replace(&name, pw, &arena);
	if (code == VA_SUCCESS)
		vm_sqwebmail_pass_try(vm_compat_context(), as_name(&name));
	if (code == VA_SUCCESS)
		vm_on_change_of(vm_compat_context(), VM_CHANGE_AFTER, VM_CHANGE_MOD_USER,
				as_name(&name), NULL);
	vm_arena_release(&arena);
	return code;
}

static int hash(const char *pass, char out[VM_HASH_MAX + 1])
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_secret secret;
	struct vm_error err;
	int code = VA_SUCCESS;

	out[0] = '\0';
	if (context == NULL)
		return VA_NO_AUTH_CONNECTION;
	if (pass == NULL || pass[0] == '\0')
		return VA_SUCCESS;
	if (!vm_secret_set(&secret, pass, strlen(pass)))
		return VA_PASSWD_TOO_LONG;
	code = vm_compat_answer(vm_password_hash(&secret, context->config->password_scheme,
						 context->config->password_cost, out, &err),
				&err);
	vm_secret_wipe(&secret);
	return code;
}

VM_EXPORT int mkpasswd3(char *clearpass, char *crypted, int size)
{
	char out[VM_HASH_MAX + 1];

	if (clearpass == NULL || crypted == NULL || hash(clearpass, out) != VA_SUCCESS ||
	    size <= (int)strlen(out))
		return VA_CRYPT_FAILED;
	memcpy(crypted, out, strlen(out) + 1);
	return 0;
}

VM_EXPORT int vauth_adduser(char *user, char *domain, char *pass, char *gecos, char *dir, int apop)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_compat_name name;
	struct vm_arena arena;
	struct vm_domain found;
	struct vm_limits limits;
	struct vm_error err;
	char home[VM_PATH_MAX + 1], crypted[VM_HASH_MAX + 1];
	int code = vm_compat_parse(user, domain, &name);

	if (code == VA_SUCCESS)
		code = hash(pass, crypted);
	if (code != VA_SUCCESS)
		return code;
	vm_arena_init(&arena, ARENA_MAX);
	code = vm_compat_answer(
		vm_store_domain_get(context->store, name.domain, &arena, &found, &err), &err);
	if (code == VA_SUCCESS && !vm_text_format(home, sizeof home, "%s%s%s/%s", found.dir,
						  dir != NULL && dir[0] != '\0' ? "/" : "",
						  dir == NULL ? "" : dir, name.user))
		code = VA_DIR_TOO_LONG;
	if (code == VA_SUCCESS)
		code = vm_compat_answer(
			vm_store_limits_get(context->store, found.name, &limits, &err), &err);
	if (code == VA_SUCCESS) {
		const struct vm_account account = {
			.user = name.user,
			.domain = found.name,
			.hash = crypted,
			.kind = apop == USE_APOP ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP,
			.comment = gecos == NULL ? "" : gecos,
			.home = home,
			.quota = "NOQUOTA",
			.clear = "",
		};

		code = answer(vm_store_account_insert(context->store, &account, limits.max_accounts,
						      &err),
			      &name, &err);
	}
	vm_arena_release(&arena);
	return code;
}

VM_EXPORT int vauth_deluser(char *user, char *domain)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_compat_name name;
	struct vm_error err;
	const int code = vm_compat_parse(user, domain, &name);

	if (code != VA_SUCCESS)
		return code;
	return answer(vm_store_account_remove(context->store,
					      (struct vm_name){ name.user, name.domain }, &err),
		      &name, &err);
}

VM_EXPORT int vauth_setquota(char *user, char *domain, char *quota)
{
	return vsetuserquota(user, domain, quota);
}

/* A domain's tables are there when it is; its records go with it. */
VM_EXPORT int vauth_adddomain(char *domain)
{
	char name[VM_DOMAIN_MAX + 1];

	return vm_compat_parse_domain(domain, name);
}

static enum vm_status remove_one(void *context, const struct vm_account *account,
				 struct vm_error *err)
{
	return vm_store_account_remove(context, (struct vm_name){ account->user, account->domain },
				       err);
}

VM_EXPORT int vauth_deldomain(char *domain)
{
	const struct vm_context *const context = vm_compat_context();
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	if (code != VA_SUCCESS)
		return code;
	return vm_compat_answer(vm_store_each_account(context->store, name, remove_one,
						      context->store, &err),
				&err);
}

VM_EXPORT int vmkpasswd(char *domain)
{
	const struct vm_context *const context = vm_compat_context();
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	return code == VA_SUCCESS
		       ? vm_compat_answer(vm_store_fold(context->store, name, &err), &err)
		       : code;
}

VM_EXPORT int vauth_crypt(char *user, char *domain, char *clear_pass, struct vqpasswd *vpw)
{
	struct vm_secret secret;
	struct vm_error err;
	int code = -1;

	(void)user;
	(void)domain;
	if (vpw == NULL || clear_pass == NULL || vpw->pw_passwd == NULL ||
	    !vm_secret_set(&secret, clear_pass, strlen(clear_pass)))
		return -1;
	if (vm_password_verify(&secret, vpw->pw_passwd, &err) == VM_OK)
		code = 0;
	vm_secret_wipe(&secret);
	return code;
}

/* An account by its record, with its home; the arena is the caller's. */
static int find_named(const char *user, const char *domain, struct vm_arena *arena,
		      struct vm_account *out)
{
	struct vm_compat_name name;
	const int code = vm_compat_parse(user, domain, &name);

	return code == VA_SUCCESS ? find(&name, arena, out) : code;
}

VM_EXPORT int vset_lastauth(char *user, char *domain, char *remoteip)
{
	struct vm_last_login login = { .when = vm_clock_now() };
	struct vm_arena arena;
	struct vm_account account;
	struct vm_error err;
	int code = VA_NULL_POINTER;

	if (remoteip == NULL || !vm_text_copy(login.from, sizeof login.from, remoteip))
		return code;
	vm_arena_init(&arena, ARENA_MAX);
	code = find_named(user, domain, &arena, &account);
	if (code == VA_SUCCESS)
		code = vm_compat_answer(vm_store_login_record(vm_compat_context()->store, &account,
							      &login, NULL, &err),
					&err);
	vm_arena_release(&arena);
	return code;
}

static struct vm_last_login last_login_of(const struct vqpasswd *pw, const char *domain)
{
	struct vm_last_login login = { .when = 0 };
	struct vm_arena arena;
	struct vm_account account;
	struct vm_error err;

	vm_arena_init(&arena, ARENA_MAX);
	if (pw != NULL && find_named(pw->pw_name, domain, &arena, &account) == VA_SUCCESS &&
	    vm_compat_answer(vm_store_login_get(vm_compat_context()->store, &account, &login, &err),
			     &err) != VA_SUCCESS)
		login.when = 0;
	vm_arena_release(&arena);
	return login;
}

VM_EXPORT time_t vget_lastauth(struct vqpasswd *pw, char *domain)
{
	return last_login_of(pw, domain).when;
}

VM_EXPORT char *vget_lastauthip(struct vqpasswd *pw, char *domain)
{
	static struct vm_last_login login;

	login = last_login_of(pw, domain);
	return login.when == 0 ? NULL : login.from;
}

/* The next line of a stream into `line`; its length, or -1 at the end, or -2 for one that is longer than any. */
static int read_entry(FILE *stream, char line[VM_PASSWD_LINE_MAX + 1])
{
	int length = 0, byte = fgetc(stream);

	if (byte == EOF)
		return -1;
	for (; byte != EOF && byte != '\n'; byte = fgetc(stream)) {
		if (length == VM_PASSWD_LINE_MAX)
			return -2;
		line[length++] = (char)byte;
	}
	line[length] = '\0';
	return length;
}

VM_EXPORT struct vqpasswd *vgetent(FILE *stream)
{
	char line[VM_PASSWD_LINE_MAX + 1];
	struct vm_account account;
	struct vm_error err;
	int length = 0;

	verrori = stream == NULL ? VA_NULL_POINTER : VA_SUCCESS;
	if (stream == NULL)
		return NULL;
	length = read_entry(stream, line);
	if (length == -1 && !ferror(stream))
		return NULL;
	if (length >= 0 && vm_passwd_line_parse(line, (size_t)length, 1, &account, &err) == VM_OK)
		return vm_compat_keep(&account, account.flags);
	verrori = VA_PARSE_ERROR;
	return NULL;
}
