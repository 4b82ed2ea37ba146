/* Runs another program and waits for it. */
#include <config.h>

#include "util/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"

enum { STDIO_COUNT = 3, GRACE_MS = 2000, FD_GUESS = 65536, BLOCK = 16 * 1024 };

/* The new process tells why it could not exec through a pipe that a successful exec closes. */
static void fail_child(int report)
{
	const int errnum = errno;

	(void)!write(report, &errnum, sizeof errnum); /* the parent sees the exit code then */
	_exit(127);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL); /* KILL, STOP and libc's own refuse */
	(void)sigemptyset(&none);              /* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First above the low numbers, then down, so that no source is overwritten before it is used. */
static void place_stdio(const struct vm_child *child, int *report)
{
	const int wanted[STDIO_COUNT] = { child->stdin_fd, child->stdout_fd, child->stderr_fd };
	int high[STDIO_COUNT] = { -1, -1, -1 };

	*report = fcntl(*report, F_DUPFD_CLOEXEC, 10);
	if (*report < 0)
		_exit(127);
	for (int i = 0; i < STDIO_COUNT; i++) {
		const int fd = wanted[i] >= 0 ? wanted[i]
			       : i < 2        ? open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY)
					      : i;

		high[i] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		if (high[i] < 0 && (wanted[i] >= 0 || i < 2))
			fail_child(*report);
	}
	for (int i = 0; i < STDIO_COUNT; i++)
		if (high[i] >= 0 && dup2(high[i], i) < 0)
			fail_child(*report);
}

/* Everything above the standard three but the report goes; the report goes at exec. */
static void close_others(int report)
{
	if (syscall(SYS_close_range, (unsigned)STDIO_COUNT, (unsigned)report - 1, 0U) == 0 &&
	    syscall(SYS_close_range, (unsigned)report + 1, ~0U, 0U) == 0)
		return;
	/* A kernel before 5.9. */
	for (int fd = STDIO_COUNT; fd < FD_GUESS; fd++)
		if (fd != report)
			(void)close(fd); /* most are not open */
}

static bool take_owner(const struct vm_child_owner *owner)
{
	/* A process that lent its identity takes it back first, so that nothing of root is left. */
	return owner == NULL ||
	       ((geteuid() == 0 || seteuid(0) == 0) && setgroups(1, &owner->gid) == 0 &&
		setresgid(owner->gid, owner->gid, owner->gid) == 0 &&
		setresuid(owner->uid, owner->uid, owner->uid) == 0);
}

__attribute__((noreturn)) static void become(const struct vm_child *child, int report)
{
	/* execve wants char *const *, and promises not to write. */
	union {
		const char *const *in;
		char *const *out;
	} argv = { child->argv };
	union {
		const char *const *in;
		char *const *out;
	} environment = { child->environment };

	(void)setpgid(0, 0); /* cannot fail: we have just been born */
	reset_signals();
	place_stdio(child, &report);
	close_others(report);
	if (take_owner(child->owner) && (child->folder == NULL || chdir(child->folder) == 0))
		execve(argv.out[0], argv.out, environment.out);
	fail_child(report);
	_exit(127);
}

/* -1 when it is running; else the errno of what went wrong before exec. */
static int read_report(int fd)
{
	int errnum = 0;
	ssize_t got = 0;

	do {
		got = read(fd, &errnum, sizeof errnum);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof errnum ? errnum : -1;
}

/* False when nobody knows how it ended: whoever called us ignores SIGCHLD, or has waited for all its children. */
static bool reap(pid_t pid, int *wait_status)
{
	pid_t found = -1;

	do
		found = waitpid(pid, wait_status, 0);
	while (found < 0 && errno == EINTR);
	return found == pid;
}

/* True when the child ended before the deadline; a pidfd wakes us at once and needs no signal handler. */
static bool wait_until(pid_t pid, int64_t deadline)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	bool is_over = false;

	while (!is_over) {
		const int64_t left = deadline - vm_clock_monotonic_ms();
		/* A kernel before 5.3 has no pidfd: look every 10 ms. */
		const int64_t nap = fd < 0 && left > 10 ? 10 : left;
		siginfo_t info = { 0 };

		if (poll(&ended, fd < 0 ? 0 : 1,
			 left <= 0     ? 0
			 : nap > 60000 ? 60000
				       : (int)nap) < 0 &&
		    errno != EINTR)
			break;
		is_over = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
				  ? info.si_pid == pid
				  : errno == ECHILD;
		if (left <= 0)
			break;
	}
	vm_file_discard(&fd);
	return is_over;
}

/* First TERM, so that the program may tidy up; then KILL to whatever is left of the group. */
static void end_group(pid_t pid)
{
	(void)kill(-pid, SIGTERM); /* gone already is fine */
	(void)wait_until(pid, vm_clock_monotonic_ms() + GRACE_MS);
	(void)kill(-pid, SIGKILL);
}

/* One block of the output; *is_over at its end. */
static enum vm_status copy_block(const struct vm_child *child, int from, uint64_t *copied,
				 bool *is_over, struct vm_error *err)
{
	const struct vm_child_copy *const copy = child->copy;
	char block[BLOCK];
	const ssize_t got = read(from, block, sizeof block);

	if (got < 0 && errno == EINTR)
		return VM_OK;
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot read from %s", child->argv[0]);
	*is_over = got == 0;
	*copied += (uint64_t)got;
	if (copy->maximum > 0 && *copied > copy->maximum)
		return vm_fail(err, VM_TEMPFAIL, "%s writes too much", child->argv[0]);
	return vm_file_write(copy->fd, copy->name, block, (size_t)got, err);
}

/* All that the program writes; VM_TEMPFAIL too when the deadline passes first, with *timed_out. */
static enum vm_status copy_output(const struct vm_child *child, int from, int64_t deadline,
				  bool *timed_out, struct vm_error *err)
{
	uint64_t copied = 0;
	bool is_over = false;
	enum vm_status status = VM_OK;

	while (status == VM_OK && !is_over && !*timed_out) {
		struct pollfd ready = { .fd = from, .events = POLLIN };
		const int64_t left = deadline == 0 ? GRACE_MS : deadline - vm_clock_monotonic_ms();
		const int count = poll(&ready, 1, left <= 0 ? 0 : left > 60000 ? 60000 : (int)left);

		if (count > 0)
			status = copy_block(child, from, &copied, &is_over, err);
		*timed_out = !is_over && left <= 0;
	}
	return status;
}

static enum vm_status await(const struct vm_child *child, pid_t pid, int output,
			    struct vm_child_result *result, struct vm_error *err)
{
	const int64_t deadline =
		child->seconds > 0 ? vm_clock_monotonic_ms() + (int64_t)child->seconds * 1000 : 0;
	enum vm_status status = VM_OK;
	int wait_status = 0;

	if (output >= 0)
		status = copy_output(child, output, deadline, &result->timed_out, err);
	if (status == VM_OK && !result->timed_out && deadline > 0)
		result->timed_out = !wait_until(pid, deadline);
	if (status != VM_OK || result->timed_out)
		end_group(pid);
	if (!reap(pid, &wait_status))
		return vm_fail(err, VM_TEMPFAIL, "nobody knows how %s ended", child->argv[0]);
	result->signalled = WIFSIGNALED(wait_status);
	result->code = result->signalled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	if (status == VM_OK && result->timed_out)
		return vm_fail(err, VM_TEMPFAIL, "%s did not end within %d seconds", child->argv[0],
			       child->seconds);
	return status;
}

enum vm_status vm_child_run(const struct vm_child *asked, struct vm_child_result *result,
			    struct vm_error *err)
{
	struct vm_child own = *asked;
	const struct vm_child *const child = &own;
	int report[2] = { -1, -1 }, output[2] = { -1, -1 };
	enum vm_status status = VM_INTERNAL;
	int errnum = -1;
	pid_t pid = -1;

	*result = (struct vm_child_result){ 0 };
	if (pipe2(report, O_CLOEXEC) != 0)
		return vm_fail_errno(err, errno, "cannot make a pipe for %s", child->argv[0]);
	if (child->copy != NULL && pipe2(output, O_CLOEXEC) != 0) {
		status = vm_fail_errno(err, errno, "cannot make a pipe for %s", child->argv[0]);
		goto out;
	}
	if (child->copy != NULL)
		own.stdout_fd = output[1];
	pid = fork();
	if (pid < 0) {
		status = vm_fail_errno(err, errno, "cannot fork for %s", child->argv[0]);
		goto out;
	}
	if (pid == 0)
		become(child, report[1]);
	vm_file_discard(&report[1]);
	vm_file_discard(&output[1]);
	(void)setpgid(pid, pid); /* whoever comes first; after the exec it is done already */
	errnum = read_report(report[0]);
	if (errnum >= 0) {
		int ignored = 0;

		(void)reap(pid, &ignored); /* the report says why */
		status = vm_fail_errno(err, errnum, "cannot run %s", child->argv[0]);
		goto out;
	}
	status = await(child, pid, output[0], result, err);
out:
	vm_file_discard(&output[0]);
	vm_file_discard(&output[1]);
	vm_file_discard(&report[0]);
	vm_file_discard(&report[1]);
	return status;
}
