/* Hands findings to who listens. */
#include <config.h>

#include "core/finding.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void hand_over(const struct vm_check *check,
							    struct vm_finding *finding,
							    const char *format, va_list arguments)
{
	char text[VM_FINDING_TEXT_MAX + 1];

	/* A text too long is cut: it is for people, and its subject stands apart. */
	(void)vsnprintf(text, sizeof text, format, arguments);
	finding->text = text;
	check->found(check->context, finding);
}

void vm_check_tell(const struct vm_check *check, const char *kind, const char *subject,
		   const char *action, const char *format, ...)
{
	struct vm_finding finding = { .kind = kind,
				      .subject = subject,
				      .action = action,
				      .state = check->repair ? VM_FINDING_MENDED
							     : VM_FINDING_OPEN };
	va_list arguments;

	va_start(arguments, format);
	hand_over(check, &finding, format, arguments);
	va_end(arguments);
}

void vm_check_leave(const struct vm_check *check, const char *kind, const char *subject,
		    const char *action, const char *format, ...)
{
	struct vm_finding finding = {
		.kind = kind, .subject = subject, .action = action, .state = VM_FINDING_BY_HAND
	};
	va_list arguments;

	va_start(arguments, format);
	hand_over(check, &finding, format, arguments);
	va_end(arguments);
}
