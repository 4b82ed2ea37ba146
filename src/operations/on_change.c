/* Tells the administrator's program of changes. */
#include <config.h>

#include "operations/on_change.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/child_process.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 16 * 1024, PATH_ROOM = VM_PATH_MAX * 2 };

static bool is_wanted(const struct vm_context *context, enum vm_change_moment moment)
{
	const struct vm_config *const config = context->config;

	if (context->is_nested)
		return false;
	if (moment == VM_CHANGE_BEFORE)
		return config->onchange && config->onchange_before_and_after;
	return config->onchange || config->log_changes;
}

static bool program_path(const struct vm_config *config, char path[PATH_ROOM])
{
	if (config->onchange_program[0] != '\0')
		return vm_text_copy(path, PATH_ROOM, config->onchange_program);
	return vm_text_format(path, PATH_ROOM, "%s/etc/onchange", config->home);
}

/* Root runs it as the owner of what is changed: an account's owner must not become root by writing a program. */
static struct vm_child_owner choose_owner(const struct vm_config *config,
					  const struct vm_domain *domain)
{
	if (domain != NULL && domain->uid != 0)
		return (struct vm_child_owner){ domain->uid, domain->gid };
	return (struct vm_child_owner){ config->uid, config->gid };
}

/* What anybody could have put there is not run. */
static enum vm_status check_program(const struct vm_config *config, const char *path, uid_t runner,
				    struct vm_error *err)
{
	struct stat info;
	const enum vm_status status = vm_file_stat(AT_FDCWD, path, &info, err);

	if (status != VM_OK)
		return status;
	if (!S_ISREG(info.st_mode))
		return vm_fail(err, VM_MISCONFIG, "%s is no file", path);
	if ((info.st_mode & S_IWOTH) != 0 ||
	    (info.st_uid != 0 && info.st_uid != runner && info.st_uid != config->uid))
		return vm_fail(err, VM_MISCONFIG, "%s can be written by others: it is not run",
			       path);
	return VM_OK;
}

static enum vm_status run(const struct vm_context *context, const char *path, const char *moment,
			  const struct vm_change *change, struct vm_error *err)
{
	const struct vm_config *const config = context->config;
	const struct vm_child_owner owner = choose_owner(config, change->owner);
	const bool is_root = geteuid() == 0 || getuid() == 0;
	char home[PATH_ROOM], running[64];
	const char *const argv[] = { path,          change->command,
				     change->first, change->second == NULL ? "-" : change->second,
				     moment,        NULL };
	const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin", home, running,
					    NULL };
	const struct vm_child child = {
		.argv = argv,
		.environment = environment,
		.folder = "/",
		.stdin_fd = -1,
		/* Standard output may be a protocol's. */
		.stdout_fd = fcntl(STDERR_FILENO, F_GETFD) < 0 ? -1 : STDERR_FILENO,
		.stderr_fd = -1,
		.seconds = (int)config->onchange_seconds,
		.owner = is_root ? &owner : NULL,
	};
	struct vm_child_result ended = { 0 };
	enum vm_status status = check_program(config, path, is_root ? owner.uid : geteuid(), err);

	if (!vm_text_format(home, sizeof home, "VPOPMAIL_HOME=%s", config->home) ||
	    !vm_text_format(running, sizeof running, VM_HOOK_VARIABLE "=%.30s", change->command))
		return vm_fail(err, VM_MISCONFIG, "the home is too long");
	if (status == VM_OK)
		status = vm_child_run(&child, &ended, err);
	if (status == VM_OK && ended.signalled)
		return vm_fail(err, VM_TEMPFAIL, "%s was killed by signal %d", path, ended.code);
	if (status == VM_OK && ended.code != 0)
		return vm_fail(err, VM_TEMPFAIL, "%s exited with %d", path, ended.code);
	return status;
}

void vm_on_change(const struct vm_context *context, enum vm_change_moment moment,
		  const struct vm_change *change)
{
	const struct vm_config *const config = context->config;
	const char *const second = change->second == NULL ? "-" : change->second;
	const char *const word = !config->onchange_before_and_after ? ""
				 : moment == VM_CHANGE_BEFORE       ? "before"
								    : "after";
	char path[PATH_ROOM];
	struct vm_error err = { .text = "" };
	enum vm_status status = VM_MISCONFIG;

	if (!is_wanted(context, moment))
		return;
	if (moment == VM_CHANGE_AFTER && config->log_changes)
		vm_log_notice(context->log, "vpopmail-logger: %s %s %s", change->command,
			      change->first, second);
	if (!config->onchange || context->below_hook)
		return;
	if (program_path(config, path))
		status = run(context, path, word, change, &err);
	if (status != VM_OK)
		vm_log_warning(context->log, "onchange %s %s %s: %s", change->command,
			       change->first, second, err.text);
}

void vm_on_change_of(const struct vm_context *context, enum vm_change_moment moment,
		     const char *command, struct vm_name name, const char *second)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_arena scratch;
	struct vm_domain domain = { .name = name.domain };
	struct vm_change change = { .command = command, .first = address, .second = second };
	struct vm_error ignored; /* then the name as it was given, and the user of the settings */

	if (!is_wanted(context, moment))
		return;
	vm_arena_init(&scratch, SCRATCH_MAX);
	if (vm_store_domain_get(context->store, name.domain, &scratch, &domain, &ignored) == VM_OK)
		change.owner = &domain;
	if (vm_text_format(address, sizeof address, "%s@%s", name.user,
			   change.owner == NULL ? name.domain : domain.name))
		vm_on_change(context, moment, &change);
	vm_arena_release(&scratch);
}

struct vm_context vm_context_nested(const struct vm_context *context)
{
	struct vm_context nested = *context;

	nested.is_nested = true;
	return nested;
}
