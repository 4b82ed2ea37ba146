/* The file that a command reads: named, or standard input. */
#ifndef VM_CLI_INPUT_FILE_H
#define VM_CLI_INPUT_FILE_H

#include "util/status.h"

/*
 * Opens the file for reading; "-" is standard input. A name that cannot be opened is the caller's mistake: VM_INVALID with
 * the field; only a disk or a shortage is VM_TEMPFAIL.
 */
enum vm_status vm_input_open(const char *name, const char *field, int *fd, struct vm_error *err);

/*
 * In the place of *fd a copy in memory, for input that is read twice: it may be a pipe, and clear passwords belong on no
 * disk. Its position is its end.
 */
enum vm_status vm_input_copy(int *fd, const char *name, struct vm_error *err);

/* Back to the beginning. */
enum vm_status vm_input_rewind(int fd, const char *name, struct vm_error *err);

#endif
