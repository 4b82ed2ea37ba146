/* Puts one message into every mailbox of a domain, so that an interrupted run can be gone on with. */
#ifndef VM_OPERATIONS_BULLETIN_H
#define VM_OPERATIONS_BULLETIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "operations/context.h"

enum vm_bulletin_way {
	VM_BULLETIN_COPY, /* with "To: user@domain" and, unless there is one, "Date:" before it */
	VM_BULLETIN_HARD_LINK,     /* one file for many mailboxes */
	VM_BULLETIN_SYMBOLIC_LINK, /* to the caller's file, which has to stay */
};

enum vm_bulletin_event {
	VM_BULLETIN_DELIVERED,
	VM_BULLETIN_THERE, /* the interrupted run had delivered it */
	VM_BULLETIN_EXCLUDED,
	VM_BULLETIN_FAILED, /* err says why */
	VM_BULLETIN_LISTED, /* dry run */
};

struct vm_bulletin {
	enum vm_bulletin_way way;
	const char *text; /* the message */
	size_t length;
	const char *path; /* absolute; of a symbolic link */
	bool is_dry_run;
	bool begins_anew; /* what an interrupted run has done is forgotten */
	/* NULL: nobody is excluded. */
	bool (*is_excluded)(void *caller, struct vm_name name);
	void (*tell)(void *caller, enum vm_bulletin_event event, struct vm_name name,
		     const struct vm_error *err);
	void *caller;
};

/*
 * Delivers to every account of the domain that is not excluded, past quotas and .qmail files, as 5.4 does; missing homes are
 * made. What is told as delivered, and all of it after VM_OK, survives a power cut. How far it has come is noted in
 * D/.bulletin-ID, where ID stands for the message and the way: called again, it goes on there, and nobody gets the message
 * twice unless he removed it while the thousands that were under way with his were not noted yet. An account that fails is
 * told and noted, and tried first by the next call; too many of them end the run with VM_TEMPFAIL.
 * Once it is at the end it does nothing more until vm_bulletin_forget(). The caller is the domain's owner.
 */
enum vm_status vm_bulletin_deliver(const struct vm_context *context, const struct vm_domain *domain,
				   const struct vm_bulletin *bulletin, struct vm_error *err);

/* The run is over in all domains: the notes go. */
enum vm_status vm_bulletin_forget(const struct vm_domain *domain,
				  const struct vm_bulletin *bulletin, struct vm_error *err);

#endif
