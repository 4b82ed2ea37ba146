/* What the files of the store share; nobody else includes it. */
#ifndef VM_AUTH_STORE_INTERNAL_H
#define VM_AUTH_STORE_INTERNAL_H

#include "auth/store.h"

struct vm_store {
	const struct vm_config *config;
	const struct vm_auth_module *module;
	struct vm_backend *backend; /* NULL while the engine cannot be reached */
	bool writable;
	struct vm_warning_hook warning;
	bool in_unit;                 /* vm_store_begin has opened a unit of work */
	struct vm_domain unit_domain; /* the unit's, as it was when the unit began */
	struct vm_arena unit_arena;
	/* A name of a domain that a database was asked for a moment ago; name[0] == '\0': none. */
	struct {
		char name[VM_DOMAIN_MAX + 1];
		char real[VM_DOMAIN_MAX + 1];
		char dir[VM_PATH_MAX + 1];
		uid_t uid;
		gid_t gid;
		int64_t since; /* vm_clock_monotonic_ms */
	} known;
};

/* After this process has changed domains. */
void vm_store_forget_known(struct vm_store *store);

/* Makes sure that there is an open backend; VM_TEMPFAIL while the engine is away. */
enum vm_status vm_store_ready(struct vm_store *store, struct vm_error *err);

/* The real name behind a domain or an alias of one, in the arena. */
enum vm_status vm_store_real_domain(struct vm_store *store, const char *name,
				    struct vm_arena *arena, struct vm_domain *out,
				    struct vm_error *err);

/* Takes the domains of users/assign, and limits in their folders, into a store with tables; may be run again. */
enum vm_status vm_store_import(struct vm_store *store, struct vm_error *err);

/* An open descriptor of V/etc, where the file forms of a host's groups are. VM_MISCONFIG when it is missing. */
enum vm_status vm_store_open_etc(const struct vm_store *store, int *out, struct vm_error *err);

#endif
