/* vcheck: finds, and mends, what an interruption or a hand edit left. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "core/identity.h"
#include "operations/check_domain.h"
#include "operations/check_installation.h"
#include "operations/check_owner.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	bool repair;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "repair", VM_OPTION_FLAG, offsetof(struct options, repair), NULL, "mend what is found",
	  0, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024, EXIT_LEFT = 1 };

/* "later" about one domain beats what was found about others. */
static void raise_exit_code(struct vm_session *session, int code)
{
	if (code > session->exit_code)
		session->exit_code = code;
}

static void print_json(struct vm_session *session, const struct vm_finding *finding)
{
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "kind", finding->kind);
	vm_json_member_string(&session->writer, "subject", finding->subject);
	vm_json_member_string(&session->writer, "message", finding->text);
	vm_json_member_string(&session->writer, "action", finding->action);
	vm_json_member_bool(&session->writer, "by_hand", finding->state == VM_FINDING_BY_HAND);
	vm_json_member_bool(&session->writer, "repaired", finding->state == VM_FINDING_MENDED);
	vm_session_end(session);
}

static const char *introduce_action(enum vm_finding_state state)
{
	switch (state) {
	case VM_FINDING_OPEN:
		return "; --repair ";
	case VM_FINDING_MENDED:
		return "; mended: ";
	case VM_FINDING_BY_HAND:
		return "; by hand: ";
	}
	return "";
}

static void print_finding(void *context, const struct vm_finding *finding)
{
	struct vm_session *const session = context;

	if (finding->state != VM_FINDING_MENDED)
		raise_exit_code(session, EXIT_LEFT);
	if (session->json)
		print_json(session, finding);
	else
		vm_session_printf(session, "%s %s: %s%s%s\n", finding->kind, finding->subject,
				  finding->text, introduce_action(finding->state), finding->action);
}

/* What fails deep down does not know whose it was. */
static void name_domain(struct vm_error *err, const char *name)
{
	struct vm_error why = *err;

	if (strstr(err->text, name) == NULL &&
	    !vm_text_format(err->text, sizeof err->text, "%s: %s", name, why.text))
		*err = why;
}

/*
 * The accounts and their mail, as their owner and nobody else. is_closed: wrong owners or modes were told and are left, so
 * that a file that may not be read is no news.
 */
static enum vm_status check_as_owner(struct vm_session *session, const struct vm_domain *domain,
				     const struct vm_check *check, bool is_closed,
				     struct vm_error *err)
{
	const enum vm_status status = vm_check_domain(&session->context, domain->name, check, err);

	if (status == VM_TEMPFAIL && is_closed && err->sys_errno == EACCES)
		return VM_OK;
	return status == VM_NOT_FOUND ? VM_OK : status; /* removed meanwhile */
}

/* The way back to root is closed, so each domain has a child. It opens a store of its own: a connection has one user. */
static int run_child(struct vm_session *session, const struct vm_domain *domain,
		     const struct vm_check *check, bool is_closed)
{
	struct vm_store *store = NULL;
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = vm_identity_become(domain->uid, domain->gid, &err);

	session->exit_code = 0;
	if (status == VM_OK)
		status = vm_store_open(session->context.config, check->repair, &store, &err);
	session->context.store = store;
	if (status == VM_OK)
		status = check_as_owner(session, domain, check, is_closed, &err);
	if (status != VM_OK) {
		name_domain(&err, domain->name);
		raise_exit_code(session, vm_session_complain(session, status, &err));
	}
	vm_session_flush(session);
	return session->exit_code;
}

static enum vm_status wait_for_child(pid_t pid, int *code, struct vm_error *err)
{
	int result = 0;

	while (waitpid(pid, &result, 0) < 0)
		if (errno != EINTR)
			return vm_fail_errno(err, errno, "cannot wait for a child");
	if (!WIFEXITED(result))
		return vm_fail(err, VM_TEMPFAIL, "a child was killed by signal %d",
			       WTERMSIG(result));
	*code = WEXITSTATUS(result);
	return VM_OK;
}

static enum vm_status check_in_child(struct vm_session *session, const struct vm_domain *domain,
				     const struct vm_check *check, bool is_closed,
				     struct vm_error *err)
{
	int code = 0;
	pid_t pid = -1;
	enum vm_status status = VM_INTERNAL;

	vm_session_flush(session); /* else the child would print it too */
	pid = fork();
	if (pid < 0)
		return vm_fail_errno(err, errno, "cannot start a child for %s", domain->name);
	if (pid == 0)
		_exit(run_child(session, domain, check, is_closed));
	status = wait_for_child(pid, &code, err);
	raise_exit_code(session, code);
	return status;
}

static enum vm_status check_found(struct vm_session *session, const struct vm_domain *domain,
				  const struct vm_check *check, struct vm_error *err)
{
	const int code = session->exit_code;
	bool is_there = false, is_closed = false;
	enum vm_status status = VM_OK;

	if (geteuid() != 0 && geteuid() != domain->uid)
		return vm_fail(err, VM_TEMPFAIL, "%s: run it as root or as its owner",
			       domain->name);
	session->exit_code = 0;
	status = vm_check_owner(domain, check, &is_there, err);
	is_closed = session->exit_code != 0;
	raise_exit_code(session, code);
	if (status != VM_OK || !is_there)
		return status;
	return geteuid() == 0 ? check_in_child(session, domain, check, is_closed, err)
			      : check_as_owner(session, domain, check, is_closed, err);
}

/* What cannot be told of one domain does not keep the others from being looked at. */
static enum vm_status check_one(struct vm_session *session, const char *name,
				const struct vm_check *check, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
	if (status == VM_OK)
		status = check_found(session, &domain, check, err);
	vm_arena_release(&arena);
	if (status != VM_OK)
		name_domain(err, name);
	return status;
}

static enum vm_status check_all(struct vm_session *session, const struct vm_check *check,
				struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_list(session->context.store,
					      (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_domain_entry *const entry = &list.items[i];
			enum vm_status one = VM_OK;

			memcpy(after, entry->name, strlen(entry->name) + 1);
			if (strcmp(entry->name, entry->real) == 0)
				one = check_one(session, entry->name, check, err);
			if (one != VM_OK && one != VM_NOT_FOUND)
				raise_exit_code(session, vm_session_complain(session, one, err));
		}
	}
	vm_arena_release(&arena);
	return status;
}

/* An alias stands for its domain. */
static enum vm_status check_named(struct vm_session *session, const char *operand,
				  const struct vm_check *check, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	char name[VM_DOMAIN_MAX + 1];
	enum vm_status status = vm_session_domain(session, operand, name, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_OK)
		memcpy(name, domain.name, strlen(domain.name) + 1);
	vm_arena_release(&arena);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = vm_check_names(&session->context, name, check, err);
	return status == VM_OK ? check_one(session, name, check, err) : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_check check = { .repair = options.repair,
					.found = print_finding,
					.context = session };
	bool is_listed = false;
	enum vm_status status = VM_INTERNAL;

	if (count > 0)
		return check_named(session, operands[0], &check, err);
	status = vm_check_installation(&session->context, &check, &is_listed, err);
	return status == VM_OK && is_listed ? check_all(session, &check, err) : status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vcheck", "[domain]",
			   "Finds and mends what an interruption or a hand edit left.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
