/* Accounts for programs in C. */
#include <config.h>

#include "installation.h"

#include <stdlib.h>
#include <string.h>

#include "core/quota.h"
#include "operations/account_access.h"
#include "operations/account_create.h"
#include "operations/account_modify.h"
#include "operations/account_remove.h"
#include "operations/authenticate.h"
#include "operations/usage_read.h"
#include "util/text.h"

enum { PAGE = 500, PAGE_ARENA_MAX = 16 << 20 };

_Static_assert(VM_ACCOUNT_NO_PASSWORD_CHANGE == (uint32_t)VM_FLAG_NO_PASSWORD_CHANGE &&
		       VM_ACCOUNT_NO_POP == (uint32_t)VM_FLAG_NO_POP &&
		       VM_ACCOUNT_NO_WEBMAIL == (uint32_t)VM_FLAG_NO_WEBMAIL &&
		       VM_ACCOUNT_NO_IMAP == (uint32_t)VM_FLAG_NO_IMAP &&
		       VM_ACCOUNT_BOUNCE_MAIL == (uint32_t)VM_FLAG_BOUNCE_MAIL &&
		       VM_ACCOUNT_NO_RELAY == (uint32_t)VM_FLAG_NO_RELAY &&
		       VM_ACCOUNT_NO_DIALUP == (uint32_t)VM_FLAG_NO_DIALUP &&
		       VM_ACCOUNT_NO_SMTP == (uint32_t)VM_FLAG_NO_SMTP &&
		       VM_ACCOUNT_DOMAIN_ADMIN == (uint32_t)VM_FLAG_DOMAIN_ADMIN &&
		       VM_ACCOUNT_OVERRIDE_LIMITS == (uint32_t)VM_FLAG_OVERRIDE_LIMITS &&
		       VM_ACCOUNT_NO_SPAMASSASSIN == (uint32_t)VM_FLAG_NO_SPAMASSASSIN &&
		       VM_ACCOUNT_DELETE_SPAM == (uint32_t)VM_FLAG_DELETE_SPAM &&
		       VM_ACCOUNT_SYSTEM_ADMIN == (uint32_t)VM_FLAG_SYSTEM_ADMIN &&
		       VM_ACCOUNT_SYSTEM_EXPERT == (uint32_t)VM_FLAG_SYSTEM_EXPERT &&
		       VM_ACCOUNT_NO_MAILDROP == (uint32_t)VM_FLAG_NO_MAILDROP,
	       "the bits of virtmail.h are those of core/account.h");

/* An account as clients see it; its text is the account's. */
static struct vm_account_record record_of(const struct vm_account *account,
					  const struct vm_limits *limits)
{
	struct vm_quota quota = { 0 };
	struct vm_error err;

	if (vm_quota_parse(account->quota, &quota, &err) != VM_OK)
		quota = (struct vm_quota){ 0 }; /* an old program's junk limits nobody */
	return (struct vm_account_record){
		.user = account->user,
		.domain = account->domain,
		.hash = account->hash,
		.comment = account->comment,
		.home = account->home,
		.quota_bytes = quota.bytes,
		.quota_messages = quota.messages,
		.own_flags = account->flags,
		.flags = vm_access_decide(account->flags, limits, VM_SERVICE_ANY).flags,
	};
}

/* The record and the arena of its text; the record comes first, so that its address is that of both. */
struct kept {
	struct vm_account_record record;
	struct vm_arena arena;
};

static enum vm_status find(struct vm_installation *installation, const struct vm_address *address,
			   struct kept *kept, struct vm_error *err)
{
	struct vm_domain domain;
	struct vm_account account;
	struct vm_limits limits;
	enum vm_status status =
		vm_installation_find(installation, address->domain, &kept->arena, &domain, err);

	if (status != VM_OK)
		return status;
	status = vm_store_account_get(installation->store,
				      (struct vm_name){ address->user, domain.name }, &kept->arena,
				      &account, err);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, status, "address", "there is no account %s@%s",
				     address->user, domain.name);
	if (status == VM_OK)
		status = vm_store_limits_get(installation->store, domain.name, &limits, err);
	if (status == VM_OK)
		kept->record = record_of(&account, &limits);
	return status;
}

VM_EXPORT enum vm_status vm_find_account(struct vm_installation *installation, const char *address,
					 const struct vm_account_record **out, struct vm_error *err)
{
	struct vm_address parsed;
	struct kept *kept = NULL;
	enum vm_status status = vm_installation_address(installation, address, &parsed, err);

	*out = NULL;
	if (status != VM_OK)
		return status;
	kept = calloc(1, sizeof *kept);
	if (kept == NULL)
		return vm_fail_memory(err);
	vm_arena_init(&kept->arena, VM_RECORD_ARENA_MAX);
	status = find(installation, &parsed, kept, err);
	*out = &kept->record;
	if (status != VM_OK)
		vm_free_account(out);
	return status;
}

VM_EXPORT void vm_free_account(const struct vm_account_record **record)
{
	union {
		const struct vm_account_record *given;
		struct kept *made;
	} const memory = { *record };

	if (*record != NULL)
		vm_arena_release(&memory.made->arena);
	free(memory.made);
	*record = NULL;
}

/* What a wish says of the password. `secret` is wiped by the caller. */
static enum vm_status read_wish(const struct vm_account_wish *wish, struct vm_secret *secret,
				struct vm_error *err)
{
	if (wish == NULL || wish->size < sizeof *wish)
		return vm_fail(err, VM_INVALID, "the wish is missing, or its size is not set");
	if (wish->password != NULL && wish->hash != NULL)
		return vm_fail_field(err, VM_INVALID, "password",
				     "a password and a hash are given: one is enough");
	if (wish->password != NULL &&
	    !vm_secret_set(secret, wish->password, strlen(wish->password)))
		return vm_fail_field(err, VM_INVALID, "password", "the password is too long");
	return VM_OK;
}

VM_EXPORT enum vm_status vm_add_account(struct vm_installation *installation, const char *address,
					const struct vm_account_wish *wish, struct vm_error *err)
{
	struct vm_address parsed;
	struct vm_secret secret = { .length = 0 };
	enum vm_status status = vm_installation_address(installation, address, &parsed, err);

	if (status == VM_OK)
		status = read_wish(wish, &secret, err);
	if (status == VM_OK) {
		const struct vm_account_request request = {
			.name = vm_address_name(&parsed),
			.password = wish->password != NULL ? &secret : NULL,
			.hash = wish->hash != NULL ? wish->hash : "",
			.comment = wish->comment,
			.quota = wish->quota,
			.flags = wish->set_flags & ~wish->clear_flags,
		};
		status = vm_account_create(&installation->context, &request, err);
	}
	vm_secret_wipe(&secret);
	return status;
}

VM_EXPORT enum vm_status vm_change_account(struct vm_installation *installation,
					   const char *address, const struct vm_account_wish *wish,
					   struct vm_error *err)
{
	struct vm_address parsed;
	struct vm_secret secret = { .length = 0 };
	enum vm_status status = vm_installation_address(installation, address, &parsed, err);

	if (status == VM_OK)
		status = read_wish(wish, &secret, err);
	if (status == VM_OK) {
		const struct vm_account_change change = {
			.password = wish->password != NULL ? &secret : NULL,
			.hash = wish->hash,
			.comment = wish->comment,
			.quota = wish->quota,
			.set_flags = wish->set_flags,
			.clear_flags = wish->clear_flags,
		};
		status = vm_account_modify(&installation->context, vm_address_name(&parsed),
					   &change, err);
	}
	vm_secret_wipe(&secret);
	return status;
}

VM_EXPORT enum vm_status vm_delete_account(struct vm_installation *installation,
					   const char *address, struct vm_error *err)
{
	struct vm_address parsed;
	const enum vm_status status = vm_installation_address(installation, address, &parsed, err);

	return status == VM_OK
		       ? vm_account_remove(&installation->context, vm_address_name(&parsed), err)
		       : status;
}

static enum vm_status authenticate(struct vm_installation *installation, struct vm_login *login,
				   struct vm_error *err)
{
	struct vm_login_result result;
	struct vm_arena arena;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_authenticate(&installation->context, login, &arena, &result, err);
	vm_arena_release(&arena);
	/* One text for who must not learn which accounts there are. */
	return status == VM_DENIED ? vm_fail(err, status, "the login is refused") : status;
}

VM_EXPORT enum vm_status vm_check_login(struct vm_installation *installation, const char *address,
					const char *password, const char *service,
					const char *remote_ip, struct vm_error *err)
{
	struct vm_login login = { .challenge = "",
				  .remote_ip = remote_ip != NULL ? remote_ip : "" };
	enum vm_status status = vm_installation_address(installation, address, &login.address, err);

	if (status != VM_OK)
		return status;
	if (service == NULL || !vm_service_of_name(service, &login.service) ||
	    login.service > VM_SERVICE_ANY)
		return vm_fail_field(err, VM_INVALID, "service",
				     "the service is pop, imap, smtp, webmail or any");
	if (password == NULL || !vm_secret_set(&login.response, password, strlen(password)))
		return vm_fail_field(err, VM_INVALID, "password",
				     "the password is missing or too long");
	status = authenticate(installation, &login, err);
	vm_secret_wipe(&login.response);
	return status;
}

/* Shows a page. false: the visitor has seen enough. */
static bool show(const struct vm_account_list *list, const struct vm_limits *limits,
		 vm_account_visitor visit, void *context)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct vm_account_record record = record_of(&list->items[i], limits);

		if (visit(context, &record) != 0)
			return false;
	}
	return true;
}

struct visit {
	struct vm_installation *installation;
	const struct vm_domain *domain;
	vm_account_visitor visit;
	void *context;
};

static enum vm_status show_pages(const struct visit *visit, const char *after, size_t left,
				 struct vm_error *err)
{
	char last[VM_USER_MAX + 1];
	struct vm_account_list list = { .more = true };
	struct vm_limits limits;
	struct vm_arena arena;
	enum vm_status status =
		vm_store_limits_get(visit->installation->store, visit->domain->name, &limits, err);

	if (status == VM_OK && !vm_text_copy(last, sizeof last, after))
		return vm_fail_field(err, VM_INVALID, "after", "the name is too long");
	vm_arena_init(&arena, PAGE_ARENA_MAX);
	while (status == VM_OK && list.more && left > 0) {
		vm_arena_clear(&arena);
		status = vm_store_account_list(visit->installation->store, visit->domain->name,
					       (struct vm_page){ last, left < PAGE ? left : PAGE },
					       &arena, &list, err);
		if (status != VM_OK || list.count == 0 ||
		    !show(&list, &limits, visit->visit, visit->context))
			break;
		left -= list.count;
		(void)vm_text_copy(last, sizeof last, list.items[list.count - 1].user); /* fits */
	}
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT enum vm_status vm_visit_accounts(struct vm_installation *installation, const char *domain,
					   const char *after, size_t limit,
					   vm_account_visitor visit, void *context,
					   struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain found;
	enum vm_status status = vm_installation_domain(installation, domain, name, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, name, &arena, &found, err);
	if (status == VM_OK)
		status = show_pages(&(struct visit){ installation, &found, visit, context },
				    after != NULL ? after : "", limit == 0 ? SIZE_MAX : limit, err);
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT enum vm_status vm_read_usage(struct vm_installation *installation, const char *address,
				       uint64_t *bytes, uint64_t *messages, struct vm_error *err)
{
	struct vm_address parsed;
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_usage usage = { 0 };
	enum vm_status status = vm_installation_address(installation, address, &parsed, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, parsed.domain, &arena, &domain, err);
	if (status == VM_OK) {
		status = vm_usage_read_account(&installation->context, &domain, parsed.user, &usage,
					       err);
		if (status == VM_NOT_FOUND)
			status = vm_fail_field(err, status, "address", "there is no account %s@%s",
					       parsed.user, domain.name);
	}
	vm_arena_release(&arena);
	*bytes = usage.bytes;
	*messages = usage.messages;
	return status;
}
