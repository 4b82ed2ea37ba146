/* Adds domains and aliases of domains: an ordered list of steps that is noted first. */
#ifndef VM_OPERATIONS_DOMAIN_CREATE_H
#define VM_OPERATIONS_DOMAIN_CREATE_H

#include "operations/context.h"
#include "util/secret.h"

struct vm_domain_request {
	const char *domain; /* parsed */
	const char *base;   /* its folder is BASE/domains/...; NULL = V */
	uid_t uid;
	gid_t gid;
	const struct vm_secret *password; /* of postmaster; unless without_postmaster */
	const char *quota;                /* of postmaster; NULL = the default */
	const char *catch_all;            /* see catch_all.h; NULL = setting new_domain_action */
	bool without_postmaster;          /* who calls brings the accounts */
	bool optimize;                    /* neither compile morercpthosts nor signal qmail-send */
};

/*
 * VM_EXISTS, VM_INVALID (field "domain"), VM_DENIED (field "password") with nothing left behind. After an
 * indefinite answer the note stays: the same call, or vcheck --repair, ends it.
 */
enum vm_status vm_domain_create(const struct vm_context *context,
				const struct vm_domain_request *request, struct vm_error *err);

/*
 * Ends what a command that was interrupted has left of this name. Then VM_EXISTS when there is such a domain, else VM_OK.
 * VM_TEMPFAIL also while another command is at work on it.
 */
enum vm_status vm_domain_make_way(const struct vm_context *context, const char *name,
				  struct vm_error *err);

/* Makes `alias` another name of the existing domain `real`. VM_EXISTS, VM_NOT_FOUND, VM_INVALID. */
enum vm_status vm_domain_add_alias(const struct vm_context *context, const char *alias,
				   const char *real, struct vm_error *err);

#endif
