/* Takes the bytes of fd 3 apart. */
#include "config.h"

#include "login/login_request.h"

#include <string.h>

struct field {
	const char *bytes;
	size_t length;
	bool present;
};

static struct field next_field(const char **at, const char *end)
{
	struct field field = { *at, 0, *at < end };
	const char *nul = field.present ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;

	field.length = (size_t)((nul != NULL ? nul : end) - *at);
	*at = nul != NULL ? nul + 1 : end;
	return field;
}

enum vm_login_input vm_login_request_parse(const char *bytes, size_t length,
					   struct vm_login_request *out)
{
	const char *at = bytes;
	const char *end = bytes + length;
	struct field name, password, challenge;

	memset(out, 0, sizeof(*out));
	name = next_field(&at, end);
	password = next_field(&at, end);
	challenge = next_field(&at, end);
	if (!name.present || name.length == 0)
		return VM_LOGIN_INPUT_NO_NAME;
	if (name.length > VM_LOGIN_NAME_MAX) {
		memcpy(out->name, name.bytes, VM_LOGIN_NAME_MAX);
		return VM_LOGIN_INPUT_NAME_TOO_LONG;
	}
	memcpy(out->name, name.bytes, name.length);
	if (!password.present || password.length == 0)
		return VM_LOGIN_INPUT_NO_PASSWORD;
	if (!vm_secret_set(&out->response, password.bytes, password.length))
		return VM_LOGIN_INPUT_PASSWORD_TOO_LONG;
	if (challenge.length <= VM_LOGIN_CHALLENGE_MAX)
		memcpy(out->challenge, challenge.bytes, challenge.length);
	return VM_LOGIN_INPUT_GOOD;
}
