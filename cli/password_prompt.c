/* Reads passwords: from the terminal without showing them, from any other descriptor. */
#include <config.h>

#include "cli/password_prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "util/file.h"

/* Byte by byte: what follows is not ours. */
enum vm_status vm_password_read(int fd, struct vm_secret *out, struct vm_error *err)
{
	char line[VM_SECRET_MAX + 2];
	size_t length = 0;
	bool is_at_end = false;
	enum vm_status status = VM_OK;

	for (;;) {
		char byte = 0;
		const ssize_t got = read(fd, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			status = vm_fail_errno(err, errno, "cannot read the password");
			break;
		}
		is_at_end = got == 0;
		if (is_at_end || byte == '\n')
			break;
		line[length++] = byte;
		if (length > VM_SECRET_MAX)
			break;
	}
	if (status == VM_OK && is_at_end && length == 0)
		status = vm_fail_field(err, VM_INVALID, "password",
				       "no password was given: the input ended");
	if (length > 0 && length <= VM_SECRET_MAX && line[length - 1] == '\r')
		length--;
	if (status == VM_OK && !vm_secret_set(out, line, length))
		status = vm_fail_field(err, VM_INVALID, "password",
				       "the password holds a NUL or is longer than %d bytes",
				       VM_SECRET_MAX);
	vm_wipe(line, sizeof line);
	return status;
}

enum vm_status vm_password_prompt(const char *prompt, struct vm_secret *out, struct vm_error *err)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios shown, hidden;
	enum vm_status status = VM_INTERNAL;

	if (terminal < 0)
		return vm_fail_field(err, VM_TEMPFAIL, "password",
				     "there is no terminal to ask for a password on; use "
				     "--password-stdin");
	if (tcgetattr(terminal, &shown) != 0) {
		status = vm_fail_errno(err, errno, "cannot ask on the terminal");
		goto out;
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	if (tcsetattr(terminal, TCSAFLUSH, &hidden) != 0) {
		status = vm_fail_errno(err, errno, "cannot ask on the terminal");
		goto out;
	}
	status = vm_file_write(terminal, "/dev/tty", prompt, strlen(prompt), err);
	if (status == VM_OK)
		status = vm_password_read(terminal, out, err);
	(void)tcsetattr(terminal, TCSAFLUSH, &shown); /* nothing better could be done */
	if (status == VM_OK)
		status = vm_file_write(terminal, "/dev/tty", "\n", 1, err);
out:
	vm_file_discard(&terminal);
	return status;
}
