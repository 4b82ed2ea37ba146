/* vadduser --batch: adds the accounts of a file. */
#ifndef VM_CLI_VADDUSER_BATCH_H
#define VM_CLI_VADDUSER_BATCH_H

#include "cli/command.h"

struct vm_batch_options {
	const char *file; /* "-": standard input */
	bool lazy_home;
	bool stop_on_error; /* all or none */
};

/*
 * JSON lines or CSV (see vadduser(8)). Accounts that follow one another in the same domain are added in one unit of work.
 * With stop_on_error the file is rehearsed first, and nothing is added unless all can be.
 * One line on standard error for each failure; a progress line when standard error is a terminal. VM_OK when all were
 * added, VM_DENIED when some were not, or what ended it.
 */
enum vm_status vm_batch_add(struct vm_session *session, const struct vm_batch_options *options,
			    struct vm_error *err);

#endif
