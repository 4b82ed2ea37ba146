/* One line of vpasswd: name:hash:kind:flags:comment:home:quota[:clear]. Source: reference 1.1; docs/man/vpasswd.5. */
#ifndef VM_CORE_PASSWD_LINE_H
#define VM_CORE_PASSWD_LINE_H

#include <stddef.h>

#include "core/account.h"
#include "util/buf.h"
#include "util/status.h"

enum { VM_PASSWD_LINE_MAX = 4096 }; /* bytes, LF not counted */

/*
 * Cuts one line (without its LF, NUL-terminated, `length` bytes) into fields, in place: the text of *out points into
 * it. Missing trailing fields are empty; the clear field is the rest of the line and may hold ':'. The domain of *out
 * is set to "". VM_INVALID "line N: ..." when the line is damaged: no name, no ':', a control byte (NUL too), a name,
 * hash or home that is too long, kind or flags that are no numbers, a home that is not absolute.
 */
enum vm_status vm_passwd_line_parse(char *line, size_t length, size_t number,
				    struct vm_account *out, struct vm_error *err);

/* The same for what stands behind "name:", which is the data of a vpasswd.cdb record. `user` is borrowed. */
enum vm_status vm_passwd_fields_parse(const char *user, char *fields, size_t length,
				      struct vm_account *out, struct vm_error *err);

/*
 * Appends the line without LF; seven fields when there is no clear password, else eight. Values that would break the
 * line are VM_INVALID, naming the field (vm_account_check).
 */
enum vm_status vm_passwd_line_print(const struct vm_account *account, struct vm_buf *out,
				    struct vm_error *err);

#endif
