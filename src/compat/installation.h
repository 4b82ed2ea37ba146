/* The opaque handle of virtmail.h, and what the functions that take it share. */
#ifndef VM_COMPAT_INSTALLATION_H
#define VM_COMPAT_INSTALLATION_H

#include "operations/context.h"

/* The interface's own header is compiled against too. */
#include "virtmail.h"

/* Functions that clients call. */
#define VM_EXPORT __attribute__((visibility("default")))

struct vm_installation {
	struct vm_config config;
	struct vm_log log;
	struct vm_store *store;
	struct vm_context context;
};

/* Fits what one lookup finds. */
enum { VM_RECORD_ARENA_MAX = 1 << 20 };

/* Parses what a client gives as a name; NULL is VM_INVALID. An address without a domain gets the default one. */
enum vm_status vm_installation_domain(struct vm_installation *installation, const char *text,
				      char out[VM_DOMAIN_MAX + 1], struct vm_error *err);
enum vm_status vm_installation_address(struct vm_installation *installation, const char *text,
				       struct vm_address *out, struct vm_error *err);

/* The domain that a name means, with an arena for it. VM_NOT_FOUND ("domain"). */
enum vm_status vm_installation_find(struct vm_installation *installation, const char *name,
				    struct vm_arena *arena, struct vm_domain *out,
				    struct vm_error *err);

#endif
