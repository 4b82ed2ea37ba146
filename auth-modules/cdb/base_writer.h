/* Writes new base files from old ones and a set of changes. */
#ifndef VM_CDB_BASE_WRITER_H
#define VM_CDB_BASE_WRITER_H

#include "base.h"
#include "changes.h"
#include "util/file_replace.h"

/* New base files that nobody sees yet. */
struct vm_base_writer {
	struct vm_file_replace text, cdb, sidecar;
	struct vm_base_record record; /* of the new files */
	size_t repeated; /* lines of the old vpasswd that were dropped: their names came twice */
};

/*
 * Writes vpasswd and vpasswd.cdb with the changes (sorted) merged into what the cursor reads, and the sidecar when the
 * new vpasswd is not small. VM_MISCONFIG as vm_base_cursor_next. Nothing is left behind by a failure.
 */
enum vm_status vm_base_writer_build(struct vm_base_writer *writer, int folder,
				    struct vm_base_cursor *cursor, const struct vm_changes *changes,
				    struct vm_error *err);

/* Syncs the temp files early, so that publishing has little left to do. */
enum vm_status vm_base_writer_sync(struct vm_base_writer *writer, struct vm_error *err);

/* Publishes all of them: first vpasswd, then vpasswd.cdb, then the sidecar (an old one goes when there is no new one). */
enum vm_status vm_base_writer_publish(struct vm_base_writer *writer, struct vm_error *err);

/* Drops what is not published; harmless afterwards. */
void vm_base_writer_abort(struct vm_base_writer *writer);

#endif
