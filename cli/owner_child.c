/* Runs work on a domain in a child that has become its owner. */
#include <config.h>

#include "cli/owner_child.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/identity.h"
#include "util/text.h"

void vm_session_raise_exit_code(struct vm_session *session, int code)
{
	if (code > session->exit_code)
		session->exit_code = code;
}

void vm_name_domain(struct vm_error *err, const char *name)
{
	struct vm_error why = *err;

	if (strstr(err->text, name) == NULL &&
	    !vm_text_format(err->text, sizeof err->text, "%s: %s", name, why.text))
		*err = why;
}

static int run_child(struct vm_session *session, const struct vm_domain *domain,
		     const struct vm_owner_work *work)
{
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = vm_identity_become(domain->uid, domain->gid, &err);

	session->exit_code = 0;
	session->context.store = NULL;
	if (status == VM_OK)
		status = work->run(work->context, session, domain, true, &err);
	if (status != VM_OK) {
		vm_name_domain(&err, domain->name);
		vm_session_raise_exit_code(session, vm_session_complain(session, status, &err));
	}
	vm_session_flush(session);
	return session->exit_code;
}

static enum vm_status wait_for_child(pid_t pid, int *code, struct vm_error *err)
{
	int result = 0;

	while (waitpid(pid, &result, 0) < 0)
		if (errno != EINTR)
			return vm_fail_errno(err, errno, "cannot wait for a child");
	if (!WIFEXITED(result))
		return vm_fail(err, VM_TEMPFAIL, "a child was killed by signal %d",
			       WTERMSIG(result));
	*code = WEXITSTATUS(result);
	return VM_OK;
}

enum vm_status vm_session_as_owner(struct vm_session *session, const struct vm_domain *domain,
				   const struct vm_owner_work *work, struct vm_error *err)
{
	int code = 0;
	pid_t pid = -1;
	enum vm_status status = VM_INTERNAL;

	if (geteuid() != 0 && geteuid() != domain->uid)
		return vm_fail(err, VM_TEMPFAIL, "%s: run it as root or as its owner",
			       domain->name);
	if (geteuid() != 0)
		return work->run(work->context, session, domain, false, err);
	vm_session_flush(session); /* else the child would print it too */
	pid = fork();
	if (pid < 0)
		return vm_fail_errno(err, errno, "cannot start a child for %s", domain->name);
	if (pid == 0)
		_exit(run_child(session, domain, work));
	status = wait_for_child(pid, &code, err);
	vm_session_raise_exit_code(session, code);
	return status;
}
