/* vlog: shows the log of logins that a store in SQL keeps, and removes what is old. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "util/clock.h"
#include "util/text.h"

enum { PAGE = 500, ARENA_MAX = 8 * 1024 * 1024, LAST_DEFAULT = 100, DAYS_MAX = 36500 };
enum { SECONDS_OF_A_DAY = 24 * 60 * 60 };

struct options {
	struct vm_common_options common;
	uint64_t last;
	uint64_t purge_days;
};

static struct options options = { .last = LAST_DEFAULT, .purge_days = UINT64_MAX };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "last", VM_OPTION_NUMBER, offsetof(struct options, last), "NUMBER",
	  "show at most so many events (100)", 0, UINT32_MAX, NULL },
	{ 0, "purge", VM_OPTION_NUMBER, offsetof(struct options, purge_days), "DAYS",
	  "remove the events that are older", 0, DAYS_MAX, NULL },
};

/* What is shown: a user's, a domain's, or all events. */
struct wanted {
	const char *user, *domain; /* NULL: any */
};

static bool is_wanted(const struct wanted *wanted, const struct vm_log_event *event)
{
	return (wanted->domain == NULL || strcmp(wanted->domain, event->domain) == 0) &&
	       (wanted->user == NULL || strcmp(wanted->user, event->user) == 0);
}

/* 5.4's classes. */
static const char *word_of(int kind)
{
	static const char *const words[] = { "internal", "unknown", "success", "password",
					     "denied" };

	return kind >= 0 && kind < (int)(sizeof words / sizeof *words) ? words[kind] : "other";
}

static bool write_time(time_t when, char out[32])
{
	struct tm parts;

	return gmtime_r(&when, &parts) != NULL &&
	       strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
}

static void print_event(struct vm_session *session, const struct vm_log_event *event)
{
	char when[32], message[1024];

	if (!write_time(event->when, when))
		when[0] = '\0';
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_string(&session->writer, "time", when);
		vm_json_member_string(&session->writer, "event", word_of(event->kind));
		vm_json_member_string(&session->writer, "user", event->user);
		vm_json_member_string(&session->writer, "domain", event->domain);
		vm_json_member_string(&session->writer, "logon", event->logon);
		vm_json_member_string(&session->writer, "remote_ip", event->remote_ip);
		vm_json_member_string(&session->writer, "message", event->message);
		vm_session_end(session);
		return;
	}
	/* Other programs write the table too. */
	(void)vm_text_format(message, sizeof message, "%.1000s", event->message); /* fits */
	vm_text_sanitize(message);
	vm_session_printf(session, "%s %s %s\n", when, word_of(event->kind), message);
}

static enum vm_status show(struct vm_session *session, const struct wanted *wanted,
			   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_log_list list = { .more = true };
	uint64_t before = VM_LOG_NEWEST, left = options.last;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more && left > 0) {
		vm_arena_clear(&arena);
		status =
			vm_store_log_list(session->context.store, before, PAGE, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count && left > 0; i++) {
			before = list.items[i].number;
			if (!is_wanted(wanted, &list.items[i].event))
				continue;
			print_event(session, &list.items[i].event);
			left--;
		}
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status purge(struct vm_session *session, struct vm_error *err)
{
	const time_t before = vm_clock_now() - (time_t)options.purge_days * SECONDS_OF_A_DAY;
	uint64_t removed = 0;
	const enum vm_status status =
		vm_store_log_purge(session->context.store, before, &removed, err);

	if (status != VM_OK)
		return status;
	if (!session->json) {
		vm_session_printf(session, "%" PRIu64 " events removed\n", removed);
		return VM_OK;
	}
	vm_session_begin(session);
	vm_json_member_u64(&session->writer, "removed", removed);
	vm_session_end(session);
	return VM_OK;
}

/* A name that is no address of ours may be in the log all the same: it is compared as it is. */
static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct wanted wanted = { NULL, NULL };
	char user[VM_USER_MAX + 1], domain[VM_DOMAIN_MAX + 1];
	const char *at = NULL;

	if (options.purge_days != UINT64_MAX && count > 0)
		return vm_fail(err, VM_INVALID, "--purge is for all domains");
	if (options.purge_days != UINT64_MAX)
		return purge(session, err);
	if (count == 0)
		return show(session, &wanted, err);
	at = strchr(operands[0], '@');
	wanted.domain = domain;
	if (!vm_text_copy(domain, sizeof domain, at == NULL ? operands[0] : at + 1))
		return vm_fail_field(err, VM_INVALID, "domain", "the domain is too long");
	vm_text_lower(domain);
	if (at == NULL)
		return show(session, &wanted, err);
	if ((size_t)(at - operands[0]) >= sizeof user)
		return vm_fail_field(err, VM_INVALID, "user", "the name is too long");
	memcpy(user, operands[0], (size_t)(at - operands[0]));
	user[at - operands[0]] = '\0';
	vm_text_lower(user);
	wanted.user = user;
	return show(session, &wanted, err);
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vlog", "[address | domain]",
			   "Shows the log of logins, the newest first, and removes what is old.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
