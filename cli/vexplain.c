/* vexplain: tells, step by step, what would happen to a message for an address, or to a login. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "operations/authenticate.h"
#include "operations/recipient_resolve.h"
#include "util/text.h"

enum { ARENA_MAX = 32 * 1024 * 1024, RULE_MAX = 24 };

struct options {
	struct vm_common_options common;
	const char *service;
	uint64_t size;
};

static struct options options = { .size = 1 };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 's', "service", VM_OPTION_TEXT, offsetof(struct options, service), "SERVICE",
	  "explain a login to pop, imap, smtp or webmail instead", 0, 0, NULL },
	{ 'n', "size", VM_OPTION_NUMBER, offsetof(struct options, size), "BYTES",
	  "size of the message (1)", 0, INT64_MAX, NULL },
};

/* What is told to the end. */
struct story {
	struct vm_session *session;
	unsigned int number;
	char last[RULE_MAX + 1]; /* the last rule that applied */
	char choice[RULE_MAX +
		    1]; /* the last that chose where the mail for the address itself goes */
};

static void print_step(struct story *story, const struct vm_resolve_step *step)
{
	struct vm_session *const session = story->session;

	story->number++;
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_u64(&session->writer, "step", story->number);
		vm_json_member_u64(&session->writer, "depth", step->depth);
		vm_json_member_string(&session->writer, "address", step->address);
		vm_json_member_string(&session->writer, "rule", step->rule);
		vm_json_member_bool(&session->writer, "applies", step->decides);
		vm_json_member_string(&session->writer, "text", step->text);
		vm_session_end(session);
		return;
	}
	vm_session_printf(session, "%*s%s %-12s %s\n", (int)(2 * step->depth), "",
			  step->decides ? "+" : "-", step->rule, step->text);
}

static bool chooses(const char *rule)
{
	static const char *const rules[] = { "domain", "alias", "account", "dot-qmail",
					     "catch-all" };

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (strcmp(rules[i], rule) == 0)
			return true;
	return false;
}

static void listen(struct vm_resolve *resolve, const struct vm_resolve_step *step)
{
	struct story *const story = resolve->owner;

	print_step(story, step);
	if (step->decides || strcmp(step->rule, "domain") == 0) {
		(void)vm_text_copy(story->last, sizeof story->last, step->rule);
		if (step->depth == 0 && chooses(step->rule))
			(void)vm_text_copy(story->choice, sizeof story->choice, step->rule);
	}
}

static void tell(struct story *story, const char *rule, const char *address, bool applies,
		 const char *text)
{
	const struct vm_resolve_step step = { 0, rule, applies, address, text };

	print_step(story, &step);
	if (applies)
		(void)vm_text_copy(story->last, sizeof story->last, rule);
}

static void print_end(struct story *story, const struct vm_address *address, const char *service,
		      enum vm_status status, const char *code, const char *rule, const char *text)
{
	struct vm_session *const session = story->session;
	const char *const word = status == VM_OK                 ? "yes"
				 : vm_status_is_definite(status) ? "no"
								 : "later";

	if (session->json) {
		char whole[VM_ADDRESS_MAX + 1];

		(void)vm_text_format(whole, sizeof whole, "%s@%s", address->user, address->domain);
		vm_session_begin(session);
		vm_json_member_string(&session->writer, "address", whole);
		vm_json_member_string(&session->writer, "service", service);
		vm_json_member_string(&session->writer, "result", word);
		vm_json_member_string(&session->writer, "status", vm_status_name(status));
		vm_json_member_string(&session->writer, "code", code);
		vm_json_member_string(&session->writer, "decided_by", rule);
		vm_json_member_string(&session->writer, "text", text);
		vm_session_end(session);
	} else {
		vm_session_printf(session, "= %s%s%s, decided by %s%s%s\n", word,
				  code[0] == '\0' ? "" : " ", code, rule,
				  text[0] == '\0' ? "" : ": ", text);
	}
	if (status != VM_OK)
		session->exit_code = vm_status_is_definite(status) ? VM_EXIT_NO : VM_EXIT_LATER;
}

static void explain_mail(struct vm_session *session, const struct vm_address *address)
{
	struct vm_delivery_result result = { .status = VM_INTERNAL };
	struct vm_arena arena;
	struct story story = { .session = session };
	struct vm_resolve resolve = { .context = &session->context,
				      .mode = VM_RESOLVE_EXPLAIN,
				      .owner = &story,
				      .arena = &arena,
				      .result = &result,
				      .size = options.size,
				      .step = listen };

	vm_arena_init(&arena, ARENA_MAX);
	vm_resolve_recipient(&resolve, address);
	vm_arena_release(&arena);
	print_end(&story, address, "mail", result.status, result.code,
		  result.status == VM_OK ? story.choice : story.last, result.text);
}

static const char *access_text(enum vm_access_rule rule)
{
	switch (rule) {
	case VM_ACCESS_NO_FLAG:
		return "no flag forbids it";
	case VM_ACCESS_ACCOUNT_FLAG:
		return "the account's own flag forbids it";
	case VM_ACCESS_DOMAIN_FLAG:
		return "the limits of the domain forbid it";
	case VM_ACCESS_OVERRIDE:
		return "the limits of the domain forbid it, and the account is not subject to them";
	}
	return "";
}

/* As far as the login came. */
static void tell_login(struct story *story, const char *whole, const struct vm_login_result *result)
{
	const struct vm_account *const account = &result->account;
	const bool has_password = account->hash != NULL && account->hash[0] != '\0';

	if (account->hash == NULL) {
		tell(story, "account", whole, false, "there is none");
		(void)vm_text_copy(story->last, sizeof story->last, "account");
		return;
	}
	tell(story, "account", whole, true,
	     account->home[0] == '\0' ? "its home is not made yet" : account->home);
	tell(story, "password", whole, true,
	     !has_password               ? "none is stored"
	     : account->clear[0] == '\0' ? "a hash is stored: no APOP, no CRAM-MD5"
					 : "a hash and the clear text are stored");
	if (result->refusal == VM_REFUSAL_NO_PASSWORD_STORED)
		return;
	tell(story, "access", whole, true, access_text(result->access.rule));
	if (result->refusal == VM_REFUSAL_TOO_SOON)
		tell(story, "interval", whole, true, "the last login was a moment ago");
}

static enum vm_status explain_login(struct vm_session *session, const struct vm_address *address,
				    enum vm_service service, struct vm_error *err)
{
	const struct vm_login login = {
		.address = *address, .service = service, .challenge = "", .remote_ip = ""
	};
	struct vm_login_result result;
	struct vm_arena arena;
	struct story story = { .session = session };
	char whole[VM_ADDRESS_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	(void)vm_text_format(whole, sizeof whole, "%s@%s", address->user, address->domain);
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_login_check(&session->context, &login, &arena, &result, err);
	if (vm_status_is_definite(status)) {
		tell_login(&story, whole, &result);
		print_end(&story, address, vm_service_name(service), status, "", story.last,
			  status == VM_OK ? "with the right password" : err->text);
	}
	vm_arena_release(&arena);
	return vm_status_is_definite(status) ? VM_OK : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	enum vm_service service = VM_SERVICE_MAIL;
	struct vm_address address;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	(void)count;
	if (options.service != NULL && (!vm_service_of_name(options.service, &service) ||
					(service >= VM_SERVICE_ANY && service != VM_SERVICE_MAIL)))
		return vm_fail_field(err, VM_INVALID, "service",
				     "\"%.40s\" is not pop, imap, smtp, webmail or mail",
				     options.service);
	status = vm_session_address(session, operands[0], &address, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	vm_arena_release(&arena);
	if (status != VM_OK && status != VM_NOT_FOUND) /* nobody's domain is part of the story */
		return status;
	if (service != VM_SERVICE_MAIL)
		return explain_login(session, &address, service, err);
	explain_mail(session, &address);
	return VM_OK;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vexplain", "address",
			   "Explains what would happen to a message or a login.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = false,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
