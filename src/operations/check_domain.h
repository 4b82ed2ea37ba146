/* Finds, and mends, what an interruption or a hand edit left: the checks of vcheck. */
#ifndef VM_OPERATIONS_CHECK_DOMAIN_H
#define VM_OPERATIONS_CHECK_DOMAIN_H

#include "operations/context.h"

struct vm_finding {
	const char *kind;    /* "unfinished", "control", "assign", "home", "owner": for scripts */
	const char *subject; /* the domain or address */
	const char *text;    /* one line for people */
	bool is_repaired;
};

/* `found` hears of each finding; with `repair` after it was mended. */
struct vm_check {
	bool repair;
	void (*found)(void *context, const struct vm_finding *finding);
	void *context;
};

/*
 * One real domain: unfinished removals of accounts, its folder and owner, its lines in qmail's files, homes that are
 * missing. VM_OK also when something was found. VM_NOT_FOUND (field "domain"); indefinite when nobody can tell or a
 * repair failed. No mail is removed but that of an account whose removal had begun.
 */
enum vm_status vm_check_domain(const struct vm_context *context, const char *name,
			       const struct vm_check *check, struct vm_error *err);

/* What belongs to no single domain: notes about domains in V's folder, users/assign against its cdb. */
enum vm_status vm_check_installation(const struct vm_context *context, const struct vm_check *check,
				     struct vm_error *err);

#endif
