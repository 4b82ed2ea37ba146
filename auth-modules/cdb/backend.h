/* What the files of the cdb module share. */
#ifndef VM_CDB_BACKEND_H
#define VM_CDB_BACKEND_H

#include "auth/auth_module.h"
#include "base.h"
#include "cdb_fold.h"
#include "changes.h"
#include "core/assign_file.h"
#include "util/buf.h"
#include "util/cdb_file.h"
#include "util/file_lock.h"

/* A domain's folder, open. */
struct vm_cdb_domain {
	char name[VM_DOMAIN_MAX + 1];
	int folder; /* -1: not open */
};

/* An open unit of work: the lock is held, and what it reads cannot change under it. */
struct vm_cdb_unit {
	bool is_open;
	struct vm_cdb_domain domain;
	struct vm_file_lock lock;
	struct vm_changes pending; /* not written yet */
	struct vm_changes journal; /* what the file says */
	size_t journal_end;
	struct vm_cdb delta; /* fd -1: there is none */
	struct vm_cdb base;  /* fd -1: not opened, or not sane */
};

/* Delta and journal of the domain that was listed last, kept while the files stay the same. */
struct vm_cdb_overlay {
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_identity delta, journal;
	struct vm_changes changes; /* sorted */
	struct vm_identity
		sorted; /* the version of vpasswd that was read through and found in order */
};

struct vm_cdb_backend {
	struct vm_backend backend;
	struct vm_assign assign;
	struct vm_cdb_unit unit;
	struct vm_cdb_overlay overlay;
};

extern const struct vm_account_ops vm_cdb_account_ops;
extern const struct vm_domain_ops vm_cdb_domain_ops;
extern const struct vm_unit_ops vm_cdb_unit_ops;

/* The backend that the store holds. */
struct vm_cdb_backend *vm_cdb_backend_of(struct vm_backend *backend);

/*
 * Opens D of a real domain. VM_NOT_FOUND: no such domain. VM_TEMPFAIL: D is missing, or neither root nor its owner asks.
 */
enum vm_status vm_cdb_domain_open(struct vm_cdb_backend *backend, const char *name,
				  struct vm_cdb_domain *out, struct vm_error *err);
void vm_cdb_domain_close(struct vm_cdb_domain *domain);

/* Is a unit open on this domain? */
bool vm_cdb_unit_covers(const struct vm_cdb_backend *backend, const char *domain);

/* One account as the open unit sees it, its own changes first: the fields in the arena. VM_NOT_FOUND. */
enum vm_status vm_cdb_unit_find(struct vm_cdb_unit *unit, const char *user, struct vm_arena *arena,
				char **fields, size_t *length, struct vm_error *err);

/* How many accounts the domain has, with the changes of an open unit. */
enum vm_status vm_cdb_count(struct vm_cdb_backend *backend, const char *domain, uint64_t *out,
			    struct vm_error *err);

enum vm_status vm_cdb_list(struct vm_backend *backend, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_account_list *out,
			   struct vm_error *err);

/* The slot of the module. */
enum vm_status vm_cdb_fold(struct vm_backend *backend, const char *domain, struct vm_error *err);

/* The slot of the module. */
enum vm_status vm_cdb_check(struct vm_backend *backend, const char *domain,
			    const struct vm_check *check, struct vm_error *err);

void vm_cdb_overlay_release(struct vm_cdb_overlay *overlay);

#endif
