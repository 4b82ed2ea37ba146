/* vsync: brings this host's files up to the domains of a shared store. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "cli/command.h"
#include "cli/owner_child.h"
#include "operations/host_sync.h"

struct options {
	struct vm_common_options common;
	bool watch, force, check;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "watch", VM_OPTION_FLAG, offsetof(struct options, watch), NULL,
	  "go on, and look for changes every 2 seconds", 0, 0, NULL },
	{ 0, "check", VM_OPTION_FLAG, offsetof(struct options, check), NULL,
	  "compare, and change nothing", 0, 0, NULL },
	{ 0, "force", VM_OPTION_FLAG, offsetof(struct options, force), NULL,
	  "also when more than a tenth of the domains go", 0, 0, NULL },
};

enum { POLL_SECONDS = 2 };

static void print(struct vm_session *session, const struct vm_host_sync *sync)
{
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_u64(&session->writer, "domains", sync->domains);
		vm_json_member_u64(&session->writer, "added", sync->added);
		vm_json_member_u64(&session->writer, "removed", sync->removed);
		vm_json_member_u64(&session->writer, "altered", sync->altered);
		vm_json_member_u64(&session->writer, "control", sync->control);
		vm_json_member_u64(&session->writer, "folders", sync->folders);
		vm_session_end(session);
		return;
	}
	vm_session_printf(session,
			  options.check ? "%zu domains: %zu to add, %zu to remove, %zu to alter, "
					  "%zu without control lines, %zu without a folder\n"
					: "%zu domains: %zu added, %zu removed, %zu altered, "
					  "%zu given control lines, %zu folders made\n",
			  sync->domains, sync->added, sync->removed, sync->altered, sync->control,
			  sync->folders);
}

/* While it watches, a failure is told and tried again: the database may be away for a while. */
static enum vm_status complain(struct vm_session *session, enum vm_status status,
			       struct vm_error *err)
{
	if (!options.watch || status == VM_UNSUPPORTED)
		return status;
	(void)vm_session_complain(session, status, err);
	return VM_OK;
}

static enum vm_sync_mode mode(void)
{
	if (options.check)
		return VM_SYNC_LOOK;
	return options.force ? VM_SYNC_FORCE : VM_SYNC_WRITE;
}

static bool has_work(const struct vm_host_sync *sync)
{
	return sync->added + sync->removed + sync->altered + sync->control + sync->folders > 0;
}

static void print_rules(struct vm_session *session, bool differs)
{
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_bool(&session->writer, "relay_rules", differs);
		vm_session_end(session);
	} else {
		vm_session_printf(session, "relay rules: %s\n",
				  !differs        ? "right"
				  : options.check ? "to write"
						  : "written");
	}
	vm_session_flush(session);
}

/* `is_polling`: only what changed is told. */
static enum vm_status sync_relays(struct vm_session *session, bool is_polling, struct vm_error *err)
{
	bool differs = false;
	enum vm_status status = VM_OK;

	if (!session->context.config->roaming_users)
		return VM_OK;
	status = vm_host_sync_relays(&session->context, mode(), &differs, err);
	if (status != VM_OK)
		return complain(session, status, err);
	if (!is_polling || differs)
		print_rules(session, differs);
	if (options.check && differs)
		vm_session_raise_exit_code(session, VM_EXIT_NO);
	return VM_OK;
}

static enum vm_status sync_once(struct vm_session *session, uint64_t *revision, bool *is_done,
				struct vm_error *err)
{
	struct vm_host_sync sync;
	/* The number first: a change that comes while we write is seen the next time. */
	enum vm_status status = vm_store_domain_revision(session->context.store, revision, err);

	if (status == VM_OK || status == VM_UNSUPPORTED)
		status = vm_host_sync(&session->context, mode(), &sync, err);
	*is_done = status == VM_OK;
	if (status != VM_OK)
		return complain(session, status, err);
	print(session, &sync);
	if (options.check && has_work(&sync))
		vm_session_raise_exit_code(session, VM_EXIT_NO);
	vm_session_flush(session);
	return VM_OK;
}

/* Has anybody changed the domains? A store that cannot tell is asked again. */
static bool is_changed(struct vm_session *session, uint64_t known)
{
	uint64_t revision = 0;
	struct vm_error err;
	const enum vm_status status =
		vm_store_domain_revision(session->context.store, &revision, &err);

	return status == VM_OK && revision != known;
}

/* TERM and INT end the wait, and with it the program; HUP ends the wait alone. */
static int wait_for_signal(const sigset_t *signals)
{
	const struct timespec pause = { .tv_sec = POLL_SECONDS };

	return sigtimedwait(signals, NULL, &pause);
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	sigset_t signals;
	uint64_t revision = 0;
	bool is_done = false;
	enum vm_status status = VM_OK;

	(void)operands;
	(void)count;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	if (options.watch && options.check)
		return vm_fail(err, VM_INVALID, "--check looks once; --watch writes");
	if (options.watch && sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return vm_fail_errno(err, errno, "sigprocmask");
	status = sync_once(session, &revision, &is_done, err);
	if (status == VM_OK)
		status = sync_relays(session, false, err);
	while (status == VM_OK && options.watch) {
		const int signal = wait_for_signal(&signals);

		if (signal == SIGTERM || signal == SIGINT)
			break;
		if (signal == SIGHUP || !is_done || is_changed(session, revision))
			status = sync_once(session, &revision, &is_done, err);
		if (status == VM_OK)
			status = sync_relays(session, true, err);
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vsync", "",
			   "Brings this host's files up to the domains of a shared store.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
