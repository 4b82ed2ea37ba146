/* Runs programs of .qmail lines, and hands forwards to the queue. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "delivery/delivery_internal.h"
#include "delivery/queue.h"
#include "util/child_process.h"
#include "util/file.h"
#include "util/text.h"

void vm_run_set(struct vm_run *run, struct vm_run_environment *environment, const char *name,
		const char *value)
{
	char *const entry = vm_arena_printf(&run->arena, "%s=%s", name, value);

	if (entry == NULL || environment->count + 1 >= VM_RUN_ENVIRONMENT_MAX)
		environment->failed = true;
	else
		environment->entries[environment->count++] = entry;
}

void vm_run_environment(struct vm_run *run, struct vm_run_environment *environment,
			const char *home)
{
	const struct vm_message *const message = run->message;
	const struct vm_address *const recipient = &run->recipient;
	const char *const dash = strchr(recipient->user, '-');
	char line[VM_SENDER_MAX + 64];

	vm_run_set(run, environment, "PATH", "/usr/local/bin:/usr/bin:/bin");
	vm_run_set(run, environment, "SHELL", "/bin/sh");
	vm_run_set(run, environment, "USER", recipient->user);
	vm_run_set(run, environment, "LOCAL", recipient->user);
	vm_run_set(run, environment, "HOST", recipient->domain);
	vm_run_set(run, environment, "EXT", recipient->user);
	vm_run_set(run, environment, "EXT2", dash == NULL ? "" : dash + 1);
	vm_run_set(run, environment, "HOME", home);
	if (run->wildcard != NULL)
		vm_run_set(run, environment, "DEFAULT", run->wildcard);
	vm_run_set(run, environment, "SENDER", message->sender);
	vm_run_set(run, environment, "NEWSENDER", message->sender);
	if (vm_text_format(line, sizeof line, "%s@%s", recipient->user, recipient->domain))
		vm_run_set(run, environment, "RECIPIENT", line);
	if (vm_text_format(line, sizeof line, "Delivered-To: %s@%s\n", recipient->user,
			   recipient->domain))
		vm_run_set(run, environment, "DTLINE", line);
	if (vm_text_format(line, sizeof line, "Return-Path: <%s>\n", message->sender))
		vm_run_set(run, environment, "RPLINE", line);
}

/* Exit codes of delivery programs. Source: qmail 4.5. */
static enum vm_status judge(struct vm_run *run, const struct vm_child_result *ended,
			    const char *command)
{
	if (ended->signalled)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s was killed by signal %d",
				  command, ended->code);
	switch (ended->code) {
	case 0:
		return VM_OK;
	case 99:
		run->result->stop = true;
		return VM_OK;
	case 64:
	case 65:
	case 70:
	case 76:
	case 77:
	case 78:
	case 100:
	case 112:
		return vm_run_end(run, VM_DENIED, "5.3.0", "%.100s refused the message (exit %d)",
				  command, ended->code);
	default:
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s failed (exit %d)", command,
				  ended->code);
	}
}

enum vm_status vm_run_program(struct vm_run *run, const char *home, const char *command)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct vm_run_environment environment = { .count = 0 };
	struct vm_child child = { .argv = argv,
				  .environment = environment.entries,
				  .folder = home,
				  .stdout_fd = -1,
				  .stderr_fd = -1,
				  .seconds = (int)run->context->config->program_seconds };
	struct vm_child_result ended;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	vm_run_environment(run, &environment, home);
	if (environment.failed)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	status = vm_message_open_copy(run->message, "", 0, &child.stdin_fd, &err);
	if (status == VM_OK)
		status = vm_child_run(&child, &ended, &err);
	vm_file_discard(&child.stdin_fd);
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	run->copies++;
	return judge(run, &ended, command);
}

static enum vm_status judge_queue(struct vm_run *run, const struct vm_child_result *ended)
{
	if (!ended->signalled && ended->code == 0)
		return VM_OK;
	if (!ended->signalled && ((ended->code >= 11 && ended->code <= 40) || ended->code == 115))
		return vm_run_end(run, VM_DENIED, "5.3.0", "the forward was refused (exit %d)",
				  ended->code);
	return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the forward could not be queued (%s %d)",
			  ended->signalled ? "signal" : "exit", ended->code);
}

enum vm_status vm_run_forward(struct vm_run *run, const struct vm_resolve *found)
{
	const struct vm_queue_request request = { .config = run->context->config,
						  .sender = run->message->sender,
						  .recipients = found->forwards,
						  .count = found->forward_count };
	struct vm_child_result ended;
	struct vm_error err;
	char head[VM_ADDRESS_MAX + 32];
	int fd = -1;
	enum vm_status status = VM_INTERNAL;

	if (found->forward_count == 0)
		return VM_OK;
	if (!vm_text_format(head, sizeof head, "Delivered-To: %s@%s\n", run->recipient.user,
			    run->recipient.domain))
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the address is too long");
	status = vm_message_open_copy(run->message, head, strlen(head), &fd, &err);
	if (status == VM_OK)
		status = vm_queue_message(&request, fd, &ended, &err);
	vm_file_discard(&fd);
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	return judge_queue(run, &ended);
}
