/* A password from a person at the terminal, or from a descriptor. */
#ifndef VM_CLI_PASSWORD_PROMPT_H
#define VM_CLI_PASSWORD_PROMPT_H

#include "util/secret.h"
#include "util/status.h"

/* One line without its end. VM_INVALID (field "password"): nothing at all, longer than VM_SECRET_MAX, a NUL. */
enum vm_status vm_password_read(int fd, struct vm_secret *out, struct vm_error *err);

/* Asks once, e.g. for a password that is to be verified. VM_TEMPFAIL: no terminal to ask on. */
enum vm_status vm_password_prompt(const char *prompt, struct vm_secret *out, struct vm_error *err);

#endif
