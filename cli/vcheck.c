/* vcheck: finds, and mends, what an interruption or a hand edit left. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/owner_child.h"
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

enum { ARENA_MAX = 4 * 1024 * 1024, EXIT_LEFT = 1 };

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
		vm_session_raise_exit_code(session, EXIT_LEFT);
	if (session->json)
		print_json(session, finding);
	else
		vm_session_printf(session, "%s %s: %s%s%s\n", finding->kind, finding->subject,
				  finding->text, introduce_action(finding->state), finding->action);
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

/* What the owner does. */
struct owners_part {
	const struct vm_check *check;
	bool is_closed;
};

static enum vm_status run_owners_part(void *context, struct vm_session *session,
				      const struct vm_domain *domain, bool is_child,
				      struct vm_error *err)
{
	const struct owners_part *const part = context;
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, part->check->repair,
				       &session->context.store, err);
	return status == VM_OK ? check_as_owner(session, domain, part->check, part->is_closed, err)
			       : status;
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
	vm_session_raise_exit_code(session, code);
	if (status != VM_OK || !is_there)
		return status;
	return vm_session_as_owner(session, domain,
				   &(struct vm_owner_work){
					   run_owners_part,
					   &(struct owners_part){ check, is_closed } },
				   err);
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
		vm_name_domain(err, name);
	return status;
}

struct checker {
	struct vm_session *session;
	const struct vm_check *check;
};

/* One that cannot be checked does not keep the others. */
static enum vm_status check_name(void *context, const struct vm_domain_entry *entry,
				 struct vm_error *err)
{
	const struct checker *const checker = context;
	enum vm_status status = VM_OK;

	if (strcmp(entry->name, entry->real) == 0)
		status = check_one(checker->session, entry->name, checker->check, err);
	if (status != VM_OK && status != VM_NOT_FOUND)
		vm_session_raise_exit_code(checker->session,
					   vm_session_complain(checker->session, status, err));
	return VM_OK;
}

static enum vm_status check_all(struct vm_session *session, const struct vm_check *check,
				struct vm_error *err)
{
	struct checker checker = { session, check };

	return vm_store_each_name(session->context.store, check_name, &checker, err);
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
