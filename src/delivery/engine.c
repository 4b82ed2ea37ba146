/* Delivers a message to where the search for its recipient leads. */
#include <config.h>

#include "delivery/engine.h"

#include <stdarg.h>
#include <stdio.h>

#include "delivery/delivery_internal.h"
#include "operations/domain_text.h"
#include "util/text.h"

enum vm_status vm_run_end(struct vm_run *run, enum vm_status status, const char *code,
			  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->result->text, sizeof run->result->text, format, arguments);
	va_end(arguments);
	run->result->status = status;
	run->result->code = code;
	return status;
}

enum vm_status vm_run_fail(struct vm_run *run, enum vm_status status, const struct vm_error *err)
{
	return vm_result_fail(run->result, status, err);
}

const char *vm_run_text(struct vm_run *run, const char *name, const char *fallback)
{
	return vm_domain_text(run->context->config, &run->domain, &run->arena, name, fallback);
}

/* The delivery that an action is for, with the recipient in hand. */
static struct vm_run *run_of(const struct vm_resolve *resolve)
{
	struct vm_run *const run = resolve->owner;

	run->recipient = resolve->recipient;
	run->domain = resolve->domain;
	run->wildcard = resolve->wildcard;
	return run;
}

static enum vm_status check_loop(struct vm_resolve *resolve)
{
	struct vm_run *const run = run_of(resolve);
	char address[VM_ADDRESS_MAX + 2];
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (!vm_text_format(address, sizeof address, "%s@%s", run->recipient.user,
			    run->recipient.domain))
		return vm_run_end(run, VM_INVALID, "5.1.3", "the address is too long");
	status = vm_message_check_loop(run->message, address,
				       run->context->config->max_delivered_to, &err);
	if (status == VM_DENIED)
		return vm_run_end(run, VM_DENIED, "5.4.6", "mail is looping");
	return status == VM_OK ? VM_OK : vm_run_fail(run, status, &err);
}

static enum vm_status to_account(struct vm_resolve *resolve, const struct vm_account *account)
{
	struct vm_run *const run = run_of(resolve);
	const enum vm_status status = vm_run_to_account(run, account);

	resolve->copies = run->copies;
	return status;
}

static enum vm_status to_maildir(struct vm_resolve *resolve, const struct vm_account *account,
				 const char *home, const char *path)
{
	struct vm_run *const run = run_of(resolve);
	const enum vm_status status = vm_run_to_maildir(run, account, home, path);

	resolve->copies = run->copies;
	return status;
}

static enum vm_status to_program(struct vm_resolve *resolve, const char *home, const char *command)
{
	struct vm_run *const run = run_of(resolve);
	const enum vm_status status = vm_run_program(run, home, command);

	resolve->copies = run->copies;
	return status;
}

void vm_deliver(const struct vm_delivery *delivery, const struct vm_address *recipient,
		struct vm_delivery_result *result)
{
	static const struct vm_resolve_actions actions = { check_loop, to_account, to_maildir,
							   to_program };
	struct vm_run run = { .delivery = delivery,
			      .context = delivery->context,
			      .message = &delivery->message,
			      .asked = recipient,
			      .result = result };
	struct vm_resolve resolve = { .context = delivery->context,
				      .mode = VM_RESOLVE_DELIVER,
				      .actions = &actions,
				      .owner = &run,
				      .arena = &run.arena,
				      .result = result,
				      .fallback = delivery->fallback };

	vm_arena_init(&run.arena, VM_DELIVERY_ARENA);
	vm_resolve_recipient(&resolve, recipient);
	if (result->status == VM_OK)
		(void)vm_run_forward(run_of(&resolve), &resolve);
	vm_arena_release(&run.arena);
}

void vm_delivery_check(const struct vm_delivery *delivery, const struct vm_address *recipient,
		       struct vm_delivery_result *result)
{
	vm_recipient_check(delivery->context, recipient, delivery->fallback, result);
}
