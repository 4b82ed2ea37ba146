/* Where a command gets a password from: an operand, standard input, a prompt, or chance. */
#ifndef VM_CLI_PASSWORD_INPUT_H
#define VM_CLI_PASSWORD_INPUT_H

#include "cli/command.h"
#include "cli/password_prompt.h"

/* The options that every such command has. */
struct vm_password_options {
	bool from_stdin;
	struct vm_option_value random; /* -r, -rN */
};

struct vm_password_input {
	struct vm_secret password;
	bool is_random;
};

/*
 * `operand` (NULL when there was none) is overwritten in argv. `who` stands in the prompt of 5.4, which is asked twice
 * on the terminal until both answers are equal. VM_INVALID (field "password"): two sources at once, too long, a NUL;
 * VM_TEMPFAIL: no terminal to ask on.
 */
enum vm_status vm_password_input_get(struct vm_session *session,
				     const struct vm_password_options *options, char *operand,
				     const char *who, struct vm_password_input *out,
				     struct vm_error *err);

/* "Random password: X" when it was made by chance. */
void vm_password_input_show(struct vm_session *session, const struct vm_password_input *input);

#endif
