/* vadddomain: adds a domain and its postmaster. */
#include <config.h>

#include <pwd.h>
#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "cli/password_input.h"
#include "operations/domain_create.h"

enum { PASSWD_MAX = 16 * 1024 };

struct options {
	struct vm_common_options common;
	struct vm_password_options password;
	const char *quota, *catch_all, *user, *dir;
	uint64_t uid, gid;
	bool bounce, optimize;
};

static const uint64_t no_id = UINT32_MAX; /* what chown takes for "leave it" */

static struct options options = { .uid = UINT32_MAX, .gid = UINT32_MAX };

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'q', "quota", VM_OPTION_TEXT, offsetof(struct options, quota), "QUOTA",
	  "quota of postmaster", 0, 0, NULL },
	{ 'b', "bounce", VM_OPTION_FLAG, offsetof(struct options, bounce), NULL,
	  "bounce mail for unknown recipients (default)", 0, 0, NULL },
	{ 'e', "catchall", VM_OPTION_TEXT, offsetof(struct options, catch_all), "ADDRESS",
	  "send mail for unknown recipients there", 0, 0, NULL },
	{ 'u', "user", VM_OPTION_TEXT, offsetof(struct options, user), "USER",
	  "owner: a user of the system", 0, 0, NULL },
	{ 'd', "dir", VM_OPTION_TEXT, offsetof(struct options, dir), "FOLDER",
	  "keep it in FOLDER/domains/", 0, 0, NULL },
	{ 'i', "uid", VM_OPTION_NUMBER, offsetof(struct options, uid), "NUMBER", "owner by number",
	  0, UINT32_MAX - 1, NULL },
	{ 'g', "gid", VM_OPTION_NUMBER, offsetof(struct options, gid), "NUMBER", "group by number",
	  0, UINT32_MAX - 1, NULL },
	{ 'O', "optimize", VM_OPTION_FLAG, offsetof(struct options, optimize), NULL,
	  "neither compile morercpthosts nor signal qmail-send", 0, 0, NULL },
	{ 'r', "random", VM_OPTION_OPTIONAL, offsetof(struct options, password.random), "LENGTH",
	  "make a random password", 0, 0, NULL },
	{ 0, "password-stdin", VM_OPTION_FLAG, offsetof(struct options, password.from_stdin), NULL,
	  "read the password from standard input", 0, 0, NULL },
};

/* -u names owner and base; -d, -i and -g win over it. */
static enum vm_status find_owner(const struct vm_session *session,
				 struct vm_domain_request *request, struct vm_error *err)
{
	request->uid = session->context.config->uid;
	request->gid = session->context.config->gid;
	request->base = options.dir;
	if (options.user != NULL) {
		static char texts[PASSWD_MAX]; /* the base folder points into it */
		struct passwd entry, *found = NULL;

		if (getpwnam_r(options.user, &entry, texts, sizeof texts, &found) != 0)
			return vm_fail(err, VM_TEMPFAIL, "cannot look up user %s", options.user);
		if (found == NULL)
			return vm_fail_field(err, VM_INVALID, "user",
					     "user %s not found in /etc/passwd", options.user);
		request->uid = entry.pw_uid;
		request->gid = entry.pw_gid;
		if (request->base == NULL)
			request->base = entry.pw_dir;
	}
	if (options.uid != no_id)
		request->uid = (uid_t)options.uid;
	if (options.gid != no_id)
		request->gid = (gid_t)options.gid;
	return VM_OK;
}

/* Refused before anybody types a password. */
static enum vm_status check_new(struct vm_session *session, const char *domain,
				struct vm_error *err)
{
	const enum vm_status status = vm_domain_check_new(domain, err);

	return status == VM_OK ? vm_domain_make_way(&session->context, domain, err) : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_password_input input;
	struct vm_domain_request request = { .domain = domain,
					     .password = &input.password,
					     .quota = options.quota,
					     .catch_all = options.catch_all,
					     .optimize = options.optimize };
	enum vm_status status = vm_session_domain(session, operands[0], domain, err);

	if (status == VM_OK)
		status = find_owner(session, &request, err);
	if (status == VM_OK)
		status = check_new(session, domain, err);
	if (status == VM_OK)
		status = vm_password_input_get(session, &options.password,
					       count > 1 ? operands[1] : NULL, "postmaster", &input,
					       err);
	if (status != VM_OK)
		return status;
	status = vm_domain_create(&session->context, &request, err);
	if (status == VM_OK) {
		vm_session_report(session, "domain", domain);
		vm_password_input_show(session, &input);
	}
	vm_secret_wipe(&input.password);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vadddomain", "domain [postmaster-password]", "Adds a domain.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 2,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
