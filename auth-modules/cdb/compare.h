/* Compares the two base files, vpasswd and vpasswd.cdb, line by line in constant memory. */
#ifndef VM_CDB_COMPARE_H
#define VM_CDB_COMPARE_H

#include "core/account.h"
#include "identity.h"
#include "util/status.h"

enum vm_base_state {
	VM_BASE_ABSENT,
	VM_BASE_EMPTY, /* nothing in it */
	VM_BASE_DAMAGED,
	VM_BASE_WHOLE,
};

struct vm_base_comparison {
	enum vm_base_state text, cdb;
	struct vm_identity version; /* of vpasswd */
	bool is_disordered;         /* names of vpasswd out of order */
	uint64_t repeated;          /* lines of vpasswd whose name came before */
	uint64_t
		different; /* lines that vpasswd.cdb lacks or has otherwise, and records without a line */
	char first[VM_USER_MAX +
		   1]; /* of the different ones, "" when it is a record without a line */
	char why[VM_ERROR_TEXT_MAX]; /* of a damaged vpasswd */
};

/*
 * Looks only where our last fold did not write both. Files that others change meanwhile are looked at again; when they keep
 * changing nothing is said to be different. VM_OK unless a file cannot be read.
 */
enum vm_status vm_base_compare(int folder, struct vm_base_comparison *out, struct vm_error *err);

/* Writes vpasswd anew from a whole vpasswd.cdb, in its order. .vpasswd.lock is held. */
enum vm_status vm_base_restore(int folder, struct vm_error *err);

#endif
