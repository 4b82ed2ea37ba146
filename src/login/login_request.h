/* What a server writes on fd 3: name NUL password NUL challenge NUL. Source: the checkpassword interface. */
#ifndef VM_LOGIN_LOGIN_REQUEST_H
#define VM_LOGIN_LOGIN_REQUEST_H

#include "util/secret.h"

enum { VM_LOGIN_INPUT_MAX = 4096, VM_LOGIN_NAME_MAX = 512, VM_LOGIN_CHALLENGE_MAX = 512 };

/* Why an input is no login. Each is a definite "no". */
enum vm_login_input {
	VM_LOGIN_INPUT_GOOD,
	VM_LOGIN_INPUT_NO_NAME,
	VM_LOGIN_INPUT_NO_PASSWORD,
	VM_LOGIN_INPUT_NAME_TOO_LONG,
	VM_LOGIN_INPUT_PASSWORD_TOO_LONG,
};

struct vm_login_request {
	char name[VM_LOGIN_NAME_MAX + 1]; /* as typed; "" when there was none */
	struct vm_secret response;
	char challenge[VM_LOGIN_CHALLENGE_MAX + 1]; /* "" when there was none */
};

/*
 * Takes the input apart. A last field without its NUL is complete; what follows the challenge is ignored. A
 * challenge that is too long is none: then no digest can match. length may pass VM_LOGIN_INPUT_MAX by what was
 * cut: such an input is too long in its last field.
 */
enum vm_login_input vm_login_request_parse(const char *bytes, size_t length,
					   struct vm_login_request *out);

#endif
