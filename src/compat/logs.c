/* Lines in the logs, for libvpopmail. */
#include <config.h>

#include "compat.h"

#include "util/clock.h"
#include "vlogger.h"

static const char *or_nothing(const char *text)
{
	return text == NULL ? "" : text;
}

VM_EXPORT int logsql(int error, char *user, char *domain, char *pass, char *name, char *ip,
		     char *line)
{
	const struct vm_context *const context = vm_compat_context();
	const struct vm_log_event event = { .user = or_nothing(user),
					    .domain = or_nothing(domain),
					    .logon = or_nothing(name),
					    .remote_ip = or_nothing(ip),
					    .message = or_nothing(line),
					    .when = vm_clock_now(),
					    .kind = error };
	struct vm_error err;

	(void)pass; /* secrets are not logged */
	return context == NULL
		       ? VA_NO_AUTH_CONNECTION
		       : vm_compat_answer(vm_store_log_write(context->store, &event, &err), &err);
}

VM_EXPORT int logmessage(const char *command, const char *first, const char *second)
{
	const struct vm_context *const context = vm_compat_context();

	if (context == NULL)
		return -1;
	vm_log_notice(context->log, "vpopmail-logger: %s %s %s", or_nothing(command),
		      or_nothing(first), or_nothing(second));
	return 0;
}
