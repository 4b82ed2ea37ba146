/*
 * qmail's control files that name domains: rcpthosts, morercpthosts and its cdb (in qmail-newmrh's format),
 * virtualdomains, locals. Order, comments and lines of others are kept; files are rewritten whole, 0644, synced, and only
 * when something changes. Source: reference 1.6; qmail 3.1, 3.2.
 */
#ifndef VM_CORE_CONTROL_FILE_H
#define VM_CORE_CONTROL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/status.h"

enum {
	VM_CONTROL_LINE_MAX = 4096,
	VM_CONTROL_FILE_MAX = 256 * 1024 * 1024, /* bytes of one file */
	VM_RCPTHOSTS_LINES = 50, /* from so many lines on, a new domain goes to morercpthosts */
};

/*
 * Makes qmail accept mail for these names and hand it to their users/assign lines: rcpthosts (or morercpthosts),
 * "NAME:NAME" in virtualdomains, and no line in locals. Names that are there already are left. `optimize` leaves
 * morercpthosts.cdb as it is (5.4's -O: the caller compiles once at the end).
 */
enum vm_status vm_control_add(const char *qmail_dir, const char *const *names, size_t count,
			      bool optimize, struct vm_error *err);

/* Takes the names out of rcpthosts, morercpthosts (both, with the cdb) and virtualdomains. Absent names are VM_OK. */
enum vm_status vm_control_remove(const char *qmail_dir, const char *const *names, size_t count,
				 struct vm_error *err);

/* Which of the files name this domain (vcheck). */
struct vm_control_presence {
	bool rcpthosts, morercpthosts, morercpthosts_cdb, virtualdomains, locals;
};

enum vm_status vm_control_find(const char *qmail_dir, const char *name,
			       struct vm_control_presence *out, struct vm_error *err);

/* Builds morercpthosts.cdb from morercpthosts, as qmail-newmrh does; removes it when there is no such file. */
enum vm_status vm_control_compile(const char *qmail_dir, struct vm_error *err);

#endif
