/* Gets passwords from operands, standard input, the terminal or chance. */
#include <config.h>

#include "cli/password_input.h"

#include <string.h>
#include <unistd.h>

#include "core/password_hash.h"
#include "core/password_policy.h"
#include "util/file.h"
#include "util/text.h"

enum { RANDOM_MAX = 128, RANDOM_TRIES = 1000 };

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

/* Chance does not know the rules: it is asked until it keeps them. */
static enum vm_status make_allowed(const struct vm_config *config, uint32_t length,
				   struct vm_secret *out, struct vm_error *err)
{
	enum vm_status status = VM_DENIED;

	for (int i = 0; status == VM_DENIED && i < RANDOM_TRIES; i++) {
		status = vm_password_random(out, length, err);
		if (status == VM_OK)
			status = vm_password_policy_check(config, out, "", "", err);
	}
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
	return make_allowed(session->context.config, (uint32_t)length, out, err);
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
		return vm_password_read(STDIN_FILENO, &out->password, err);
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
