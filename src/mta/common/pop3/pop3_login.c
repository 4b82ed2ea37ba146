/* The AUTHORIZATION state of POP3. */
#include "config.h"

#include "mta/common/pop3/pop3_login.h"

#include <string.h>

#include "mta/common/pop3/pop3_command.h"
#include "util/clock.h"
#include "util/digest.h"
#include "util/text.h"

enum { MISTAKES_MAX = 20, NONCE_BYTES = 8, PLAIN_MAX = 2 * VM_POP3_NAME_MAX + VM_SECRET_MAX + 2 };
enum { EXIT_LATER = 111 };

typedef enum vm_pop3_action command_function(struct vm_pop3_login *, const struct vm_pop3_request *,
					     struct vm_buf *);

static enum vm_pop3_action refuse(struct vm_pop3_login *login, const char *why,
				  struct vm_buf *reply)
{
	vm_buf_printf(reply, "-ERR %s\r\n", why);
	return ++login->mistakes > MISTAKES_MAX ? VM_POP3_END : VM_POP3_GO_ON;
}

static enum vm_pop3_action ok(struct vm_buf *reply)
{
	vm_buf_append_text(reply, "+OK \r\n");
	return VM_POP3_GO_ON;
}

static bool may_log_in(const struct vm_pop3_login *login)
{
	return login->tls_active || !login->tls_required;
}

static enum vm_pop3_action ask_for_tls(struct vm_pop3_login *login, struct vm_buf *reply)
{
	return refuse(login, "[SYS/PERM] this server takes passwords after STLS only", reply);
}

static void forget(struct vm_pop3_login *login)
{
	login->has_name = false;
	login->in_auth = false;
	login->name[0] = '\0';
	vm_secret_wipe(&login->response);
}

static bool set_name(struct vm_pop3_login *login, const char *name, size_t length)
{
	if (length == 0 || length > VM_POP3_NAME_MAX)
		return false;
	memcpy(login->name, name, length);
	login->name[length] = '\0';
	return true;
}

static enum vm_pop3_action do_user(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	if (!may_log_in(login))
		return ask_for_tls(login, reply);
	login->has_name = set_name(login, request->argument, request->argument_length);
	return login->has_name ? ok(reply) : refuse(login, "syntax error", reply);
}

static enum vm_pop3_action do_pass(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	if (!login->has_name)
		return refuse(login, "USER first", reply);
	if (request->argument_length == 0 ||
	    !vm_secret_set(&login->response, request->argument, request->argument_length))
		return refuse(login, "syntax error", reply);
	login->with_challenge = false;
	return VM_POP3_CHECK;
}

static enum vm_pop3_action do_apop(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	/* The digest is the last word; the name may hold blanks. */
	const char *digest = strrchr(request->argument, ' ');

	if (!may_log_in(login))
		return ask_for_tls(login, reply);
	if (digest == NULL ||
	    !set_name(login, request->argument, (size_t)(digest - request->argument)) ||
	    digest[1] == '\0' || !vm_secret_set(&login->response, digest + 1, strlen(digest + 1)))
		return refuse(login, "syntax error", reply);
	login->with_challenge = true;
	return VM_POP3_CHECK;
}

/* authorization-id NUL authentication-id NUL password, in base64 (RFC 4616). */
static enum vm_pop3_action take_plain(struct vm_pop3_login *login, const char *base64,
				      size_t base64_length, struct vm_buf *reply)
{
	char text[PLAIN_MAX + 1];
	const char *name, *password, *end;
	enum vm_pop3_action action;
	size_t length = 0;

	if (!vm_base64_decode(base64, base64_length, text, PLAIN_MAX, &length))
		return refuse(login, "[AUTH] invalid base64", reply);
	text[length] = '\0';
	end = text + length;
	name = memchr(text, '\0', length);
	password = name != NULL ? memchr(name + 1, '\0', (size_t)(end - name - 1)) : NULL;
	/* To act for another user is not offered. */
	if (password == NULL || (text[0] != '\0' && strcmp(text, name + 1) != 0) ||
	    !set_name(login, name + 1, strlen(name + 1)) || password + 1 == end ||
	    !vm_secret_set(&login->response, password + 1, (size_t)(end - password - 1))) {
		action = refuse(login, "[AUTH] invalid credentials", reply);
	} else {
		login->with_challenge = false;
		action = VM_POP3_CHECK;
	}
	vm_wipe(text, sizeof(text));
	return action;
}

static enum vm_pop3_action do_auth(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	const char *rest = strchr(request->argument, ' ');
	const size_t length = strcspn(request->argument, " ");
	char mechanism[sizeof("PLAIN")];

	if (!may_log_in(login))
		return ask_for_tls(login, reply);
	if (request->argument_length == 0) {
		vm_buf_append_text(reply, "+OK \r\nPLAIN\r\n.\r\n");
		return VM_POP3_GO_ON;
	}
	if (length >= sizeof(mechanism))
		return refuse(login, "mechanism not supported", reply);
	memcpy(mechanism, request->argument, length);
	mechanism[length] = '\0';
	if (!vm_text_equals_nocase(mechanism, "PLAIN"))
		return refuse(login, "mechanism not supported", reply);
	if (rest != NULL)
		return take_plain(login, rest + 1, strlen(rest + 1), reply);
	login->in_auth = true;
	vm_buf_append_text(reply, "+ \r\n");
	return VM_POP3_GO_ON;
}

static enum vm_pop3_action do_capa(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	(void)request;
	vm_buf_append_text(reply, "+OK \r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"
				  "PIPELINING\r\nEXPIRE NEVER\r\n");
	vm_buf_printf(reply, "LOGIN-DELAY %u\r\nUTF8%s\r\n", login->login_delay,
		      login->utf8_names ? " USER" : "");
	if (may_log_in(login))
		vm_buf_append_text(reply, "USER\r\nSASL PLAIN\r\n");
	if (login->tls_offered && !login->tls_active)
		vm_buf_append_text(reply, "STLS\r\n");
	vm_buf_append_text(reply, "IMPLEMENTATION Virtmail\r\n.\r\n");
	return VM_POP3_GO_ON;
}

static enum vm_pop3_action do_stls(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	if (request->argument_length > 0)
		return refuse(login, "syntax error", reply);
	if (login->tls_active)
		return refuse(login, "TLS is active already", reply);
	if (!login->tls_offered)
		return refuse(login, "TLS is not configured", reply);
	vm_buf_append_text(reply, "+OK begin TLS\r\n");
	return VM_POP3_START_TLS;
}

static enum vm_pop3_action do_ok(struct vm_pop3_login *login, const struct vm_pop3_request *request,
				 struct vm_buf *reply)
{
	(void)login;
	(void)request;
	return ok(reply);
}

static enum vm_pop3_action do_quit(struct vm_pop3_login *login,
				   const struct vm_pop3_request *request, struct vm_buf *reply)
{
	(void)login;
	(void)request;
	vm_buf_append_text(reply, "+OK \r\n");
	return VM_POP3_END;
}

static const struct {
	enum vm_pop3_verb verb;
	command_function *run;
} commands[] = {
	{ VM_POP3_APOP, do_apop }, { VM_POP3_AUTH, do_auth }, { VM_POP3_CAPA, do_capa },
	{ VM_POP3_NOOP, do_ok },   { VM_POP3_PASS, do_pass }, { VM_POP3_QUIT, do_quit },
	{ VM_POP3_STLS, do_stls }, { VM_POP3_USER, do_user }, { VM_POP3_UTF8, do_ok },
};

enum vm_pop3_action vm_pop3_login_line(struct vm_pop3_login *login, char *line, size_t length,
				       struct vm_buf *reply)
{
	struct vm_pop3_request request;
	enum vm_pop3_action action;

	if (login->in_auth) {
		login->in_auth = false;
		if (length > 0 && line[length - 1] == '\r')
			line[--length] = '\0';
		action = strcmp(line, "*") == 0 ? refuse(login, "cancelled", reply)
						: take_plain(login, line, length, reply);
		vm_wipe(line, length);
		return action;
	}
	vm_pop3_decode(line, length, &request);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].verb != request.verb)
			continue;
		action = commands[i].run(login, &request, reply);
		if (action == VM_POP3_CHECK)
			vm_wipe(line, length);
		return action;
	}
	return refuse(login, "authorization first", reply);
}

enum vm_pop3_action vm_pop3_login_long_line(struct vm_pop3_login *login, struct vm_buf *reply)
{
	login->in_auth = false;
	return refuse(login, "line too long", reply);
}

enum vm_pop3_action vm_pop3_login_refused(struct vm_pop3_login *login, int code,
					  struct vm_buf *reply)
{
	forget(login);
	if (code == EXIT_LATER || code < 0)
		return refuse(login, "[SYS/TEMP] try again later", reply);
	if (login->tries_left > 0)
		login->tries_left--;
	vm_buf_append_text(reply, "-ERR [AUTH] authorization failed\r\n");
	return login->tries_left > 0 ? VM_POP3_GO_ON : VM_POP3_END;
}

void vm_pop3_login_tls_started(struct vm_pop3_login *login)
{
	forget(login);
	login->tls_active = true;
}

bool vm_pop3_login_make_challenge(const char *host, char *out, size_t size)
{
	unsigned char nonce[NONCE_BYTES];
	uint64_t number = 0;

	if (!vm_random_bytes(nonce, sizeof(nonce)))
		return false;
	for (size_t i = 0; i < sizeof(nonce); i++)
		number = number << 8 | nonce[i];
	return vm_text_format(out, size, "<%016llx.%lld@%s>", (unsigned long long)number,
			      (long long)vm_clock_now(), host);
}
