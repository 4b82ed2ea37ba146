/* What a check finds, and who hears of it. */
#ifndef VM_CORE_FINDING_H
#define VM_CORE_FINDING_H

#include <stdbool.h>

enum { VM_FINDING_TEXT_MAX = 500 };

enum vm_finding_state {
	VM_FINDING_OPEN,    /* a repair would mend it */
	VM_FINDING_MENDED,  /* it was mended just now */
	VM_FINDING_BY_HAND, /* a person must decide */
};

struct vm_finding {
	const char *kind;    /* one word for scripts, see vcheck(8) */
	const char *subject; /* the domain, address or path */
	const char *text;    /* what is wrong, one line for people */
	const char
		*action; /* what a repair does ("folds it"), or what to do by hand ("restore it") */
	enum vm_finding_state state;
};

/* How to check: `found` hears of each finding, with `repair` after it was mended. */
struct vm_check {
	bool repair;
	void (*found)(void *context, const struct vm_finding *finding);
	void *context;
};

/* Tells of what a repair mends: open or mended, as the check has it. The format makes the text. */
void vm_check_tell(const struct vm_check *check, const char *kind, const char *subject,
		   const char *action, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Tells of what no repair mends. */
void vm_check_leave(const struct vm_check *check, const char *kind, const char *subject,
		    const char *action, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
