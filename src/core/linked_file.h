/* Files of a domain's folder that may be links: ezmlm links a list's files into it. */
#ifndef VM_CORE_LINKED_FILE_H
#define VM_CORE_LINKED_FILE_H

#include "util/buf.h"
#include "util/status.h"

/*
 * Reads the file `path`, which is in the folder `dir`; a link must lead to a file below that folder. VM_NOT_FOUND: no such
 * file. VM_DENIED: a link that leads out.
 */
enum vm_status vm_linked_file_read(const char *dir, const char *path, struct vm_buf *text,
				   struct vm_error *err);

#endif
