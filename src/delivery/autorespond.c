/* autorespond: answers the message on standard input, for lines of .qmail files. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/home.h"
#include "delivery/answer.h"
#include "util/file.h"
#include "util/option_table.h"
#include "util/text.h"

enum { EXIT_NEVER = 100, EXIT_LATER = 111, HELP_MAX = 8192, TEXT_MAX = 65536 };
enum { OPERANDS_MIN = 4, OPERANDS_MAX = 6, FLAG_OPERAND = 4, FROM_OPERAND = 5 };

/* Nobody waits longer, and nobody counts further. */
#define NUMBER_MAX ((uint64_t)100 * 366 * 24 * 60 * 60)

static const struct vm_option_table table = {
	"autorespond",
	"seconds count message folder [flag [from]]",
	"Answers the message on standard input; see autorespond(8).",
	NULL,
	0,
	true
};

struct request {
	struct vm_answer answer;
	const char *names[3];
	char address[VM_ADDRESS_MAX + 2];
	bool is_vacation; /* the message is stored anyway: an answer that fails is no reason to wait */
};

static void print_text(void (*print)(const struct vm_option_table *, struct vm_buf *), int fd)
{
	struct vm_buf text;
	struct vm_error ignored;

	vm_buf_init(&text, HELP_MAX);
	print(&table, &text);
	(void)vm_file_write(fd, "the output", text.bytes, text.length, &ignored);
	vm_buf_release(&text);
}

/* qmailadmin's place for a person's own answer. */
static bool is_vacation_folder(const char *folder)
{
	const char *const last = strrchr(folder, '/');

	return strcmp(last == NULL ? folder : last + 1, "vacation") == 0;
}

/* Who answers: RECIPIENT, which qmail-local sets, or FROM of the command line. */
static enum vm_status take_names(struct request *request, const char *from, struct vm_error *err)
{
	const char *const local = getenv("EXT"), *const host = getenv("HOST");
	const char *const recipient = getenv("RECIPIENT");
	size_t count = 0;

	if (from != NULL && strchr(from, '@') != NULL)
		request->names[count++] = from;
	if (local != NULL && host != NULL &&
	    vm_text_format(request->address, sizeof request->address, "%s@%s", local, host))
		request->names[count++] = request->address;
	else if (recipient != NULL && strchr(recipient, '@') != NULL)
		request->names[count++] = recipient;
	request->answer.names = request->names;
	return count > 0 ? VM_OK
			 : vm_fail(err, VM_INVALID,
				   "no address answers: EXT and HOST, or RECIPIENT, are not set");
}

static enum vm_status take_operands(char **operands, int count, struct request *out,
				    struct vm_error *err)
{
	const char *const flag = count > FLAG_OPERAND ? operands[FLAG_OPERAND] : "0";

	if (!vm_text_parse_u64(operands[0], NUMBER_MAX, &out->answer.seconds) ||
	    !vm_text_parse_u64(operands[1], NUMBER_MAX, &out->answer.most))
		return vm_fail(err, VM_INVALID, "seconds and count are numbers");
	if (strcmp(flag, "0") != 0 && strcmp(flag, "1") != 0)
		return vm_fail(err, VM_INVALID,
			       "the flag is 0, or 1: the message behind the answer");
	out->answer.adds_original = strcmp(flag, "1") == 0;
	out->answer.folder = operands[3];
	out->is_vacation = is_vacation_folder(operands[3]);
	out->answer.must_be_named = out->is_vacation;
	return take_names(out, count > FROM_OPERAND ? operands[FROM_OPERAND] : NULL, err);
}

static enum vm_status answer(struct request *request, const char *text_file, struct vm_error *err)
{
	struct vm_message message = { .fd = -1 };
	enum vm_reply_refusal refusal = VM_REPLY_ANSWER;
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, TEXT_MAX);
	status = vm_file_read_all(AT_FDCWD, text_file, &text, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_TEMPFAIL, "there is no %.200s", text_file);
	if (status == VM_OK && memchr(text.bytes, '\0', text.length) != NULL)
		status = vm_fail(err, VM_TEMPFAIL, "%.200s holds a NUL byte", text_file);
	if (status == VM_OK)
		status = vm_message_from_fd(&message, STDIN_FILENO, request->answer.folder, err);
	if (status == VM_OK) {
		const char *const sender = getenv("SENDER");

		message.sender = sender == NULL ? "" : sender;
		request->answer.message = &message;
		request->answer.text = text.bytes;
		status = vm_answer_send(&request->answer, &refusal, err);
		vm_message_release(&message);
		request->answer.message = NULL; /* it ends here, and the text */
		request->answer.text = NULL;
	}
	if (status == VM_DENIED)
		printf("autorespond: no answer: %s\n", vm_reply_refusal_text(refusal));
	vm_buf_release(&text);
	return status == VM_DENIED ? VM_OK : status;
}

static int run(struct vm_option_result *parsed)
{
	struct request request = { .is_vacation = false };
	struct vm_config config = { 0 };
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = take_operands(parsed->operands, parsed->count, &request, &err);

	if (status == VM_OK) {
		status = vm_config_load(vm_home_from_environment(), &config, &err);
		request.answer.config = &config;
		if (status == VM_OK)
			status = answer(&request, parsed->operands[2], &err);
		vm_config_release(&config);
	}
	if (status == VM_OK)
		return 0;
	(void)fprintf(stderr, "autorespond: %s\n", err.text); /* nowhere else to say it */
	if (status == VM_INVALID)
		return EXIT_NEVER;
	return request.is_vacation ? 0 : EXIT_LATER;
}

int main(int argc, char **argv)
{
	struct vm_option_result parsed;
	struct vm_error err = { .status = VM_OK };
	const enum vm_status status = vm_option_parse(&table, argc, argv, NULL, &parsed, &err);

	if (status == VM_OK && (parsed.wants_help || parsed.wants_version)) {
		print_text(parsed.wants_help ? vm_option_usage : vm_option_version, STDOUT_FILENO);
		return 0;
	}
	if (status != VM_OK || parsed.count < OPERANDS_MIN || parsed.count > OPERANDS_MAX) {
		print_text(vm_option_usage, STDERR_FILENO);
		return EXIT_NEVER;
	}
	return run(&parsed);
}
