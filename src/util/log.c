/* Log lines, to syslog or to stderr. */
#include <config.h>

#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "util/text.h"

enum { LINE_MAX_BYTES = 1000 }; /* what syslog daemons take at least */

void vm_log_open(struct vm_log *log, enum vm_log_target target, const char *ident)
{
	log->target = target;
	log->ident = ident;
	if (target == VM_LOG_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* One write, so that lines of several processes do not mix. */
static void write_stderr(const struct vm_log *log, const char *text)
{
	char line[LINE_MAX_BYTES + 64];
	const int length = snprintf(line, sizeof line, "%.50s: %s\n", log->ident, text);

	if (length > 0)
		(void)!write(STDERR_FILENO, line,
			     (size_t)length); /* a log that is gone stops nobody */
}

__attribute__((format(printf, 3, 0))) static void write_line(const struct vm_log *log, int priority,
							     const char *format, va_list arguments)
{
	char text[LINE_MAX_BYTES + 1];

	if (log->target == VM_LOG_NONE)
		return;
	if (vsnprintf(text, sizeof text, format, arguments) < 0)
		return;
	vm_text_sanitize(text);
	switch (log->target) {
	case VM_LOG_SYSLOG:
		syslog(priority, "%s", text);
		break;
	case VM_LOG_STDERR:
		write_stderr(log, text);
		break;
	case VM_LOG_NONE:
		break;
	}
}

void vm_log_notice(const struct vm_log *log, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(log, LOG_NOTICE, format, arguments);
	va_end(arguments);
}

void vm_log_warning(const struct vm_log *log, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(log, LOG_WARNING, format, arguments);
	va_end(arguments);
}

void vm_log_error(const struct vm_log *log, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(log, LOG_ERR, format, arguments);
	va_end(arguments);
}

void vm_log_close(struct vm_log *log)
{
	if (log->target == VM_LOG_SYSLOG)
		closelog();
	log->target = VM_LOG_NONE;
}
