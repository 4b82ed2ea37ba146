/* Counts what a Maildir and its folders hold. */
#ifndef VM_CORE_MAILDIR_COUNT_H
#define VM_CORE_MAILDIR_COUNT_H

#include <stdint.h>

#include "core/account.h"
#include "util/status.h"

/* No sum of bytes passes this, whatever names say: what is added to it later cannot overflow either. */
#define VM_MAILDIR_BYTES_MAX (INT64_MAX / 4)

/*
 * new and cur of the Maildir (an open descriptor) and of each .folder but .Trash; files with flag T do not count;
 * ",S=" is believed, else the file's size counts. Files that vanish meanwhile do not.
 */
enum vm_status vm_maildir_count(int maildir, struct vm_usage *out, struct vm_error *err);

#endif
