/* All names that are served, with what qmail's control files say of each: what the checks compare with. */
#ifndef VM_OPERATIONS_DOMAIN_NAMES_H
#define VM_OPERATIONS_DOMAIN_NAMES_H

#include "core/control_file.h"
#include "operations/context.h"

struct vm_domain_names {
	struct vm_arena arena; /* owns the texts */
	const char **names;    /* sorted by strcmp; the next two go with it */
	struct vm_domain_entry *entries;
	struct vm_control_presence *presence;
	size_t count;
	const char **strays; /* "NAME:NAME" in virtualdomains, and not served */
	size_t stray_count;
	const char **lost; /* not served, and should be: added by the check of folders */
	size_t lost_count;
};

/*
 * Reads the names of the store and then the control files; `only` (may be NULL) keeps that domain and its aliases alone, and
 * no strays. To be released also after a failure.
 */
enum vm_status vm_domain_names_load(const struct vm_context *context, const char *only,
				    struct vm_domain_names *out, struct vm_error *err);
void vm_domain_names_release(struct vm_domain_names *names);

/* The place of a name, or `count` when it is not served. */
size_t vm_domain_names_find(const struct vm_domain_names *names, const char *name);

enum vm_status vm_domain_names_add_lost(struct vm_domain_names *names, const char *name,
					struct vm_error *err);
bool vm_domain_names_is_lost(const struct vm_domain_names *names, const char *name);

bool vm_domain_names_is_stray(const struct vm_domain_names *names, const char *name);

#endif
