/* Answers for a person who is away, once the message is stored. */
#include <config.h>

#include "delivery/answer.h"
#include "delivery/delivery_internal.h"
#include "operations/vacation.h"
#include "util/clock.h"
#include "util/text.h"

enum { NAMES = 4, DAY_SECONDS = 24 * 60 * 60 };

/* The names that the person has here: the account's, and those that led to it. */
struct names {
	char texts[NAMES][VM_ADDRESS_MAX + 2];
	const char *list[NAMES + 1];
	size_t count;
};

static void add_name(struct names *names, const char *user, const char *domain)
{
	char *const text = names->texts[names->count];

	if (vm_text_format(text, sizeof names->texts[0], "%s@%s", user, domain))
		names->list[names->count++] = text;
}

static void collect_names(const struct vm_run *run, const struct vm_account *account,
			  struct names *names)
{
	add_name(names, account->user, account->domain);
	add_name(names, run->recipient.user, run->recipient.domain);
	add_name(names, run->asked->user, run->asked->domain);
	if (run->message->delivered_to != NULL && run->message->delivered_to[0] != '\0')
		names->list[names->count++] = run->message->delivered_to;
}

static void tell(const struct vm_run *run, const struct vm_account *account,
		 const struct vm_error *err)
{
	vm_log_warning(run->context->log, "vacation of %s@%s: %s", account->user, account->domain,
		       err->text);
}

static enum vm_status answer(struct vm_run *run, const struct vm_account *account,
			     const struct vm_vacation *vacation, struct vm_error *err)
{
	char folder[VM_PATH_MAX + 16];
	struct names names = { .count = 0 };
	struct vm_answer answer = { .config = run->context->config,
				    .message = run->message,
				    .names = names.list,
				    .must_be_named = true,
				    .folder = folder,
				    .seconds = (uint64_t)vacation->days * DAY_SECONDS,
				    .most = 1 };
	enum vm_reply_refusal refusal = VM_REPLY_ANSWER;
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(folder, sizeof folder, "%s/vacation", account->home))
		return vm_fail(err, VM_TEMPFAIL, "the path of the home is too long");
	collect_names(run, account, &names);
	vm_buf_init(&text, VM_VACATION_TEXT_MAX);
	status = vm_vacation_text(account->home, &text, err);
	answer.text = text.bytes;
	if (status == VM_OK)
		status = vm_answer_send(&answer, &refusal, err);
	vm_buf_release(&text);
	return status == VM_DENIED ? VM_OK : status;
}

void vm_run_vacation(struct vm_run *run, const struct vm_account *account)
{
	struct vm_vacation vacation;
	struct vm_error err;
	enum vm_status status = vm_vacation_get(account->home, &vacation, &err);

	if (status == VM_NOT_FOUND)
		return;
	if (status == VM_OK && vm_vacation_is_now(&vacation, vm_clock_now()))
		status = answer(run, account, &vacation, &err);
	if (status != VM_OK)
		tell(run, account, &err);
}
