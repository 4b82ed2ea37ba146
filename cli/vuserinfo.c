/* vuserinfo: shows accounts. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/account_print.h"
#include "cli/command.h"

struct options {
	struct vm_common_options common;
	uint32_t fields;
	const char *domain;
};

static struct options options;

#define FIELD_ROW(letter_, word_, bit_, help_)                                                 \
	{                                                                                      \
		letter_, word_, VM_OPTION_BITS, offsetof(struct options, fields), NULL, help_, \
			bit_, 0, NULL                                                          \
	}

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	FIELD_ROW('a', "all", VM_SHOW_ALL, "all fields in 5.4's words (default in a pipe)"),
	FIELD_ROW('n', "name", VM_SHOW_NAME, "the name"),
	FIELD_ROW('p', "hash", VM_SHOW_HASH, "the stored password text"),
	FIELD_ROW('u', "uid", VM_SHOW_UID, "the kind of the account"),
	FIELD_ROW('g', "gid", VM_SHOW_GID, "the flags as a number"),
	FIELD_ROW('c', "comment", VM_SHOW_COMMENT, "the comment"),
	FIELD_ROW('d', "dir", VM_SHOW_DIR, "the home"),
	FIELD_ROW('q', "quota", VM_SHOW_QUOTA, "the quota"),
	FIELD_ROW('Q', "usage", VM_SHOW_USAGE, "use of the quota in percent"),
	FIELD_ROW('C', "clear", VM_SHOW_CLEAR, "the clear password"),
	FIELD_ROW('l', "last-login", VM_SHOW_LOGIN, "the last login"),
	{ 'D', "domain", VM_OPTION_TEXT, offsetof(struct options, domain), "DOMAIN",
	  "all accounts of a domain", 0, 0, NULL },
};

enum { ARENA_MAX = 4 * 1024 * 1024 };

struct shower {
	struct vm_session *session;
	const struct vm_limits *limits;
};

/* For a person; -a prints the words of 5.4 on a terminal too. */
static bool is_table(const struct vm_session *session)
{
	return session->is_terminal && options.fields == 0;
}

static enum vm_status show_account(void *context, const struct vm_account *account,
				   struct vm_error *err)
{
	const struct shower *const shower = context;

	if (is_table(shower->session))
		return vm_account_print_row(shower->session, account, shower->limits, err);
	if (!shower->session->json)
		vm_session_printf(shower->session, "------------------------------------------\n");
	return vm_account_print(shower->session, account, shower->limits, options.fields, err);
}

static enum vm_status show_domain(struct vm_session *session, const struct vm_domain *domain,
				  const struct vm_limits *limits, struct vm_error *err)
{
	struct shower shower = { session, limits };

	if (is_table(session))
		vm_account_print_headings(session);
	return vm_store_each_account(session->context.store, domain->name, show_account, &shower,
				     err);
}

static enum vm_status show_one(struct vm_session *session, const struct vm_address *address,
			       const struct vm_limits *limits, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_account_get(session->context.store, vm_address_name(address), &arena,
				      &account, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "address", "no such user %s@%s",
				       address->user, address->domain);
	if (status == VM_OK)
		status = vm_account_print(session, &account, limits, options.fields, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_address address = { .user = "" };
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_limits limits;
	enum vm_status status = VM_INTERNAL;

	if ((options.domain == NULL) == (count == 0))
		return vm_fail(err, VM_INVALID, "give an address, or a domain after -D");
	if (options.domain == NULL)
		status = vm_session_address(session, operands[0], &address, err);
	else
		status = vm_session_domain(session, options.domain, address.domain, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_store_limits_get(session->context.store, domain.name, &limits, err);
	if (status == VM_OK && options.domain != NULL)
		status = show_domain(session, &domain, &limits, err);
	else if (status == VM_OK)
		status = show_one(session, &address, &limits, err);
	vm_arena_release(&arena);
	return status;
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "address", -1, NULL, true },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vuserinfo", "address | -D domain", "Shows accounts.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
