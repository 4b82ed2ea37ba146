/* Lines in the logs, and the program that is told of changes, for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <string.h>

#include "operations/on_change.h"
#include "util/clock.h"
#include "vlogger.h"

enum { ARENA_MAX = 65536 };

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

/* The domain that a change is about: its owner runs the program. False: the user of the settings does. */
static bool find_owner(const struct vm_context *context, const char *about, struct vm_arena *arena,
		       struct vm_domain *out)
{
	const char *const at = strrchr(about, '@');
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;

	return vm_compat_parse_domain(at == NULL ? about : at + 1, name) == VA_SUCCESS &&
	       vm_store_domain_get(context->store, name, arena, out, &err) == VM_OK;
}

VM_EXPORT int call_onchange(const char *command, const char *first, const char *second,
			    const char *moment)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_change change = { .command = command, .first = or_nothing(first) };
	struct vm_arena arena;
	struct vm_domain domain;

	if (context == NULL || command == NULL)
		return -1;
	if (change.first[0] == '\0')
		change.first = "-";
	if (second != NULL && second[0] != '\0')
		change.second = second;
	vm_arena_init(&arena, ARENA_MAX);
	if (find_owner(context, change.first, &arena, &domain))
		change.owner = &domain;
	vm_on_change(context,
		     strcmp(or_nothing(moment), "before") == 0 ? VM_CHANGE_BEFORE : VM_CHANGE_AFTER,
		     &change);
	vm_arena_release(&arena);
	return 0;
}
