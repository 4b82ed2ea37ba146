/* vdeloldusers: lists and removes accounts that nobody has used for long. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/each.h"
#include "operations/account_remove.h"
#include "util/clock.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	bool all, remove, verbose;
	uint64_t days;
	const char *domain;
};

enum { DAYS = 180, DAYS_MAX = 36500, DAY_SECONDS = 24 * 60 * 60 };

static struct options options = { .days = DAYS };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'a', "age", VM_OPTION_NUMBER, offsetof(struct options, days), "DAYS",
	  "not used for so long (180)", 0, DAYS_MAX, NULL },
	{ 'd', "domain", VM_OPTION_TEXT, offsetof(struct options, domain), "DOMAIN",
	  "of this domain", 0, 0, NULL },
	{ 'e', "everything", VM_OPTION_FLAG, offsetof(struct options, all), NULL, "of all domains",
	  0, 0, NULL },
	{ 'D', "delete", VM_OPTION_FLAG, offsetof(struct options, remove), NULL, "remove them", 0,
	  0, NULL },
	{ 'V', "verbose", VM_OPTION_FLAG, offsetof(struct options, verbose), NULL, "list them", 0,
	  0, NULL },
};

/* Shared with the children that work as the domains' owners. */
struct counts {
	uint64_t found, removed;
};

struct run {
	struct vm_session *session;
	struct counts *counts;
	time_t before;
};

static void print(struct run *run, const struct vm_account *account,
		  const struct vm_last_login *login)
{
	struct vm_json_writer *const writer = &run->session->writer;
	char address[VM_ADDRESS_MAX + 1], date[32] = "";
	struct tm parts;

	if (!vm_text_format(address, sizeof address, "%s@%s", account->user, account->domain))
		return;
	if (run->session->json) {
		vm_session_begin(run->session);
		vm_json_member_string(writer, "address", address);
		vm_json_member_i64(writer, "last_login", (int64_t)login->when);
		vm_json_member_bool(writer, "was_used", strcmp(login->from, "0.0.0.0") != 0);
		vm_json_member_bool(writer, "removed", options.remove);
		vm_session_end(run->session);
		return;
	}
	if (!options.verbose || localtime_r(&login->when, &parts) == NULL ||
	    strftime(date, sizeof date, "%Y-%m-%d", &parts) == 0)
		return;
	vm_session_printf(run->session, "%s %s %s\n", date,
			  strcmp(login->from, "0.0.0.0") == 0 ? "created" : "used   ", address);
}

/* What cannot be removed is told, and the others go on: for one the account that receives the mail for unknown users. */
static enum vm_status take_account(void *context, const struct vm_account *account,
				   struct vm_error *err)
{
	struct run *const run = context;
	struct vm_last_login login = { .when = 0 };
	enum vm_status status = VM_OK;

	if (strcmp(account->user, "postmaster") == 0)
		return VM_OK;
	status = vm_store_login_get(run->session->context.store, account, &login, err);
	if (status != VM_OK || login.when == 0 || login.when >= run->before)
		return status;
	run->counts->found++;
	if (options.remove)
		status = vm_account_remove(&run->session->context,
					   (struct vm_name){ account->user, account->domain }, err);
	if (status == VM_NOT_FOUND) /* somebody else was quicker */
		return VM_OK;
	if (status != VM_OK) {
		vm_name_domain(err, account->user);
		vm_session_tell_failure(run->session, status, err);
		return VM_OK;
	}
	run->counts->removed += options.remove;
	print(run, account, &login);
	return VM_OK;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status == VM_OK) /* who logged in on another host a moment ago is to stay */
		(void)vm_store_read_fresh(session->context.store, true);
	return status == VM_OK ? vm_store_each_account(session->context.store, domain->name,
						       take_account, context, err)
			       : status;
}

static enum vm_status take_domain(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;

	return vm_session_in_domain(run->session, name, &(struct vm_owner_work){ work, run }, err);
}

static void print_end(struct run *run)
{
	if (run->session->json) {
		vm_session_begin(run->session);
		vm_json_member_u64(&run->session->writer, "found", run->counts->found);
		vm_json_member_u64(&run->session->writer, "removed", run->counts->removed);
		vm_session_end(run->session);
	} else if (run->counts->found == 0) {
		vm_session_printf(run->session, "no old users found\n");
	} else if (!options.remove) {
		vm_session_printf(run->session,
				  "** no users were deleted **\n%" PRIu64
				  " found; -D deletes them, -V lists them\n",
				  run->counts->found);
	}
}

/* The children that work as the owners count in it too. */
static enum vm_status share_counts(struct run *run, struct vm_error *err)
{
	run->counts = mmap(NULL, sizeof *run->counts, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->counts != MAP_FAILED)
		return VM_OK;
	run->counts = NULL;
	return vm_fail_errno(err, errno, "no memory");
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session,
			   .before = vm_clock_now() - (time_t)options.days * DAY_SECONDS };
	char domain[VM_DOMAIN_MAX + 1];
	enum vm_status status = VM_OK;

	(void)operands;
	(void)count;
	if ((options.domain != NULL) == options.all)
		return vm_fail(err, VM_INVALID, "give a domain with -d, or -e for all");
	if (options.domain != NULL)
		status = vm_session_domain(session, options.domain, domain, err);
	if (status != VM_OK)
		return status;
	status = share_counts(&run, err);
	if (status != VM_OK)
		return status;
	status = options.all ? vm_session_each_domain(session, NULL, 0, take_domain, &run, err)
			     : take_domain(&run, domain, err);
	if (status == VM_OK)
		print_end(&run);
	(void)munmap(run.counts, sizeof *run.counts);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vdeloldusers", "", "Lists and removes accounts not used for long.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
