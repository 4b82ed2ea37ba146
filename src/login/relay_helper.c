/* The child that opens relay windows as the vpopmail user. */
#include "config.h"

#include "login/relay_helper.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/identity.h"
#include "operations/relay_window.h"
#include "util/file.h"

/* What the child answers. */
struct answer {
	enum vm_status status;
	char text[VM_ERROR_TEXT_MAX + 1];
};

static enum vm_status open_window(const struct vm_context *context, const char *ip,
				  struct vm_error *err)
{
	struct vm_context own = { .config = context->config, .log = context->log };
	struct vm_store *store = NULL;
	enum vm_status status = vm_store_open(context->config, true, &store, err);

	own.store = store;
	if (status == VM_OK)
		status = vm_relay_window_open(&own, ip, err);
	vm_store_close(&store);
	return status;
}

static void serve(int socket, const struct vm_context *context, const char *ip)
{
	const struct vm_config *const config = context->config;
	struct answer answer = { .status = VM_INTERNAL };
	struct vm_error err = { .status = VM_OK };
	char go = 0;

	answer.status = vm_identity_become(config->uid, config->gid, &err);
	if (recv(socket, &go, sizeof go, 0) != sizeof go)
		return; /* the login was refused */
	if (answer.status == VM_OK)
		answer.status = open_window(context, ip, &err);
	if (answer.status != VM_OK)
		memcpy(answer.text, err.text, strnlen(err.text, sizeof answer.text - 1));
	(void)!send(socket, &answer, sizeof answer, MSG_NOSIGNAL); /* who is gone needs no answer */
}

enum vm_status vm_relay_helper_start(struct vm_relay_helper *helper,
				     const struct vm_context *context, const char *ip,
				     struct vm_error *err)
{
	int ends[2];

	*helper = (struct vm_relay_helper){ .socket = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return vm_fail_errno(err, errno, "socketpair");
	helper->pid = fork();
	if (helper->pid == 0) {
		vm_file_discard(&ends[0]);
		serve(ends[1], context, ip);
		_exit(0);
	}
	vm_file_discard(&ends[1]);
	if (helper->pid == -1) {
		helper->pid = 0;
		vm_file_discard(&ends[0]);
		return vm_fail_errno(err, errno, "fork");
	}
	helper->socket = ends[0];
	return VM_OK;
}

enum vm_status vm_relay_helper_open(struct vm_relay_helper *helper, struct vm_error *err)
{
	struct answer answer = { .status = VM_INTERNAL };
	ssize_t got = -1;

	if (send(helper->socket, "", 1, MSG_NOSIGNAL) == 1)
		do
			got = recv(helper->socket, &answer, sizeof answer, 0);
		while (got == -1 && errno == EINTR);
	vm_relay_helper_stop(helper);
	if (got != (ssize_t)sizeof answer)
		return vm_fail(err, VM_TEMPFAIL, "the child that opens windows ended early");
	answer.text[VM_ERROR_TEXT_MAX] = '\0';
	return answer.status == VM_OK ? VM_OK : vm_fail(err, answer.status, "%s", answer.text);
}

void vm_relay_helper_stop(struct vm_relay_helper *helper)
{
	if (helper->pid == 0)
		return;
	vm_file_discard(&helper->socket);
	while (waitpid(helper->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	helper->pid = 0;
}
