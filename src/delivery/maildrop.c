/* Lets maildrop store a message. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir_size.h"
#include "delivery/delivery_internal.h"
#include "delivery/domain_quota.h"
#include "util/child_process.h"
#include "util/file.h"
#include "util/text.h"

/* EX_NOPERM is what maildrop itself says over quota. */
enum { EXIT_NO_PERMISSION = 77, EXIT_REFUSED = 100 };

/* maildrop asks passwd for its home and mailbox, which are not the account's. */
static const char rules[] = "HOME=\"$ACCOUNT_HOME\"\nDEFAULT=\"$ACCOUNT_MAILDIR/\"\n";
static const char own_rules[] = "include \"$HOME/.mailfilter\"\n";

/* maildrop reads rules only from a file of the user that nobody else may read. */
static enum vm_status open_rules(const char *home, int *out, struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	struct stat info;
	bool has_own = false;
	int fd = -1;
	enum vm_status status = VM_OK;

	if (!vm_text_format(path, sizeof path, "%s/.mailfilter", home))
		return vm_fail(err, VM_TEMPFAIL, "the home's path is too long");
	status = vm_file_stat(AT_FDCWD, path, &info, err);
	has_own = status == VM_OK;
	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0600) != 0)
		status = vm_fail_errno(err, errno, "cannot make the rules of maildrop");
	else
		status = vm_file_write(fd, "the rules", rules, sizeof rules - 1, err);
	if (status == VM_OK && has_own)
		status = vm_file_write(fd, "the rules", own_rules, sizeof own_rules - 1, err);
	if (status == VM_OK)
		*out = fd;
	else
		vm_file_discard(&fd);
	return status;
}

static enum vm_status check_room(struct vm_run *run, int maildir, const struct vm_quota *quota,
				 uint64_t size)
{
	struct vm_domain_hold domain;
	struct vm_maildir_hold hold;
	struct vm_usage usage;
	struct vm_error err;
	enum vm_status status = vm_domain_quota_begin(run, size, &domain);

	if (status != VM_OK)
		return status;
	vm_domain_quota_end(run, NULL, size, false, &domain);
	if (vm_quota_is_unlimited(quota))
		return VM_OK;
	status = vm_maildir_size_begin(maildir, quota, size, &hold, &usage, &err);
	if (status == VM_OK)
		status = vm_maildir_size_end(&hold, size, false, &err);
	if (status == VM_LIMIT)
		return vm_run_end(run, VM_LIMIT, "5.2.2", "%s",
				  vm_run_text(run, ".over-quota.msg", "user is over quota"));
	return status == VM_OK ? VM_OK : vm_run_fail(run, VM_TEMPFAIL, &err);
}

static enum vm_status judge(struct vm_run *run, const struct vm_child_result *ended,
			    const char *program)
{
	if (ended->signalled)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s was killed by signal %d",
				  program, ended->code);
	if (ended->code == 0)
		return VM_OK;
	if (ended->code == EXIT_NO_PERMISSION || ended->code == EXIT_REFUSED)
		return vm_run_end(run, VM_DENIED, "5.7.1", "%.100s refused the message (exit %d)",
				  program, ended->code);
	return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%.100s failed (exit %d)", program,
			  ended->code);
}

/* The rules are its fd 1: it has nothing to say there, and closes all others. */
static enum vm_status run_maildrop(struct vm_run *run, const struct vm_account *account,
				   const char *path, const char *head)
{
	const char *argv[VM_RUN_WORDS_MAX] = { NULL };
	struct vm_run_environment environment = { .count = 0 };
	struct vm_child child = { .argv = argv,
				  .environment = environment.entries,
				  .folder = account->home,
				  .stdin_fd = -1,
				  .stdout_fd = -1,
				  .stderr_fd = -1,
				  .seconds = (int)run->context->config->filter_seconds };
	struct vm_child_result ended;
	struct vm_error err;
	size_t count = 0;
	enum vm_status status = vm_run_words(run, "maildrop_program",
					     run->context->config->maildrop_program, 1, argv,
					     &count);

	if (status != VM_OK)
		return status;
	argv[count++] = "/proc/self/fd/1";
	argv[count] = NULL;
	vm_run_environment(run, &environment, account->home);
	vm_run_set(run, &environment, "ACCOUNT_HOME", account->home);
	vm_run_set(run, &environment, "ACCOUNT_MAILDIR", path);
	if (environment.failed)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	status = vm_message_open_copy(run->message, head, strlen(head), &child.stdin_fd, &err);
	if (status == VM_OK)
		status = open_rules(account->home, &child.stdout_fd, &err);
	if (status == VM_OK)
		status = vm_child_run(&child, &ended, &err);
	vm_file_discard(&child.stdin_fd);
	vm_file_discard(&child.stdout_fd);
	return status == VM_OK ? judge(run, &ended, argv[0]) : vm_run_fail(run, VM_TEMPFAIL, &err);
}

enum vm_status vm_run_maildrop(struct vm_run *run, const struct vm_account *account,
			       const char *path, const char *head)
{
	const uint64_t size = strlen(head) + run->message->size;
	struct vm_quota quota = { 0 };
	struct vm_error err;
	int maildir = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, path, &maildir, &err);

	if (status != VM_OK)
		return vm_run_end(run, VM_TEMPFAIL, "4.2.0", "%s", err.text);
	if (vm_quota_parse(account->quota, &quota, &err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	status = check_room(run, maildir, &quota, size);
	if (status == VM_OK)
		status = run_maildrop(run, account, path, head);
	if (status == VM_OK) {
		run->copies++;
		vm_domain_usage_note(run, account, size);
		/* It does not sync, and only its rules know what it wrote. */
		status = vm_file_sync_filesystem(maildir, path, &err);
		if (status != VM_OK)
			status = vm_run_fail(run, VM_TEMPFAIL, &err);
	}
	vm_file_discard(&maildir);
	return status;
}
