/* One change of users/assign and its cdb under their lock: what the files of core that change them share. */
#ifndef VM_CORE_ASSIGN_FILES_H
#define VM_CORE_ASSIGN_FILES_H

#include <stdbool.h>

#include "core/assign_file.h"
#include "util/buf.h"
#include "util/file_lock.h"

struct vm_assign_files {
	int folder;
	struct vm_file_lock lock;
	struct vm_buf old_text,
		new_text; /* what is there ("" for no file), and room for what will be */
};

/* Locks and reads; to be closed also after a failure. */
enum vm_status vm_assign_files_open(struct vm_assign_files *files, const struct vm_assign *assign,
				    struct vm_error *err);
void vm_assign_files_close(struct vm_assign_files *files);

/* Publishes the text (when write_text) and its cdb, the text first: the cdb can be made from it again. */
enum vm_status vm_assign_files_publish(const struct vm_assign_files *files,
				       const struct vm_assign *assign, const struct vm_buf *text,
				       bool write_text, struct vm_error *err);

/* vm_assign_verify() under the lock that is held. */
enum vm_status vm_assign_files_verify(const struct vm_assign *assign, struct vm_assign_files *files,
				      struct vm_error *err);

/* VM_INVALID about the file's text becomes `blame`: a damaged file is not the caller's fault, and no answer. */
enum vm_status vm_assign_files_blame(enum vm_status status, enum vm_status blame,
				     struct vm_error *err);

#endif
