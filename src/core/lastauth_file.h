/* The last login of an account: HOME/lastauth, whose text is where from and whose mtime is when. Source: reference 1.10. */
#ifndef VM_CORE_LASTAUTH_FILE_H
#define VM_CORE_LASTAUTH_FILE_H

#include "core/account.h"
#include "util/status.h"

/* Replaces the file, not synced, mtime = login->when. VM_NOT_FOUND: no such home. */
enum vm_status vm_lastauth_file_put(const char *home, const struct vm_last_login *login,
				    struct vm_error *err);

/* VM_OK with when == 0 when there is no file, also when there is no home yet. */
enum vm_status vm_lastauth_file_get(const char *home, struct vm_last_login *out,
				    struct vm_error *err);

#endif
