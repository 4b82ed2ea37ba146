/* vvacation: shows, sets and takes away the answer that is given for a person who is away. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/each.h"
#include "cli/owner_child.h"
#include "operations/account_home.h"
#include "operations/vacation.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	const char *message, *subject, *from, *until;
	uint64_t days;
	bool removes;
};

static struct options options = { .days = VM_VACATION_DAYS };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'm', "message", VM_OPTION_TEXT, offsetof(struct options, message), "FILE",
	  "the answer's text, - for standard input", 0, 0, NULL },
	{ 's', "subject", VM_OPTION_TEXT, offsetof(struct options, subject), "TEXT",
	  "its subject, where the text has none", 0, 0, NULL },
	{ 'f', "from", VM_OPTION_TEXT, offsetof(struct options, from), "DATE",
	  "the first day, as 2026-12-24; today", 0, 0, NULL },
	{ 'u', "until", VM_OPTION_TEXT, offsetof(struct options, until), "DATE",
	  "the last day; open", 0, 0, NULL },
	{ 'n', "days", VM_OPTION_NUMBER, offsetof(struct options, days), "NUMBER",
	  "a sender gets one answer in so many days; 7", 0, VM_VACATION_DAYS_MAX, NULL },
	{ 'r', "remove", VM_OPTION_FLAG, offsetof(struct options, removes), NULL,
	  "takes the answer away", 0, 0, NULL },
};

enum { ARENA_MAX = 1 << 20, DATE_MAX = 16, SUBJECT_MAX = 900, YEAR_ZERO = 1900 };

/* The account that the command is about; `text` is what a vacation is set to. */
struct run {
	struct vm_address address;
	struct vm_vacation vacation;
	struct vm_buf text;
};

/* Midnight at the beginning of the day, by the clock of this host; `later` days on. */
static enum vm_status parse_day(const char *field, const char *text, int later, time_t *out,
				struct vm_error *err)
{
	struct tm day = { .tm_isdst = -1 };
	struct tm asked;
	const char *const end = strptime(text, "%Y-%m-%d", &day);

	asked = day;
	day.tm_mday += later;
	*out = end != NULL && *end == '\0' ? mktime(&day) : -1;
	asked.tm_isdst = -1;
	if (*out < 0 || mktime(&asked) == -1)
		return vm_fail_field(err, VM_INVALID, field, "%.40s is no day: write 2026-12-24",
				     text);
	return VM_OK;
}

static enum vm_status read_text(struct vm_buf *out, struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = VM_OK;

	if (strcmp(options.message, "-") == 0)
		return vm_file_read_fd(STDIN_FILENO, "standard input", out, err);
	status = vm_file_open_input(options.message, &fd, err);
	if (status == VM_OK)
		status = vm_file_read_fd(fd, options.message, out, err);
	vm_file_discard(&fd);
	return status == VM_NOT_FOUND ? vm_fail_field(err, VM_INVALID, "message",
						      "there is no file %.150s", options.message)
				      : status;
}

/* The subject stands in front of the text, as a header of it. */
static enum vm_status make_text(struct run *run, struct vm_error *err)
{
	struct vm_buf body;
	enum vm_status status = VM_OK;

	if (options.subject != NULL &&
	    (vm_text_has_control(options.subject) || strlen(options.subject) > SUBJECT_MAX ||
	     !vm_text_is_utf8(options.subject)))
		return vm_fail_field(err, VM_INVALID, "subject",
				     "the subject is one line of UTF-8 of at most %d bytes",
				     SUBJECT_MAX);
	vm_buf_init(&body, VM_VACATION_TEXT_MAX + 1);
	status = read_text(&body, err);
	if (status == VM_OK && body.length > 0 && options.subject != NULL)
		vm_buf_printf(&run->text, "Subject: %s\n\n", options.subject);
	if (status == VM_OK) {
		vm_buf_append(&run->text, body.bytes, body.length);
		status = vm_buf_check(&run->text, "the message", err);
	}
	vm_buf_release(&body);
	return status;
}

static enum vm_status take_wish(struct run *run, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	run->vacation = (struct vm_vacation){ .days = (unsigned int)options.days };
	if (options.message == NULL)
		return options.subject == NULL && options.from == NULL && options.until == NULL
			       ? VM_OK
			       : vm_fail_field(err, VM_INVALID, "message",
					       "an answer needs its text: --message FILE");
	if (options.removes)
		return vm_fail_field(err, VM_INVALID, "remove",
				     "an answer is set or taken away, not both");
	if (options.from != NULL)
		status = parse_day("from", options.from, 0, &run->vacation.from, err);
	if (status == VM_OK && options.until != NULL)
		status = parse_day("until", options.until, 1, &run->vacation.until, err);
	return status == VM_OK ? make_text(run, err) : status;
}

/* The day that holds the second. */
static void print_day(time_t when, char out[DATE_MAX])
{
	struct tm day;

	if (when == 0 || localtime_r(&when, &day) == NULL ||
	    strftime(out, DATE_MAX, "%Y-%m-%d", &day) == 0)
		out[0] = '\0';
}

static void print_vacation(struct vm_session *session, const struct run *run,
			   const struct vm_vacation *vacation, const char *text)
{
	const bool is_now = vm_vacation_is_now(vacation, vm_clock_now());
	char from[DATE_MAX], until[DATE_MAX];

	print_day(vacation->from, from);
	print_day(vacation->until == 0 ? 0 : vacation->until - 1, until);
	if (!session->json) {
		vm_session_printf(session, "%s@%s: %s, from %s until %s, one answer in %u days\n%s",
				  run->address.user, run->address.domain,
				  is_now ? "answers" : "does not answer now",
				  from[0] == '\0' ? "always" : from,
				  until[0] == '\0' ? "open" : until, vacation->days, text);
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "user", run->address.user);
	vm_json_member_string(&session->writer, "domain", run->address.domain);
	vm_json_member_bool(&session->writer, "is_now", is_now);
	vm_json_member_string(&session->writer, "from", from);
	vm_json_member_string(&session->writer, "until", until);
	vm_json_member_u64(&session->writer, "days", vacation->days);
	vm_json_member_string(&session->writer, "message", text);
	vm_session_end(session);
}

static enum vm_status show(struct vm_session *session, const struct run *run, const char *home,
			   struct vm_error *err)
{
	struct vm_vacation vacation;
	struct vm_buf text;
	enum vm_status status = vm_vacation_get(home, &vacation, err);

	vm_buf_init(&text, VM_VACATION_TEXT_MAX);
	if (status == VM_OK)
		status = vm_vacation_text(home, &text, err);
	if (status == VM_OK)
		print_vacation(session, run, &vacation, text.bytes);
	vm_buf_release(&text);
	return status;
}

static enum vm_status act(struct vm_session *session, const struct run *run, const char *home,
			  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (options.message != NULL)
		return vm_vacation_set(home, &run->vacation, run->text.bytes, run->text.length,
				       err);
	status = home[0] == '\0'   ? VM_NOT_FOUND
		 : options.removes ? vm_vacation_remove(home, err)
				   : show(session, run, home, err);
	return status == VM_NOT_FOUND
		       ? vm_fail_field(err, status, "address", "%s@%s has no answer set",
				       run->address.user, run->address.domain)
		       : status;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	const struct run *const run = context;
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_account_get(session->context.store,
				      (struct vm_name){ run->address.user, domain->name }, &arena,
				      &account, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "address", "there is no account %s@%s",
				       run->address.user, domain->name);
	if (status == VM_OK && options.message != NULL)
		status = vm_account_home_ensure(&session->context, domain, &account, &arena, err);
	if (status == VM_OK)
		status = act(session, run, account.home, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run;
	enum vm_status status = vm_session_address(session, operands[0], &run.address, err);

	(void)count;
	vm_buf_init(&run.text, VM_VACATION_TEXT_MAX + SUBJECT_MAX + 64);
	if (status == VM_OK)
		status = take_wish(&run, err);
	if (status == VM_OK)
		status = vm_session_in_domain(session, run.address.domain,
					      &(struct vm_owner_work){ work, &run }, err);
	vm_buf_release(&run.text);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vvacation", "address",
			   "Shows, sets or removes the answer for a person who is away.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
