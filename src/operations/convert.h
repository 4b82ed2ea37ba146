/* Brings the records of one store into another, or compares the two. Folders and mail stay where they are. */
#ifndef VM_OPERATIONS_CONVERT_H
#define VM_OPERATIONS_CONVERT_H

#include "auth/store.h"
#include "core/config.h"

enum vm_convert_mode {
	VM_CONVERT_WRITE,    /* what is missing there is added */
	VM_CONVERT_REHEARSE, /* the same is counted, nothing is changed */
	VM_CONVERT_VERIFY,   /* what is not the same is told, nothing is changed */
};

enum vm_convert_kind {
	VM_CONVERT_DOMAIN, /* and aliases of domains */
	VM_CONVERT_LIMITS,
	VM_CONVERT_ACCOUNT,
	VM_CONVERT_LOGIN,
	VM_CONVERT_ALIAS, /* one for each line */
	VM_CONVERT_DIRS,
	VM_CONVERT_IP_MAP,
	VM_CONVERT_VACATION, /* only an import has it */
	VM_CONVERT_KINDS,
};

enum vm_convert_outcome {
	VM_CONVERT_EQUAL,
	VM_CONVERT_ADDED,
	VM_CONVERT_REPLACED,
	VM_CONVERT_REMOVED,
	VM_CONVERT_DIFFERENT, /* and left so */
	VM_CONVERT_FAILED,    /* the target will never take it */
	VM_CONVERT_SKIPPED,   /* left out by a rule; only an import does so */
	VM_CONVERT_OUTCOMES,
};

struct vm_convert_counts {
	uint64_t number[VM_CONVERT_KINDS][VM_CONVERT_OUTCOMES];
};

/* One record that is not equal. */
struct vm_convert_event {
	enum vm_convert_kind kind;
	enum vm_convert_outcome outcome;
	const char *subject; /* "joe@example.org" */
	const char *text;    /* why, or what differs; "" where the outcome says all */
};

struct vm_convert {
	const struct vm_config *config;
	struct vm_store *from, *to; /* from: NULL where a file is taken in (operations/import.h) */
	enum vm_convert_mode mode;
	bool overwrite; /* what differs becomes as it is in `from`, what only `to` has goes */
	struct vm_convert_counts *counts;
	/* All below may be called at any time; context is theirs. */
	bool (*selects)(void *context, const char *domain); /* a real domain; NULL: all */
	/* Has vm_convert_records called, as the owner of the domain. Other than VM_OK ends the run. */
	enum vm_status (*records)(void *context, const char *domain, struct vm_error *err);
	void (*tell)(void *context, const struct vm_convert_event *event);
	void (*progress)(void *context); /* the counts have grown */
	void *context;
};

/*
 * Converts or compares the names of the selected domains, has their records done, then the aliases of domains, and the IP
 * map. Can be run again after any end and goes on: what is there and equal is passed over. Accounts compare as
 * they are read (so that what cdb calls 1 and SQL 0 is one kind), in any order, and a target that keeps no clear password
 * is no difference. VM_OK whatever the counts say; an indefinite status when nobody can tell now.
 */
enum vm_status vm_convert_run(const struct vm_convert *convert, struct vm_error *err);

/*
 * Limits, accounts, last logins, aliases and big-dir record of one real domain, accounts page by page in bounded memory.
 * What both stores leave to the same files is passed over. Usage is only carried from tables to files, for the domain.
 */
enum vm_status vm_convert_records(const struct vm_convert *convert, const char *domain,
				  struct vm_error *err);

#endif
