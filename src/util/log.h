/* Log lines: to syslog's mail facility or to stderr, one line per outcome. */
#ifndef VM_UTIL_LOG_H
#define VM_UTIL_LOG_H

#include <stdbool.h>

enum vm_log_target { VM_LOG_SYSLOG, VM_LOG_STDERR, VM_LOG_NONE };

struct vm_log {
	enum vm_log_target target;
	const char *ident; /* borrowed */
};

/* Opens the target; ident stands before each line ("vpopmail[123]: ..." in syslog). */
void vm_log_open(struct vm_log *log, enum vm_log_target target, const char *ident);

/* One line; control bytes and '%' in the finished text are replaced. Never fails, never blocks for long. */
void vm_log_notice(const struct vm_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vm_log_warning(const struct vm_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vm_log_error(const struct vm_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void vm_log_close(struct vm_log *log);

#endif
