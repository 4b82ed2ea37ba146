/* Calls one function of virtmail.h for the words of its command line, and prints what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtmail.h>

static struct vm_installation *installation;
static struct vm_error err;

static const char *word(char **words, int number)
{
	return words[number] != NULL && strcmp(words[number], "-") != 0 ? words[number] : NULL;
}

static unsigned long number(const char *text)
{
	return text == NULL ? 0 : strtoul(text, NULL, 0);
}

static struct vm_account_wish wish_of(char **words)
{
	struct vm_account_wish wish = VM_ACCOUNT_WISH;

	wish.password = word(words, 0);
	wish.hash = word(words, 1);
	wish.comment = word(words, 2);
	wish.quota = word(words, 3);
	wish.set_flags = (uint32_t)number(words[4]);
	wish.clear_flags = (uint32_t)number(words[5]);
	return wish;
}

static void show_account(const struct vm_account_record *account)
{
	printf("%s@%s|%s|%s|%s|%llu|%llu|%#x|%#x\n", account->user, account->domain, account->hash,
	       account->comment, account->home, (unsigned long long)account->quota_bytes,
	       (unsigned long long)account->quota_messages, account->own_flags, account->flags);
}

/* Ends after as many as the context says. */
static int count_down(void *context)
{
	int *const left = context;

	return --*left == 0;
}

static int visit_account(void *context, const struct vm_account_record *account)
{
	printf("%s %#x\n", account->user, account->flags);
	return count_down(context);
}

static int visit_domain(void *context, const struct vm_domain_record *domain)
{
	printf("%s %s %d\n", domain->name, domain->real, domain->uid == domain->gid);
	return count_down(context);
}

static int visit_alias(void *context, const char *user, const char *line)
{
	printf("%s %s\n", user, line);
	return count_down(context);
}

static enum vm_status find_account(const char *address)
{
	const struct vm_account_record *account = NULL;
	const enum vm_status status = vm_find_account(installation, address, &account, &err);

	if (status == VM_OK)
		show_account(account);
	vm_free_account(&account);
	return account == NULL ? status : VM_INTERNAL;
}

static enum vm_status find_domain(const char *name)
{
	const struct vm_domain_record *domain = NULL;
	const enum vm_status status = vm_find_domain(installation, name, &domain, &err);

	if (status == VM_OK)
		printf("%s %s %s\n", domain->name, domain->real, domain->folder);
	vm_free_domain(&domain);
	return domain == NULL ? status : VM_INTERNAL;
}

static enum vm_status usage_of(const char *address)
{
	uint64_t bytes = 7, messages = 7;
	const enum vm_status status = vm_read_usage(installation, address, &bytes, &messages, &err);

	printf("%llu %llu\n", (unsigned long long)bytes, (unsigned long long)messages);
	return status;
}

/* The members in their order, so that a test can give and compare them. */
static enum vm_status show_limits(const char *domain)
{
	struct vm_domain_limits limits = VM_DOMAIN_LIMITS;
	int are_own = 7;
	const enum vm_status status = vm_read_limits(installation, domain, &limits, &are_own, &err);

	if (status == VM_OK)
		printf("%d|%d %d %d %d %d|%llu %llu %llu %llu|0x%x|%u %u %u %u %u %u %u %u %u\n",
		       are_own, (int)limits.max_accounts, (int)limits.max_aliases,
		       (int)limits.max_forwards, (int)limits.max_autoresponders,
		       (int)limits.max_lists, (unsigned long long)limits.disk_mib,
		       (unsigned long long)limits.max_messages,
		       (unsigned long long)limits.default_bytes,
		       (unsigned long long)limits.default_messages, (unsigned)limits.disabled_flags,
		       (unsigned)limits.perm_account, (unsigned)limits.perm_alias,
		       (unsigned)limits.perm_forward, (unsigned)limits.perm_autoresponder,
		       (unsigned)limits.perm_list, (unsigned)limits.perm_list_users,
		       (unsigned)limits.perm_list_moderators, (unsigned)limits.perm_quota,
		       (unsigned)limits.perm_default_quota);
	return status;
}

/* Changes one member, named as in the header. */
static enum vm_status change_limit(const char *domain, const char *member, const char *value)
{
	struct vm_domain_limits limits = VM_DOMAIN_LIMITS;
	struct {
		const char *name;
		int32_t *count;
		uint64_t *size;
		uint32_t *bits;
	} const members[] = {
		{ "max_accounts", &limits.max_accounts, NULL, NULL },
		{ "max_aliases", &limits.max_aliases, NULL, NULL },
		{ "max_forwards", &limits.max_forwards, NULL, NULL },
		{ "max_autoresponders", &limits.max_autoresponders, NULL, NULL },
		{ "max_lists", &limits.max_lists, NULL, NULL },
		{ "disk_mib", NULL, &limits.disk_mib, NULL },
		{ "max_messages", NULL, &limits.max_messages, NULL },
		{ "default_bytes", NULL, &limits.default_bytes, NULL },
		{ "default_messages", NULL, &limits.default_messages, NULL },
		{ "disabled_flags", NULL, NULL, &limits.disabled_flags },
		{ "perm_account", NULL, NULL, &limits.perm_account },
		{ "perm_alias", NULL, NULL, &limits.perm_alias },
		{ "perm_forward", NULL, NULL, &limits.perm_forward },
		{ "perm_autoresponder", NULL, NULL, &limits.perm_autoresponder },
		{ "perm_list", NULL, NULL, &limits.perm_list },
		{ "perm_list_users", NULL, NULL, &limits.perm_list_users },
		{ "perm_list_moderators", NULL, NULL, &limits.perm_list_moderators },
		{ "perm_quota", NULL, NULL, &limits.perm_quota },
		{ "perm_default_quota", NULL, NULL, &limits.perm_default_quota },
	};
	enum vm_status status = vm_read_limits(installation, domain, &limits, NULL, &err);

	if (status != VM_OK)
		return status;
	if (strcmp(member, "size") == 0)
		limits.size = 0;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (strcmp(member, members[i].name) != 0)
			continue;
		if (members[i].count != NULL)
			*members[i].count = (int32_t)strtol(value, NULL, 0);
		else if (members[i].size != NULL)
			*members[i].size = strtoull(value, NULL, 0);
		else
			*members[i].bits = (uint32_t)strtoul(value, NULL, 0);
	}
	return vm_change_limits(installation, domain, &limits, &err);
}

static enum vm_status call(const char *name, char **words)
{
	int left = words[0] != NULL && words[1] != NULL && words[2] != NULL ? (int)number(words[2])
									    : -1;
	struct vm_account_wish wish = VM_ACCOUNT_WISH;

	if (strcmp(name, "ping") == 0)
		return vm_ping_installation(installation, &err);
	if (strcmp(name, "add-domain") == 0)
		return vm_add_domain(installation, words[0], word(words, 1), &err);
	if (strcmp(name, "add-domain-alias") == 0)
		return vm_add_domain_alias(installation, words[0], words[1], &err);
	if (strcmp(name, "delete-domain") == 0)
		return vm_delete_domain(installation, word(words, 0), &err);
	if (strcmp(name, "find-domain") == 0)
		return find_domain(word(words, 0));
	if (strcmp(name, "domains") == 0)
		return vm_visit_domains(installation, words[0], number(words[1]), visit_domain,
					&left, &err);
	if (strcmp(name, "add") == 0 || strcmp(name, "change") == 0) {
		wish = wish_of(words + 1);
		return strcmp(name, "add") == 0
			       ? vm_add_account(installation, words[0], &wish, &err)
			       : vm_change_account(installation, words[0], &wish, &err);
	}
	if (strcmp(name, "sizeless") == 0) {
		wish.size = 0;
		return vm_add_account(installation, words[0], &wish, &err);
	}
	if (strcmp(name, "delete") == 0)
		return vm_delete_account(installation, word(words, 0), &err);
	if (strcmp(name, "find") == 0)
		return find_account(word(words, 0));
	if (strcmp(name, "accounts") == 0)
		return vm_visit_accounts(installation, words[0], words[1], 0, visit_account, &left,
					 &err);
	if (strcmp(name, "login") == 0)
		return vm_check_login(installation, words[0], word(words, 1), word(words, 2), NULL,
				      &err);
	if (strcmp(name, "usage") == 0)
		return usage_of(words[0]);
	if (strcmp(name, "add-alias") == 0)
		return vm_add_alias(installation, words[0], word(words, 1), &err);
	if (strcmp(name, "delete-alias") == 0)
		return vm_delete_alias(installation, words[0], word(words, 1), &err);
	if (strcmp(name, "aliases") == 0) {
		left = words[3] != NULL ? (int)number(words[3]) : -1;
		return vm_visit_aliases(installation, words[0], word(words, 1), number(words[2]),
					visit_alias, &left, &err);
	}
	if (strcmp(name, "limits") == 0)
		return show_limits(word(words, 0));
	if (strcmp(name, "limit") == 0)
		return change_limit(words[0], words[1], words[2]);
	if (strcmp(name, "unlimit") == 0)
		return vm_change_limits(installation, words[0], NULL, &err);
	return VM_UNSUPPORTED;
}

int main(int argc, char **argv)
{
	enum vm_status status = VM_UNSUPPORTED;

	if (argc < 3)
		return 100;
	status = vm_open_installation(word(argv, 1), &installation, &err);
	if (status == VM_OK)
		status = call(argv[2], argv + 3);
	vm_close_installation(&installation);
	vm_close_installation(&installation);
	printf("%s%s%s%s%s\n", vm_name_of_status(status), status == VM_OK ? "" : " ",
	       status == VM_OK ? "" : err.field, status == VM_OK ? "" : ": ",
	       status == VM_OK ? "" : err.text);
	return status == VM_OK ? 0 : vm_is_definite(status) ? 1 : 111;
}
