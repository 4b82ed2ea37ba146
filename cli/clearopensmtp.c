/* clearopensmtp: closes the relay windows of roaming users that are too old. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>

#include "cli/command.h"
#include "core/identity.h"
#include "operations/relay_window.h"
#include "util/clock.h"

enum { MINUTES_MAX = 525600, SECONDS_OF_A_MINUTE = 60 };

struct options {
	struct vm_common_options common;
	uint64_t minutes;
};

static struct options options = { .minutes = UINT64_MAX };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "minutes", VM_OPTION_NUMBER, offsetof(struct options, minutes), "NUMBER",
	  "close what is older (relay_clear_minutes); 0 closes all", 0, MINUTES_MAX, NULL },
};

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_config *const config = session->context.config;
	const uint64_t minutes = options.minutes != UINT64_MAX ? options.minutes
							       : config->relay_clear_minutes;
	const time_t now = vm_clock_now();
	uint64_t removed = 0;
	enum vm_status status = VM_OK;

	(void)operands;
	(void)count;
	if (!config->roaming_users) {
		vm_session_printf(session, "roaming users are off (roaming_users = no): there is "
					   "nothing to clear\n");
		vm_session_report(session, "roaming_users", "no");
		return VM_OK;
	}
	status = vm_identity_become(config->uid, config->gid, err);
	/* A window of this very second is closed by 0, too. */
	if (status == VM_OK)
		status = vm_relay_windows_close(
			&session->context,
			minutes == 0 ? now + 1 : now - (time_t)minutes * SECONDS_OF_A_MINUTE,
			&removed, err);
	if (status == VM_OK && session->json) {
		vm_session_begin(session);
		vm_json_member_u64(&session->writer, "removed", removed);
		vm_session_end(session);
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "clearopensmtp", "",
			   "Closes the relay windows of roaming users that are too old.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
