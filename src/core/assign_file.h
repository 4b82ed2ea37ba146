/*
 * Q/users/assign and the cdb that qmail reads, which we build ourselves in qmail-newu's format. Both are rewritten
 * whole and synced at each change, because programs that are not ours read them. Source: reference 1.5; qmail 4.1.
 */
#ifndef VM_CORE_ASSIGN_FILE_H
#define VM_CORE_ASSIGN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/account.h"
#include "util/arena.h"
#include "util/status.h"

/* Where the files are. Borrowed text. */
struct vm_assign {
	const char *qmail_dir; /* Q */
	const char *cdb_name;  /* below Q/users: "cdb", or "assign.cdb" for s/qmail */
};

/*
 * The domain line behind a name, looked up in the cdb (key "!NAME-"). A cdb that is missing or not sane is never an
 * answer: then users/assign answers if it is whole. Neither file there: VM_NOT_FOUND. VM_TEMPFAIL when nobody can tell.
 */
enum vm_status vm_assign_lookup(const struct vm_assign *assign, const char *name,
				struct vm_arena *arena, struct vm_domain_entry *out,
				struct vm_error *err);

/*
 * Adds a domain line (real == name: a domain, else an alias of an existing one). VM_EXISTS when the name is served
 * already; a line that an interrupted command left without its cdb record is completed. Takes Q/users/assign.lock.
 * Lines of others are kept; lines out of order are sorted; VM_MISCONFIG names the line when the file is damaged.
 */
enum vm_status vm_assign_add(const struct vm_assign *assign, const struct vm_domain_entry *entry,
			     struct vm_error *err);

/* As add, but a line of this name that is there is replaced (vcheck). */
enum vm_status vm_assign_put(const struct vm_assign *assign, const struct vm_domain_entry *entry,
			     struct vm_error *err);

/* Removes the lines of all these names at once. VM_NOT_FOUND when none of them was there. */
enum vm_status vm_assign_remove(const struct vm_assign *assign, const char *const *names,
				size_t count, struct vm_error *err);

/*
 * Domain lines by name in byte order, after `after`, at most `limit`; real != NULL: only the aliases of that domain.
 * Read from users/assign; VM_MISCONFIG when it is damaged.
 */
enum vm_status vm_assign_list(const struct vm_assign *assign, const char *real, const char *after,
			      size_t limit, struct vm_arena *arena, struct vm_domain_list *out,
			      struct vm_error *err);

struct vm_assign_wanted;

/* Only compares; writes; writes whatever is lost by it. */
enum vm_sync_mode { VM_SYNC_LOOK, VM_SYNC_WRITE, VM_SYNC_FORCE };

/*
 * Makes the domain lines what `wanted` says (assign_text.h), for hosts whose domains are kept elsewhere. Nothing is written
 * when nothing changes and the cdb is right. VM_DENIED, and nothing changed: more than a tenth of the lines, or all of
 * them, would go by VM_SYNC_WRITE; wanted->removed says how many.
 */
enum vm_status vm_assign_sync(const struct vm_assign *assign, struct vm_assign_wanted *wanted,
			      enum vm_sync_mode mode, struct vm_error *err);

/* Builds the cdb anew from users/assign, as qmail-newu does. */
enum vm_status vm_assign_compile(const struct vm_assign *assign, struct vm_error *err);

/* VM_OK when the cdb holds exactly what users/assign says; VM_INVALID and why when it does not (vcheck). */
enum vm_status vm_assign_verify(const struct vm_assign *assign, struct vm_error *err);

#endif
