/* Talks to a POP3 client until it is logged in. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "mta/common/pop3/line_exact.h"
#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_login.h"
#include "mta/qmail-popup/popup.h"
#include "util/text.h"
#include "util/tls.h"

enum { REPLY_MAX = 4096 };
/* One TLS record and more: after a read into an empty buffer nothing is left that poll() does not show. */
enum { INPUT_SIZE = 16384 + 1024 };

struct speaker {
	const struct vm_popup *popup;
	int keeper, inner;
	struct vm_stream client;
	struct vm_pop3_login login;
	struct vm_buf reply;
};

static void send_reply(struct speaker *speaker)
{
	struct vm_error err;

	/* It leaves before the next wait, where a failure shows. */
	(void)vm_stream_write(&speaker->client, speaker->reply.bytes, speaker->reply.length, &err);
	vm_buf_clear(&speaker->reply);
}

/* False when the connection is of no use any more. */
static bool start_tls(struct speaker *speaker)
{
	const struct vm_config *config = speaker->popup->config;
	/* One file may hold both. */
	const char *key = config->tls_key[0] != '\0' ? config->tls_key : config->tls_certificate;
	struct vm_tls_context *context = NULL;
	enum vm_status status;
	struct vm_error err;

	status = vm_tls_context_new(&context, config->tls_certificate, key, &err);
	if (status != VM_OK) {
		vm_log_error(speaker->popup->log, "TLS: %s", err.text);
		vm_buf_clear(&speaker->reply);
		vm_buf_append_text(&speaker->reply, "-ERR [SYS/TEMP] TLS is not available now\r\n");
		send_reply(speaker);
		return true;
	}
	vm_line_exact_drop_waiting(&speaker->client);
	send_reply(speaker);
	status = vm_tls_start(context, &speaker->client, &err);
	vm_tls_context_free(&context);
	if (status == VM_OK)
		vm_pop3_login_tls_started(&speaker->login);
	return status == VM_OK;
}

/* Hands the attempt to the keeper. */
static bool ask_keeper(struct speaker *speaker)
{
	const struct vm_pop3_login *login = &speaker->login;
	const struct vm_popup_request request = { .through_inner = login->tls_active };
	const char *fields[] = { login->name, login->response.bytes,
				 login->with_challenge ? login->challenge : "" };
	char message[VM_POPUP_MESSAGE_MAX];
	size_t length = sizeof(request);
	bool sent = false;

	memcpy(message, &request, sizeof(request));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const size_t size = strlen(fields[i]) + 1;

		if (size > sizeof(message) - length)
			goto out;
		memcpy(message + length, fields[i], size);
		length += size;
	}
	sent = send(speaker->keeper, message, length, MSG_NOSIGNAL) == (ssize_t)length;
out:
	vm_wipe(message, sizeof(message));
	return sent;
}

/* Waits for the checker and the server after it. -1 when the keeper is gone too. */
static int hear_keeper(int keeper)
{
	ssize_t got;
	int code;

	do {
		got = recv(keeper, &code, sizeof(code), 0);
	} while (got == -1 && errno == EINTR);
	return got == (ssize_t)sizeof(code) ? code : -1;
}

/* The reply to the attempt comes from the server when the login is good, else from here. */
static enum vm_pop3_action check(struct speaker *speaker)
{
	const int timeout = (int)speaker->popup->config->pop3_timeout;
	enum vm_pop3_action action;
	struct vm_error err;
	int code;

	/* The server writes to the client by itself: what was said before must be out. */
	if (vm_stream_flush(&speaker->client, &err) != VM_OK || !ask_keeper(speaker))
		return VM_POP3_END;
	if (!speaker->login.tls_active)
		code = hear_keeper(speaker->keeper);
	else if (vm_popup_carry(&speaker->client, speaker->inner, speaker->keeper, timeout, &code))
		return VM_POP3_END;
	if (code == 0)
		return VM_POP3_END;
	action = vm_pop3_login_refused(&speaker->login, code, &speaker->reply);
	return code < 0 ? VM_POP3_END : action;
}

static bool act(struct speaker *speaker, enum vm_pop3_action action)
{
	switch (action) {
	case VM_POP3_GO_ON:
		send_reply(speaker);
		return true;
	case VM_POP3_START_TLS:
		return start_tls(speaker);
	case VM_POP3_CHECK:
		return act(speaker, check(speaker));
	case VM_POP3_END:
		send_reply(speaker);
		return false;
	}
	return false;
}

static void converse(struct speaker *speaker)
{
	enum vm_line_end ending;
	enum vm_status status;
	struct vm_error err;
	bool go_on = true;
	size_t length;
	char *line;

	vm_buf_printf(&speaker->reply, "+OK %s\r\n", speaker->login.challenge);
	send_reply(speaker);
	while (go_on) {
		status = vm_stream_read_line(&speaker->client, &line, &length, &ending, &err);
		if (status == VM_INVALID || (status == VM_OK && length > VM_POP3_LINE_MAX))
			go_on = act(speaker,
				    vm_pop3_login_long_line(&speaker->login, &speaker->reply));
		else if (status == VM_OK)
			go_on = act(speaker, vm_pop3_login_line(&speaker->login, line, length,
								&speaker->reply));
		else
			go_on = false;
	}
	(void)vm_stream_flush(&speaker->client, &err); /* nobody is left to hear of a failure */
	/* Closing a socket with unread bytes resets it, and the client may lose the last reply. */
	vm_line_exact_drop_waiting(&speaker->client);
}

void vm_popup_speak(const struct vm_popup *popup, int keeper, int inner)
{
	const struct vm_config *config = popup->config;
	char challenge[VM_POP3_BANNER_MAX];
	struct speaker speaker = {
		.popup = popup,
		.keeper = keeper,
		.inner = inner,
		.login = {
			.challenge = challenge,
			.tls_offered = config->tls_certificate[0] != '\0',
			.tls_required = config->tls_required,
			.utf8_names = config->utf8_addresses,
			.login_delay = config->min_login_interval,
			.tries_left = config->pop3_login_tries,
		},
	};
	struct vm_error err;

	vm_buf_init(&speaker.reply, REPLY_MAX);
	if (vm_stream_init(&speaker.client, 0, 1, INPUT_SIZE, (int)config->pop3_timeout, &err) !=
	    VM_OK)
		return;
	if (vm_pop3_login_make_challenge(popup->host, challenge, sizeof(challenge))) {
		vm_line_exact_start(&speaker.client);
		converse(&speaker);
	}
	vm_stream_release(&speaker.client);
	vm_secret_wipe(&speaker.login.response);
	vm_buf_release(&speaker.reply);
}
