/*
 * The delta of a domain: the level between journal and base files, a cdb of changed accounts, sorted by name. A record's
 * data is the letter of the change and the fields; the record with the empty key says which base it counts from and by how
 * much it raises the number of accounts. It is replaced whole, never changed. See vpasswd(5).
 */
#ifndef VM_CDB_DELTA_H
#define VM_CDB_DELTA_H

#include "changes.h"
#include "identity.h"
#include "util/cdb_file.h"

#define VM_DELTA_NAME ".vpasswd.delta.cdb"

/* The record with the empty key. */
struct vm_delta_meta {
	struct vm_identity base; /* of vpasswd */
	int64_t net;
};

/* Opens it; absent is VM_OK with delta->fd == -1. A delta that is not sane is VM_TEMPFAIL: it holds what nothing else does. */
enum vm_status vm_delta_open(int folder, struct vm_cdb *delta, struct vm_error *err);

/* VM_NOT_FOUND when the delta says nothing of the name. The fields live in the arena, followed by a NUL. */
enum vm_status vm_delta_find(struct vm_cdb *delta, const char *user, struct vm_arena *arena,
			     struct vm_change *out, struct vm_error *err);

/* Walks in byte order of the names; the texts are valid until the next call. VM_NOT_FOUND at the end. */
enum vm_status vm_delta_next(struct vm_cdb *delta, uint32_t *position, struct vm_change *out,
			     struct vm_error *err);

enum vm_status vm_delta_meta(struct vm_cdb *delta, struct vm_delta_meta *out, struct vm_error *err);

/* All of it into an empty or older set. */
enum vm_status vm_delta_load(struct vm_cdb *delta, struct vm_changes *changes,
			     struct vm_error *err);

/* Publishes the set (sorted here) as the delta, synced. */
enum vm_status vm_delta_write(int folder, struct vm_changes *changes,
			      const struct vm_identity *base, struct vm_error *err);

#endif
