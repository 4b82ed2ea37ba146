/* Logs POP3 clients in: for one connection of tcpserver, or listening by itself. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/home.h"
#include "mta/qmail-popup/popup.h"
#include "util/listener.h"
#include "util/text.h"

enum { EXIT_MISUSED = 100, EXIT_LATER = 111 };
enum { LISTENERS_MAX = 16, DRAIN_SECONDS = 30, PORT_TEXT_MAX = 8 };

/* What the listener's children serve with; HUP changes the settings. */
struct serving {
	struct vm_popup popup;
	struct vm_config *config; /* popup's */
};

struct listening {
	const char *addresses[LISTENERS_MAX];
	size_t count;
};

static int usage(void)
{
	(void)fprintf(stderr, "usage: qmail-popup [-L] [-l address:port]... "
			      "hostname checkpassword pop3d [argument ...]\n");
	return EXIT_MISUSED;
}

static int fail(const char *why, int code)
{
	(void)fprintf(stderr, "qmail-popup: %s\n", why);
	return code;
}

/* What tcpserver tells its programs. */
static bool set_environment(const struct vm_connection *connection)
{
	char local_port[PORT_TEXT_MAX], remote_port[PORT_TEXT_MAX];

	return vm_text_format(local_port, sizeof(local_port), "%u", connection->local_port) &&
	       vm_text_format(remote_port, sizeof(remote_port), "%u", connection->peer_port) &&
	       setenv("PROTO", "TCP", 1) == 0 &&
	       setenv("TCPLOCALIP", connection->local_ip, 1) == 0 &&
	       setenv("TCPLOCALPORT", local_port, 1) == 0 &&
	       setenv("TCPREMOTEIP", connection->peer_ip, 1) == 0 &&
	       setenv("TCPREMOTEPORT", remote_port, 1) == 0;
}

/* In a child of the listener. */
static int serve(void *context, struct vm_connection *connection)
{
	const struct vm_popup *const popup = &((const struct serving *)context)->popup;

	if (!set_environment(connection) || dup2(connection->fd, 0) == -1 ||
	    dup2(connection->fd, 1) == -1) {
		vm_log_error(popup->log, "cannot serve %s: %s", connection->peer, strerror(errno));
		return EXIT_LATER;
	}
	(void)close(connection->fd); /* 0 and 1 stand for it */
	connection->fd = -1;
	return vm_popup_serve(popup);
}

/* HUP: what comes in from now on is served by the new settings; the addresses stay. */
static void reload(void *context)
{
	const struct serving *const serving = context;
	struct vm_error err;

	if (vm_config_reload(serving->config, &err) == VM_OK)
		vm_log_notice(serving->popup.log, "event=reload");
	else
		vm_log_error(serving->popup.log, "event=reload text=\"%s\"", err.text);
}

static int listen_and_serve(const struct vm_popup *popup, struct vm_config *config,
			    const struct listening *listening)
{
	const struct vm_listener_rights rights = { 0660, (gid_t)-1 };
	struct vm_listener listeners[LISTENERS_MAX];
	struct serving context = { *popup, config };
	struct vm_server server = {
		.listeners = listeners,
		.children = popup->config->pop3_max_connections,
		.drain_seconds = DRAIN_SECONDS,
		.log = popup->log,
		.context = &context,
		.serve = serve,
		.reload = reload,
	};
	enum vm_status status = VM_OK;
	struct vm_error err;

	for (size_t i = 0; i < listening->count && status == VM_OK; i++) {
		status = vm_listener_open(&listeners[i], listening->addresses[i], &rights, &err);
		if (status == VM_OK) {
			server.listener_count++;
			vm_log_notice(popup->log, "event=listen address=%s", listeners[i].text);
		}
	}
	if (status == VM_OK)
		status = vm_server_run(&server, &err);
	for (size_t i = 0; i < server.listener_count; i++)
		vm_listener_close(&listeners[i]);
	if (status == VM_OK)
		return 0;
	return fail(err.text, vm_status_is_definite(status) ? EXIT_MISUSED : EXIT_LATER);
}

/* pop3_listen: blank-separated addresses, copied to `words`. */
static bool take_setting(const char *setting, struct vm_arena *words, struct listening *listening)
{
	while (*(setting += strspn(setting, " \t")) != '\0') {
		const size_t length = strcspn(setting, " \t");
		const char *word = vm_arena_strndup(words, setting, length);

		if (word == NULL || listening->count == LISTENERS_MAX)
			return false;
		listening->addresses[listening->count++] = word;
		setting += length;
	}
	return true;
}

static int run(struct vm_config *config, struct listening *listening, bool use_setting,
	       char **operands)
{
	struct vm_popup popup = { config, NULL, operands[0], operands + 1 };
	struct vm_error err;
	struct vm_log log;
	int code;

	if (vm_config_load(vm_home_from_environment(), config, &err) != VM_OK)
		return fail(err.text, EXIT_LATER);
	if (use_setting && !take_setting(config->pop3_listen, &config->arena, listening))
		return fail("pop3_listen: too many addresses", EXIT_MISUSED);
	if (use_setting && listening->count == 0)
		return fail("pop3_listen is empty", EXIT_MISUSED);
	vm_log_open(&log, config->log_target, "qmail-popup");
	popup.log = &log;
	code = listening->count > 0 ? listen_and_serve(&popup, config, listening)
				    : vm_popup_serve(&popup);
	vm_log_close(&log);
	return code;
}

int main(int argc, char **argv)
{
	struct listening listening = { .count = 0 };
	struct vm_config config = { .home = NULL };
	bool use_setting = false;
	int letter, code;

	while ((letter = getopt(argc, argv, "+l:L")) != -1) {
		if (letter == 'L')
			use_setting = true;
		else if (letter == 'l' && listening.count < LISTENERS_MAX)
			listening.addresses[listening.count++] = optarg;
		else
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	code = run(&config, &listening, use_setting, argv + optind);
	vm_config_release(&config);
	return code;
}
