/* vadduser: adds an account, or many from a file. */
#include <config.h>

#include "cli/vadduser_batch.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/password_input.h"
#include "core/password_policy.h"
#include "operations/account_create.h"

struct options {
	struct vm_common_options common;
	struct vm_password_options password;
	const char *quota, *comment, *hash, *batch;
	bool no_password, no_rebuild, lazy_home, stop_on_error;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'q', "quota", VM_OPTION_TEXT, offsetof(struct options, quota), "QUOTA", "its quota", 0, 0,
	  NULL },
	{ 'c', "comment", VM_OPTION_TEXT, offsetof(struct options, comment), "TEXT", "comment", 0,
	  0, NULL },
	{ 'e', "hash", VM_OPTION_TEXT, offsetof(struct options, hash), "TEXT",
	  "store this hash as it is", 0, 0, NULL },
	{ 'r', "random", VM_OPTION_OPTIONAL, offsetof(struct options, password.random), "LENGTH",
	  "make a random password", 0, 0, NULL },
	{ 'n', "no-password", VM_OPTION_FLAG, offsetof(struct options, no_password), NULL,
	  "the account has no password: nobody can log in to it yet", 0, 0, NULL },
	{ 's', "no-rebuild", VM_OPTION_FLAG, offsetof(struct options, no_rebuild), NULL,
	  "accepted for scripts of 5.4; there is nothing to skip", 0, 0, NULL },
	{ 0, "lazy-home", VM_OPTION_FLAG, offsetof(struct options, lazy_home), NULL,
	  "make the home at the first delivery or login", 0, 0, NULL },
	{ 0, "batch", VM_OPTION_TEXT, offsetof(struct options, batch), "FILE",
	  "add every account of a file; - is standard input", 0, 0, NULL },
	{ 0, "stop-on-error", VM_OPTION_FLAG, offsetof(struct options, stop_on_error), NULL,
	  "with --batch: add all accounts or none", 0, 0, NULL },
	{ 0, "password-stdin", VM_OPTION_FLAG, offsetof(struct options, password.from_stdin), NULL,
	  "read the password from standard input", 0, 0, NULL },
};

/* 5.4 tells the rules behind a refusal. */
static void describe_policy(struct vm_session *session, enum vm_status status, struct vm_error *err)
{
	char policy[256];
	const size_t length = strlen(err->text);

	if (status != VM_DENIED || strcmp(err->field, "password") != 0 || session->json)
		return;
	vm_password_policy_describe(session->context.config, policy, sizeof policy);
	(void)snprintf(err->text + length, sizeof err->text - length,
		       "\nA password policy is in place:\n\t%s", policy); /* may be cut */
}

static enum vm_status get_password(struct vm_session *session, char **operands, int count,
				   struct vm_account_request *request,
				   struct vm_password_input *input, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	input->is_random = false;
	request->hash = options.hash == NULL ? "" : options.hash;
	if (options.hash != NULL || options.no_password) {
		if ((options.hash != NULL && options.no_password) || count > 1 ||
		    options.password.from_stdin || options.password.random.given)
			return vm_fail_field(err, VM_INVALID, "password",
					     "give a password, a hash or -n: one of them");
		return VM_OK;
	}
	status = vm_password_input_get(session, &options.password, count > 1 ? operands[1] : NULL,
				       operands[0], input, err);
	request->password = &input->password;
	return status;
}

/* Asked before the password is. */
static enum vm_status check_absent(struct vm_session *session, const struct vm_address *address,
				   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account found;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_account_get(session->context.store, vm_address_name(address), &arena,
				      &found, err);
	vm_arena_release(&arena);
	if (status == VM_OK)
		return vm_fail(err, VM_EXISTS, "User already exists");
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status add_one(struct vm_session *session, char **operands, int count,
			      struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_address address;
	struct vm_password_input input = { .is_random = false };
	struct vm_account_request request = { .comment = options.comment,
					      .quota = options.quota,
					      .lazy_home = options.lazy_home };
	enum vm_status status = vm_session_address(session, operands[0], &address, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "Domain does not exist");
	if (status == VM_OK)
		status = check_absent(session, &address, err);
	if (status == VM_OK)
		status = get_password(session, operands, count, &request, &input, err);
	request.name = vm_address_name(&address);
	if (status == VM_OK)
		status = vm_account_create(&session->context, &request, err);
	if (status == VM_OK) {
		vm_session_report(session, "user", address.user);
		vm_password_input_show(session, &input);
	}
	describe_policy(session, status, err);
	vm_secret_wipe(&input.password);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_batch_options batch = { .file = options.batch,
						.lazy_home = options.lazy_home,
						.stop_on_error = options.stop_on_error };

	if (options.batch == NULL && count == 0)
		return vm_fail(err, VM_INVALID, "an operand is missing: usage: vadduser %s",
			       session->table->operands);
	if (options.batch == NULL)
		return add_one(session, operands, count, err);
	if (count > 0 || options.hash != NULL || options.no_password || options.quota != NULL ||
	    options.comment != NULL || options.password.from_stdin || options.password.random.given)
		return vm_fail(err, VM_INVALID,
			       "with --batch everything about the accounts stands in the file");
	return vm_batch_add(session, &batch, err);
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "domain", -1, "Domain does not exist", false },
		{ VM_EXISTS, "address", -1, "User already exists", false },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vadduser", "address [password] | --batch FILE", "Adds accounts.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 2,
		.writable = true,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
