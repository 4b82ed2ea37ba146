/* Gets passwords from operands, standard input, the terminal or chance. */
#include <config.h>

#include "cli/password_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/password_hash.h"
#include "util/file.h"
#include "util/text.h"

enum { RANDOM_MAX = 128 };

/* One line without its end; more than fits is VM_INVALID at once. Byte by byte: what follows is not ours. */
static enum vm_status read_line(int fd, struct vm_secret *out, struct vm_error *err)
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
		status = read_line(terminal, out, err);
	(void)tcsetattr(terminal, TCSAFLUSH, &shown); /* nothing better could be done */
	if (status == VM_OK)
		status = vm_file_write(terminal, "/dev/tty", "\n", 1, err);
out:
	vm_file_discard(&terminal);
	return status;
}

static enum vm_status ask_twice(const char *who, struct vm_secret *out, struct vm_error *err)
{
	struct vm_secret again;
	char prompt[VM_ADDRESS_MAX + 64];
	bool are_equal = false;
	enum vm_status status = VM_OK;

	if (!vm_text_format(prompt, sizeof prompt, "Please enter password for %s: ", who))
		return vm_fail_field(err, VM_INVALID, "address", "the address is too long");
	while (status == VM_OK && !are_equal) {
		status = vm_password_prompt(prompt, out, err);
		if (status == VM_OK)
			status = vm_password_prompt("enter password again: ", &again, err);
		if (status != VM_OK)
			break;
		are_equal = vm_bytes_equal_constant_time(out->bytes, out->length, again.bytes,
							 again.length);
		if (!are_equal) {
			static const char text[] = "Passwords do not match, try again\n";

			status = vm_file_write(STDERR_FILENO, "standard error", text,
					       sizeof text - 1, err);
		}
	}
	vm_secret_wipe(&again);
	return status;
}

static enum vm_status make_random(const struct vm_session *session,
				  const struct vm_option_value *wanted, struct vm_secret *out,
				  struct vm_error *err)
{
	uint64_t length = session->context.config->random_password_length;

	if (wanted->text != NULL &&
	    (!vm_text_parse_u64(wanted->text, RANDOM_MAX, &length) || length == 0))
		return vm_fail_field(err, VM_INVALID, "password",
				     "the length of a random password is 1 to %d", RANDOM_MAX);
	return vm_password_random(out, (uint32_t)length, err);
}

static enum vm_status take_operand(char *operand, struct vm_secret *out, struct vm_error *err)
{
	const size_t length = strlen(operand);
	const bool fits = vm_secret_set(out, operand, length);

	memset(operand, 'x', length); /* other users can read our argv */
	if (!fits)
		return vm_fail_field(err, VM_INVALID, "password",
				     "the password is longer than %d bytes", VM_SECRET_MAX);
	return VM_OK;
}

enum vm_status vm_password_input_get(struct vm_session *session,
				     const struct vm_password_options *options, char *operand,
				     const char *who, struct vm_password_input *out,
				     struct vm_error *err)
{
	const int sources = (operand != NULL) + options->from_stdin + options->random.given;

	out->is_random = options->random.given;
	if (sources > 1)
		return vm_fail_field(err, VM_INVALID, "password",
				     "give the password once: as a word, by --password-stdin, or "
				     "by -r");
	if (options->random.given)
		return make_random(session, &options->random, &out->password, err);
	if (options->from_stdin)
		return read_line(STDIN_FILENO, &out->password, err);
	if (operand != NULL)
		return take_operand(operand, &out->password, err);
	return ask_twice(who, &out->password, err);
}

void vm_password_input_show(struct vm_session *session, const struct vm_password_input *input)
{
	if (!input->is_random)
		return;
	if (session->json)
		vm_session_report(session, "random_password", input->password.bytes);
	else
		vm_session_printf(session, "Random password: %s\n", input->password.bytes);
}
