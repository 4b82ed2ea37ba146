/* Runs qmail-queue with a message and its envelope. */
#include <config.h>

#include "delivery/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/account.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/text.h"

enum { QUEUE_SECONDS = 24 * 60 * 60, ADDRESS_LINE_MAX = 1000, SENDER_LINE_MAX = 1000 };

/* F sender NUL, T recipient NUL ..., NUL. Source: qmail 1.2. */
static enum vm_status open_envelope(const struct vm_queue_request *request, int *out,
				    struct vm_error *err)
{
	struct vm_buf text;
	int fd = -1;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, request->count * (ADDRESS_LINE_MAX + 2) + SENDER_LINE_MAX + 4);
	vm_buf_printf(&text, "F%s", request->sender);
	vm_buf_append_byte(&text, '\0');
	for (size_t i = 0; i < request->count; i++) {
		vm_buf_printf(&text, "T%s", request->recipients[i]);
		vm_buf_append_byte(&text, '\0');
	}
	vm_buf_append_byte(&text, '\0');
	status = vm_buf_check(&text, "the envelope", err);
	if (status == VM_OK) {
		fd = memfd_create("envelope", MFD_CLOEXEC);
		if (fd < 0)
			status = vm_fail_errno(err, errno, "cannot make the envelope");
	}
	if (status == VM_OK)
		status = vm_file_write(fd, "the envelope", text.bytes, text.length, err);
	if (status == VM_OK && lseek(fd, 0, SEEK_SET) != 0)
		status = vm_fail_errno(err, errno, "cannot rewind the envelope");
	if (status == VM_OK)
		*out = fd;
	else
		vm_file_discard(&fd);
	vm_buf_release(&text);
	return status;
}

static bool name_program(const struct vm_config *config, char *out, size_t size)
{
	const char *const named = secure_getenv("QMAILQUEUE");

	if (named != NULL && named[0] == '/')
		return vm_text_copy(out, size, named);
	if (config->qmail_queue[0] != '\0')
		return vm_text_copy(out, size, config->qmail_queue);
	return vm_text_format(out, size, "%s/bin/qmail-queue", config->qmail_dir);
}

enum vm_status vm_queue_message(const struct vm_queue_request *request, int message,
				struct vm_child_result *ended, struct vm_error *err)
{
	static const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	char program[VM_PATH_MAX + 32];
	const char *argv[] = { program, NULL };
	struct vm_child child = { .argv = argv,
				  .environment = environment,
				  .folder = request->config->qmail_dir,
				  .stdin_fd = message,
				  .stdout_fd = -1,
				  .stderr_fd = -1,
				  .seconds = request->seconds > 0 ? request->seconds
								  : QUEUE_SECONDS };
	enum vm_status status = VM_INTERNAL;

	if (!name_program(request->config, program, sizeof program))
		return vm_fail(err, VM_TEMPFAIL, "the path of qmail-queue is too long");
	status = open_envelope(request, &child.stdout_fd, err);
	if (status == VM_OK)
		status = vm_child_run(&child, ended, err);
	vm_file_discard(&child.stdout_fd);
	return status;
}
