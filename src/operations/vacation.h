/*
 * A person's answer while away: HOME/vacation/message (the text; where qmailadmin keeps it) and HOME/vacation/period (when it
 * is given). A folder without a period is a program's of a .qmail line, and not ours.
 */
#ifndef VM_OPERATIONS_VACATION_H
#define VM_OPERATIONS_VACATION_H

#include <time.h>

#include "operations/context.h"
#include "util/buf.h"

enum {
	VM_VACATION_TEXT_MAX = 65536,
	VM_VACATION_DAYS = 7, /* RFC 3834 2: a sender gets one answer in so many days */
	VM_VACATION_DAYS_MAX = 366,
};

struct vm_vacation {
	time_t from, until; /* until: the first second that is not in it; 0: open */
	unsigned int days;  /* a sender gets one answer in so many days */
};

bool vm_vacation_is_now(const struct vm_vacation *vacation, time_t now);

/* VM_NOT_FOUND: the account has none. VM_TEMPFAIL also for a period that cannot be read. */
enum vm_status vm_vacation_get(const char *home, struct vm_vacation *out, struct vm_error *err);
/* The text; `out` holds VM_VACATION_TEXT_MAX bytes. VM_NOT_FOUND. */
enum vm_status vm_vacation_text(const char *home, struct vm_buf *out, struct vm_error *err);

/*
 * Sets text and period, synced; who had an answer to another text gets one again. `text` is as core/auto_reply.h says. The home
 * is there, and the process is its owner. VM_INVALID: "until" before "from" (field "until"), no days (field "days"), an empty
 * or too long text (field "message"), a NUL in it.
 */
enum vm_status vm_vacation_set(const char *home, const struct vm_vacation *vacation,
			       const char *text, size_t length, struct vm_error *err);

/* Takes it all away. VM_NOT_FOUND: there is none. */
enum vm_status vm_vacation_remove(const char *home, struct vm_error *err);

#endif
