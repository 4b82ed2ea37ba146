/* The authentication log: rows of vlog, without passwords. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "util/text.h"

enum { USER_MAX = 64, DOMAIN_MAX = 96, LOGON_MAX = 200, MESSAGE_MAX = 255 };

/* What a stranger typed is cut to its column and cleaned: the log must never decide a login. */
static void clean(char *out, size_t size, const char *text)
{
	const size_t length = strlen(text);
	const size_t kept = length < size ? length : size - 1;

	memcpy(out, text, kept);
	out[kept] = '\0';
	vm_text_sanitize(out);
}

static enum vm_status write_log(struct vm_backend *backend, const struct vm_log_event *event,
				struct vm_error *err)
{
	char user[USER_MAX + 1], domain[DOMAIN_MAX + 1], logon[LOGON_MAX + 1];
	char ip[VM_IP_MAX + 1], message[MESSAGE_MAX + 1];
	struct vm_sql_values values = { .count = 0 };

	clean(user, sizeof user, event->user);
	clean(domain, sizeof domain, event->domain);
	clean(logon, sizeof logon, event->logon);
	clean(ip, sizeof ip, event->remote_ip);
	clean(message, sizeof message, event->message);
	vm_sql_add_text(&values, user);
	vm_sql_add_text(&values, domain);
	vm_sql_add_text(&values, logon);
	vm_sql_add_text(&values, ip);
	vm_sql_add_text(&values, message);
	vm_sql_add_number(&values, event->when);
	vm_sql_add_number(&values, event->kind);
	return vm_sql_change(vm_sql_session_of(backend), VM_SQL_LOG_WRITE, &values, NULL, err);
}

const struct vm_log_ops vm_sql_log_ops = { .write = write_log };
