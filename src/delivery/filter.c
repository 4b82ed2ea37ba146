/* Runs the filters of a message before it is stored. */
#include <config.h>

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "delivery/delivery_internal.h"
#include "delivery/spool.h"
#include "util/child_process.h"
#include "util/file.h"
#include "util/text.h"

enum { EXIT_TAKEN = 99, EXIT_REFUSED = 100, SPAM_WORDS = 3 };

enum vm_status vm_run_words(struct vm_run *run, const char *setting, const char *text, size_t spare,
			    const char *argv[VM_RUN_WORDS_MAX], size_t *count)
{
	static const char blanks[] = " \t";
	char *rest = vm_arena_strdup(&run->arena, text);

	*count = 0;
	if (rest == NULL)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	for (rest += strspn(rest, blanks); *rest != '\0'; rest += strspn(rest, blanks)) {
		if (*count + spare + 1 >= VM_RUN_WORDS_MAX)
			return vm_run_end(run, VM_TEMPFAIL, "4.3.5", "%s has too many words",
					  setting);
		argv[(*count)++] = rest;
		rest += strcspn(rest, blanks);
		if (*rest != '\0')
			*rest++ = '\0';
	}
	argv[*count] = NULL;
	if (*count == 0 || argv[0][0] != '/')
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5",
				  "%s must begin with the whole path of a program", setting);
	return VM_OK;
}

/* A filter that stopped in the middle shows: nothing at all, no end of the header, half a last line. */
static enum vm_status check_whole(struct vm_run *run, const struct vm_message *before,
				  const struct vm_message *after, const char *program)
{
	struct vm_buf old, new;
	struct vm_error err;
	char ends[2] = "\n\n";
	enum vm_status status = VM_OK;

	if (before->size == 0)
		return VM_OK;
	vm_buf_init(&old, VM_HEADER_MAX + 8192);
	vm_buf_init(&new, VM_HEADER_MAX + 8192);
	status = vm_message_read_header(before, &old, &err);
	if (status == VM_OK)
		status = vm_message_read_header(after, &new, &err);
	if (status == VM_OK)
		status = vm_message_last_byte(before, &ends[0], &err);
	if (status == VM_OK && after->size > 0)
		status = vm_message_last_byte(after, &ends[1], &err);
	if (status != VM_OK)
		status = vm_run_fail(run, VM_TEMPFAIL, &err);
	else if (after->size == 0 || (ends[0] == '\n' && ends[1] != '\n') ||
		 (strstr(old.bytes, "\n\n") != NULL && strstr(new.bytes, "\n\n") == NULL))
		status = vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the answer of %.100s is cut off",
				    program);
	vm_buf_release(&old);
	vm_buf_release(&new);
	return status;
}

/* The message goes through a program; what it writes is kept in the domain's folder, in a file without a name. */
static enum vm_status run_one(struct vm_run *run, const char *const *argv, const char *home,
			      const struct vm_message *message, struct vm_message *out, int *code)
{
	struct vm_run_environment environment = { .count = 0 };
	struct vm_child_copy copy = { .fd = -1,
				      .name = "a temporary file",
				      .maximum = run->context->config->message_size_max };
	struct vm_child child = { .argv = argv,
				  .environment = environment.entries,
				  .folder = home,
				  .stdin_fd = -1,
				  .stderr_fd = -1,
				  .seconds = (int)run->context->config->filter_seconds,
				  .copy = &copy };
	struct vm_child_result ended;
	struct vm_error err;
	off_t size = 0;
	enum vm_status status = VM_INTERNAL;

	vm_run_environment(run, &environment, home);
	if (environment.failed)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	status = vm_message_open_copy(message, "", 0, &child.stdin_fd, &err);
	if (status == VM_OK)
		status = vm_spool_open(run->domain.dir, &copy.fd, &err);
	if (status == VM_OK)
		status = vm_child_run(&child, &ended, &err);
	vm_file_discard(&child.stdin_fd);
	if (status == VM_OK && ended.signalled)
		status = vm_fail(&err, VM_TEMPFAIL, "%.100s was killed by signal %d", argv[0],
				 ended.code);
	if (status == VM_OK)
		size = lseek(copy.fd, 0, SEEK_END);
	if (status == VM_OK && size < 0)
		status = vm_fail(&err, VM_TEMPFAIL, "the answer of %.100s cannot be measured",
				 argv[0]);
	if (status != VM_OK) {
		vm_file_discard(&copy.fd);
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	}
	*out = *message;
	out->memory = NULL;
	out->fd = copy.fd;
	out->size = (uint64_t)size;
	*code = ended.code;
	return VM_OK;
}

/* The answer of a filter that exited 0 takes the message's place. */
static enum vm_status take_answer(struct vm_run *run, const char *program,
				  struct vm_message *answer, struct vm_filtered *out)
{
	const enum vm_status status = check_whole(run, &out->message, answer, program);

	if (status != VM_OK) {
		vm_file_discard(&answer->fd);
		return status;
	}
	vm_run_filters_end(out);
	out->message = *answer;
	out->is_ours = true;
	return VM_OK;
}

static enum vm_status run_program(struct vm_run *run, const char *home, struct vm_filtered *out)
{
	const char *argv[VM_RUN_WORDS_MAX] = { NULL };
	struct vm_message answer = { .fd = -1 };
	size_t count = 0;
	int code = 0;
	enum vm_status status = vm_run_words(run, "delivery_filter",
					     run->context->config->delivery_filter, 0, argv,
					     &count);

	if (status == VM_OK)
		status = run_one(run, argv, home, &out->message, &answer, &code);
	if (status != VM_OK)
		return status;
	if (code == 0)
		return take_answer(run, argv[0], &answer, out);
	vm_file_discard(&answer.fd);
	if (code == EXIT_TAKEN) {
		out->is_done = true;
		return VM_OK;
	}
	if (code == EXIT_REFUSED)
		return vm_run_end(run, VM_DENIED, "5.7.1", "%.100s refused the message", argv[0]);
	return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s failed (exit %d)", argv[0], code);
}

/* The value of the first header line of that name, NULL when there is none. */
static const char *find_line(const char *header, const char *name)
{
	for (const char *line = header; *line != '\0' && *line != '\n';) {
		if (strncasecmp(line, name, strlen(name)) == 0)
			return line + strlen(name) + strspn(line + strlen(name), " \t");
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return NULL;
}

static enum vm_status read_marks(struct vm_run *run, const struct vm_message *message,
				 bool *is_spam, size_t *level)
{
	struct vm_buf header;
	struct vm_error err;
	const char *value = NULL;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&header, VM_HEADER_MAX + 8192);
	status = vm_message_read_header(message, &header, &err);
	if (status == VM_OK) {
		value = find_line(header.bytes, "X-Spam-Flag:");
		*is_spam = value != NULL && strncasecmp(value, "YES", 3) == 0;
		value = find_line(header.bytes, "X-Spam-Level:");
		*level = value == NULL ? 0 : strspn(value, "*");
	}
	vm_buf_release(&header);
	return status == VM_OK ? VM_OK : vm_run_fail(run, VM_TEMPFAIL, &err);
}

/* What spamc gave back as it was (it is too big for spamd) has marks that its sender made. */
static enum vm_status judge_spam(struct vm_run *run, uint64_t size_before,
				 const struct vm_filter_plan *plan, struct vm_filtered *out)
{
	const struct vm_config *const config = run->context->config;
	bool is_spam = false;
	size_t level = 0;
	enum vm_status status = VM_OK;

	if (out->message.size == size_before)
		return VM_OK;
	status = read_marks(run, &out->message, &is_spam, &level);
	if (status != VM_OK || !is_spam)
		return status;
	out->is_done = !plan->keep_spam.access.is_allowed ||
		       (config->spam_delete_level > 0 && level >= config->spam_delete_level);
	out->is_junk = config->spam_junk_folder[0] != '\0';
	if (out->is_done)
		vm_log_notice(run->context->log, "event=spam address=%s@%s result=deleted",
			      run->recipient.user, run->recipient.domain);
	return VM_OK;
}

/* Without -x spamc would say 0 for a message that nobody looked at. */
static enum vm_status run_spamc(struct vm_run *run, const struct vm_account *account,
				const struct vm_filter_plan *plan, const char *home,
				struct vm_filtered *out)
{
	const char *argv[VM_RUN_WORDS_MAX] = { NULL };
	const uint64_t size = out->message.size;
	struct vm_message answer = { .fd = -1 };
	size_t count = 0;
	int code = 0;
	enum vm_status status = vm_run_words(run, "spamc_program",
					     run->context->config->spamc_program, SPAM_WORDS, argv,
					     &count);

	if (status != VM_OK)
		return status;
	argv[count++] = "-x";
	argv[count++] = "-u";
	argv[count++] = vm_arena_printf(&run->arena, "%s@%s",
					account == NULL ? run->recipient.user : account->user,
					run->domain.name);
	argv[count] = NULL;
	if (argv[count - 1] == NULL)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	status = run_one(run, argv, home, &out->message, &answer, &code);
	if (status != VM_OK)
		return status;
	if (code != 0) {
		vm_file_discard(&answer.fd);
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s failed (exit %d)", argv[0],
				  code);
	}
	status = take_answer(run, argv[0], &answer, out);
	return status == VM_OK ? judge_spam(run, size, plan, out) : status;
}

enum vm_status vm_run_filters(struct vm_run *run, const struct vm_account *account,
			      enum vm_filter_place place, const char *home, struct vm_filtered *out)
{
	struct vm_filter_plan plan;
	struct vm_error err;
	enum vm_status status = vm_filter_plan_make(run->context, run->domain.name,
						    account == NULL ? 0 : account->flags, place,
						    &plan, &err);

	*out = (struct vm_filtered){ .message = *run->message };
	if (status != VM_OK)
		return vm_run_fail(run, status, &err);
	out->to_maildrop = vm_filter_runs(&plan.maildrop);
	if (plan.program)
		status = run_program(run, home, out);
	if (status == VM_OK && !out->is_done && vm_filter_runs(&plan.spam))
		status = run_spamc(run, account, &plan, home, out);
	if (status != VM_OK)
		vm_run_filters_end(out);
	return status;
}

void vm_run_filters_end(struct vm_filtered *filtered)
{
	if (filtered->is_ours)
		vm_message_release(&filtered->message);
	filtered->is_ours = false;
}
