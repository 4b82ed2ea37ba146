/* Runs the checker for a speaker, and with its own rights; never reads a byte of the network. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/identity.h"
#include "mta/qmail-popup/popup.h"
#include "util/secret.h"
#include "util/text.h"

enum { EXIT_LATER = 111, LOGIN_FD = 3, NUMBER_TEXT_MAX = 16 };

/* The sockets of one connection; a far end is the keeper's, a near end the speaker's. */
struct sockets {
	int requests[2]; /* keeper, speaker */
	int inner[2];    /* server, speaker; -1 where TLS is not offered */
};

static bool open_sockets(const struct vm_popup *popup, struct sockets *sockets)
{
	*sockets = (struct sockets){ { -1, -1 }, { -1, -1 } };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets->requests) != 0)
		return false;
	return popup->config->tls_certificate[0] == '\0' ||
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets->inner) == 0;
}

/* In the child: never returns. */
static void become_checker(const struct vm_popup *popup, int client, int login_fd)
{
	char timeout[NUMBER_TEXT_MAX], delay[NUMBER_TEXT_MAX];

	(void)signal(SIGPIPE, SIG_DFL); /* cannot fail for this signal */
	if (client != 0 && (dup2(client, 0) == -1 || dup2(client, 1) == -1))
		_exit(EXIT_LATER);
	if (login_fd == LOGIN_FD ? fcntl(login_fd, F_SETFD, 0) == -1
				 : dup2(login_fd, LOGIN_FD) == -1)
		_exit(EXIT_LATER);
	if (!vm_text_format(timeout, sizeof(timeout), "%u", popup->config->pop3_timeout) ||
	    !vm_text_format(delay, sizeof(delay), "%u", popup->config->min_login_interval) ||
	    setenv("POP3_TIMEOUT", timeout, 1) != 0 || setenv("POP3_LOGIN_DELAY", delay, 1) != 0)
		_exit(EXIT_LATER);
	(void)execvp(popup->checker[0], popup->checker);
	vm_log_error(popup->log, "cannot run %s: %s", popup->checker[0], strerror(errno));
	_exit(EXIT_LATER);
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The checker's exit code, -1 when it crashed. A login is far smaller than what a pipe holds without a reader. */
static int run_checker(const struct vm_popup *popup, int client, const char *login, size_t length)
{
	int ends[2];
	ssize_t written;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return EXIT_LATER;
	written = write(ends[1], login, length);
	(void)close(ends[1]); /* a pipe loses nothing */
	child = written == (ssize_t)length ? fork() : -1;
	if (child == 0)
		become_checker(popup, client, ends[0]);
	(void)close(ends[0]); /* only read from */
	return child == -1 ? EXIT_LATER : wait_for(child);
}

/* Answers requests until the speaker is gone. */
static void keep(const struct vm_popup *popup, struct sockets *sockets)
{
	char message[VM_POPUP_MESSAGE_MAX];
	struct vm_popup_request request;
	ssize_t length;
	int code;

	for (;;) {
		length = recv(sockets->requests[0], message, sizeof(message), 0);
		if (length == -1 && errno == EINTR)
			continue;
		if (length <= (ssize_t)sizeof(request))
			return;
		memcpy(&request, message, sizeof(request));
		code = run_checker(popup, request.through_inner ? sockets->inner[0] : 0,
				   message + sizeof(request), (size_t)length - sizeof(request));
		vm_wipe(message, sizeof(message));
		/* A server that is done closes its end; with ours open the speaker would not see it. */
		if (code == 0 && sockets->inner[0] != -1) {
			(void)close(sockets->inner[0]); /* a socket loses nothing */
			sockets->inner[0] = -1;
		}
		if (send(sockets->requests[0], &code, sizeof(code), MSG_NOSIGNAL) == -1)
			return;
	}
}

static void begin_speaking(const struct vm_popup *popup, const struct sockets *sockets)
{
	struct vm_error err;

	(void)close(sockets->requests[0]); /* the keeper's */
	if (sockets->inner[0] != -1)
		(void)close(sockets->inner[0]); /* the keeper's */
	/* Who is not root speaks as who he is. */
	if (geteuid() == 0 &&
	    vm_identity_become(popup->config->uid, popup->config->gid, &err) != VM_OK) {
		vm_log_error(popup->log, "cannot give root's rights away: %s", err.text);
		_exit(EXIT_LATER);
	}
	vm_popup_speak(popup, sockets->requests[1], sockets->inner[1]);
	_exit(0);
}

int vm_popup_serve(const struct vm_popup *popup)
{
	struct sockets sockets;
	pid_t speaker;

	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail; who is gone shows at the write */
	if (!open_sockets(popup, &sockets)) {
		vm_log_error(popup->log, "no socket for a connection: %s", strerror(errno));
		return EXIT_LATER;
	}
	speaker = fork();
	if (speaker == -1) {
		vm_log_error(popup->log, "no process for a connection: %s", strerror(errno));
		return EXIT_LATER;
	}
	if (speaker == 0)
		begin_speaking(popup, &sockets);
	(void)close(sockets.requests[1]); /* the speaker's */
	if (sockets.inner[1] != -1)
		(void)close(sockets.inner[1]); /* the speaker's */
	keep(popup, &sockets);
	(void)close(sockets.requests[0]); /* a speaker that waits ends */
	return wait_for(speaker) == 0 ? 0 : EXIT_LATER;
}
