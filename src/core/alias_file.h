/* Aliases in files: D/.qmail-NAME, one destination a line, '.' of the name written as ':'. Source: reference 1.12. */
#ifndef VM_CORE_ALIAS_FILE_H
#define VM_CORE_ALIAS_FILE_H

#include <stddef.h>

#include "core/account.h"
#include "util/arena.h"
#include "util/status.h"

/*
 * `folder` is an open descriptor of D. Results live in the arena; line ends and trailing blanks are cut, empty lines
 * left out. A file that is there and cannot be read is VM_TEMPFAIL, never VM_NOT_FOUND.
 */

/* All lines of one alias. VM_NOT_FOUND: no such file. */
enum vm_status vm_alias_file_get(int folder, struct vm_name name, struct vm_arena *arena,
				 struct vm_alias_list *out, struct vm_error *err);

/*
 * Adds a line at the end; locked (.qmail-alias.lock), replaced, 0600. VM_EXISTS for an exact duplicate; VM_INVALID
 * for an empty line, a control byte, more than VM_ALIAS_LINE_MAX bytes, or the name "default".
 */
enum vm_status vm_alias_file_insert(int folder, const struct vm_alias *alias, struct vm_error *err);

/* Removes one line (the last one takes the file with it), or the file when line == NULL. VM_NOT_FOUND. */
enum vm_status vm_alias_file_remove(int folder, struct vm_name name, const char *line,
				    struct vm_error *err);

/*
 * Aliases by name, after `after`, until `limit` lines are passed; never parts an alias. .qmail-default and symlinks
 * (ezmlm's) are left out.
 */
enum vm_status vm_alias_file_list(int folder, const char *domain, const char *after, size_t limit,
				  struct vm_arena *arena, struct vm_alias_list *out,
				  struct vm_error *err);

#endif
