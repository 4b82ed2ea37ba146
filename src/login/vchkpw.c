/* checkpassword for virtual users: decides about the login on fd 3, then becomes the next program. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/identity.h"
#include "login/login_request.h"
#include "login/login_service.h"
#include "login/relay_helper.h"
#include "operations/account_home.h"
#include "operations/default_domain.h"
#include "operations/login_record.h"
#include "operations/relay_window.h"
#include "util/clock.h"
#include "util/text.h"

/* A definite "no" has 5.4's code; every maybe is EXIT_LATER. */
enum {
	EXIT_DENIED = 1,
	EXIT_WRONG = 3,
	EXIT_NO_INPUT = 11,
	EXIT_NO_NAME = 12,
	EXIT_NO_PASSWORD = 13,
	EXIT_NONE_STORED = 15,
	EXIT_CHARACTERS = 20,
	EXIT_LATER = 111,
};

/* 5.4's classes of an event. */
enum event { EVENT_INTERNAL, EVENT_UNKNOWN, EVENT_SUCCESS, EVENT_PASSWORD, EVENT_DENIED };

enum { ARENA_MAX = 1 << 20 };

struct checker {
	struct vm_config config;
	struct vm_log log;
	struct vm_store *store;
	struct vm_context context;
	struct vm_arena arena;
	const char *remote_ip;
	struct vm_login_service service;
	struct vm_login_request request;
	struct vm_login login;
	struct vm_login_result result;
	struct vm_relay_helper helper;
};

/* Writes the line; true when *out, which borrows the text, belongs into the store's log too. */
static bool say(struct checker *checker, enum event event, const char *text,
		struct vm_log_event *out)
{
	*out = (struct vm_log_event){
		.user = checker->login.address.user,
		.domain = checker->login.address.domain,
		.logon = checker->request.name,
		.remote_ip = checker->remote_ip,
		.message = text,
		.when = vm_clock_now(),
		.kind = (int)event,
	};

	if (checker->config.logging == VM_LOGGING_NONE ||
	    (checker->config.logging == VM_LOGGING_ERRORS && event == EVENT_SUCCESS))
		return false;
	vm_log_notice(&checker->log, "%s: %s", checker->service.log_name, text);
	return checker->store != NULL;
}

enum { TEXT_MAX = 2 * VM_LOGIN_NAME_MAX };

/* One line of reference 3.3: what, then whom. 5.4 turned '%' into '#' in the whole text. */
static bool make_text(const struct checker *checker, const char *what, const char *whom,
		      char out[TEXT_MAX])
{
	if (!vm_text_format(out, TEXT_MAX, "%s %s:%s", what, whom, checker->remote_ip))
		return false;
	for (char *byte = strchr(out, '%'); byte != NULL; byte = strchr(byte, '%'))
		*byte = '#';
	return true;
}

static void note(struct checker *checker, enum event event, const char *what, const char *whom)
{
	char text[TEXT_MAX];
	struct vm_log_event entry;
	struct vm_error err;

	/* A log that cannot be written must not decide a login. */
	if (make_text(checker, what, whom, text) && say(checker, event, text, &entry))
		(void)vm_store_log_write(checker->store, &entry, &err);
}

static bool name_account(const struct checker *checker, char out[VM_ADDRESS_MAX + 1])
{
	const struct vm_address *address = &checker->login.address;
	const char *domain = checker->result.domain.name;

	return vm_text_format(out, VM_ADDRESS_MAX + 1, "%s@%s", address->user,
			      domain != NULL ? domain : address->domain);
}

static void note_account(struct checker *checker, enum event event, const char *what)
{
	char whom[VM_ADDRESS_MAX + 1];

	if (name_account(checker, whom))
		note(checker, event, what, whom);
}

static int say_later(struct checker *checker, const struct vm_error *err)
{
	char text[VM_ERROR_TEXT_MAX + 32];

	if (vm_text_format(text, sizeof(text), "temporary failure (%s)", err->text))
		note(checker, EVENT_INTERNAL, text, checker->request.name);
	return EXIT_LATER;
}

/* Everything up to the end of file, at most what a login may have. -1: fd 3 cannot be read. */
static ssize_t read_input(char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size) {
		const ssize_t got = read(3, bytes + length, size - length);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	(void)close(3); /* only read from: nothing can be lost */
	return (ssize_t)length;
}

static int refuse_input(struct checker *checker, enum vm_login_input input)
{
	const char *name = checker->request.name;

	switch (input) {
	case VM_LOGIN_INPUT_GOOD:
		return 0;
	case VM_LOGIN_INPUT_NO_NAME:
		note(checker, EVENT_UNKNOWN, "null user name given", "");
		return EXIT_NO_NAME;
	case VM_LOGIN_INPUT_NO_PASSWORD:
		note(checker, EVENT_PASSWORD, "null password given", name);
		return EXIT_NO_PASSWORD;
	case VM_LOGIN_INPUT_NAME_TOO_LONG:
		note(checker, EVENT_PASSWORD, "invalid user/domain characters", name);
		return EXIT_CHARACTERS;
	case VM_LOGIN_INPUT_PASSWORD_TOO_LONG:
		note(checker, EVENT_PASSWORD, "password fail", name);
		return EXIT_WRONG;
	}
	return EXIT_LATER;
}

static void find_service(struct checker *checker, const char *program)
{
	const char *ip = getenv("TCPREMOTEIP");
	struct vm_login_connection connection = { getenv("TCPLOCALPORT"), NULL, program };

	if (ip == NULL)
		ip = getenv("TCP6REMOTEIP");
	if (ip == NULL)
		ip = getenv("REMOTE_HOST");
	checker->remote_ip = vm_login_plain_ip(ip);
	connection.remote_ip = checker->remote_ip;
	vm_login_service_find(&checker->config, &connection, &checker->service);
}

static enum vm_status parse_address(struct checker *checker, struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1] = "";
	struct vm_address_policy policy;
	enum vm_status status = VM_OK;

	if (strpbrk(checker->request.name, "@%/") == NULL)
		status = vm_default_domain(&checker->context, getenv("VPOPMAIL_DOMAIN"),
					   vm_login_plain_ip(getenv("TCPLOCALIP")), domain, err);
	if (status != VM_OK)
		return status;
	policy = vm_config_address_policy(&checker->config, domain);
	return vm_address_parse(checker->request.name, &policy, &checker->login.address, err);
}

/*
 * What the login writes (a learned password, the last login, a home) must belong to the domain's owner, and must not
 * be written by root into folders that the owner controls. For SMTP that is lent: 5.4 leaves that program's identity.
 */
static enum vm_status take_identity(const struct checker *checker, const struct vm_domain *domain,
				    struct vm_identity_lent *root, struct vm_error *err)
{
	if (checker->service.service != VM_SERVICE_SMTP)
		return vm_identity_become(domain->uid, domain->gid, err);
	return vm_identity_lend(domain->uid, domain->gid, root, err);
}

static void warn(struct checker *checker, const struct vm_error *err)
{
	vm_log_warning(&checker->log, "%s: relay window not opened for %s: %s",
		       checker->service.log_name, checker->remote_ip, err->text);
}

/* Root is given up for the domain's owner: who is not the vpopmail user cannot write what the windows are kept in. */
static void prepare_window(struct checker *checker, const struct vm_domain *domain)
{
	struct vm_error err = { .status = VM_OK };

	if (geteuid() == 0 && domain->uid != checker->config.uid &&
	    vm_relay_window_is_due(&checker->config, checker->service.service,
				   checker->remote_ip) &&
	    vm_relay_helper_start(&checker->helper, &checker->context, checker->remote_ip, &err) !=
		    VM_OK)
		warn(checker, &err);
}

/* A good login opens the window before the next program runs, and stays good when that fails. */
static void open_window(struct checker *checker)
{
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_OK;

	if (!vm_relay_window_is_due(&checker->config, checker->service.service,
				    checker->remote_ip) ||
	    !vm_access_decide(checker->result.flags, NULL, VM_SERVICE_RELAY).is_allowed)
		return;
	status = checker->helper.pid != 0
			 ? vm_relay_helper_open(&checker->helper, &err)
			 : vm_relay_window_open(&checker->context, checker->remote_ip, &err);
	if (status != VM_OK)
		warn(checker, &err);
}

/* An unknown domain is left for vm_authenticate to refuse, in a known one's time. */
static enum vm_status enter_domain(struct checker *checker, struct vm_identity_lent *root,
				   struct vm_error *err)
{
	struct vm_domain domain;
	enum vm_status status;

	status = vm_store_domain_get(checker->store, checker->login.address.domain, &checker->arena,
				     &domain, err);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status != VM_OK)
		return status;
	prepare_window(checker, &domain);
	return take_identity(checker, &domain, root, err);
}

static int refuse_login(struct checker *checker)
{
	static const char *const service_names[] = {
		[VM_SERVICE_POP] = "pop access denied",
		[VM_SERVICE_IMAP] = "imap access denied",
		[VM_SERVICE_SMTP] = "smtp access denied",
		[VM_SERVICE_WEBMAIL] = "webmail access denied",
		[VM_SERVICE_ANY] = "access denied",
	};

	switch (checker->result.refusal) {
	case VM_REFUSAL_UNKNOWN_USER:
		note_account(checker, EVENT_UNKNOWN, "vpopmail user not found");
		return EXIT_WRONG;
	case VM_REFUSAL_WRONG_PASSWORD:
		note_account(checker, EVENT_PASSWORD, "password fail");
		return EXIT_WRONG;
	case VM_REFUSAL_NO_PASSWORD_STORED:
		note_account(checker, EVENT_INTERNAL, "user has no password");
		return EXIT_NONE_STORED;
	case VM_REFUSAL_SERVICE_DISABLED:
		note_account(checker, EVENT_DENIED, service_names[checker->service.service]);
		return EXIT_DENIED;
	case VM_REFUSAL_TOO_SOON:
		note_account(checker, EVENT_DENIED, "login too soon after the last");
		return EXIT_DENIED;
	case VM_REFUSAL_NONE:
		break;
	}
	return EXIT_LATER;
}

/* Goes to the home; makes what is missing of it. SMTP needs one only to note the login in. */
static enum vm_status enter_home(struct checker *checker, struct vm_error *err)
{
	struct vm_account *account = &checker->result.account;
	const bool smtp = checker->service.service == VM_SERVICE_SMTP;
	struct stat maildir;
	enum vm_status status;

	if (account->home[0] != '\0') {
		if (smtp)
			return VM_OK;
		if (chdir(account->home) == 0 && lstat("Maildir", &maildir) == 0 &&
		    S_ISDIR(maildir.st_mode))
			return VM_OK;
	}
	status = vm_account_home_ensure(&checker->context, &checker->result.domain, account,
					&checker->arena, err);
	if (status == VM_OK && !smtp && chdir(account->home) != 0)
		return vm_fail_errno(err, errno, "chdir %s", account->home);
	return status;
}

static void welcome(struct checker *checker)
{
	static const char *const texts[] = {
		[VM_MECHANISM_PLAIN] = "(PLAIN) login success",
		[VM_MECHANISM_APOP] = "(APOP) login success",
		[VM_MECHANISM_CRAM_MD5] = "(CRAM-MD5) login success",
	};
	char whom[VM_ADDRESS_MAX + 1], text[TEXT_MAX];
	struct vm_log_event event;
	struct vm_error err = { .status = VM_OK };
	const bool is_logged = name_account(checker, whom) &&
			       make_text(checker, texts[checker->result.mechanism], whom, text) &&
			       say(checker, EVENT_SUCCESS, text, &event);

	if (vm_login_record(&checker->context, &checker->login, &checker->result,
			    is_logged ? &event : NULL, &err) != VM_OK)
		vm_log_warning(&checker->log, "%s: login of %s not recorded: %s",
			       checker->service.log_name, checker->request.name, err.text);
}

/* VPOPUSER is the name as it was typed, in lower case; a default domain is not appended. */
static bool set_environment(struct checker *checker)
{
	vm_text_lower(checker->request.name);
	return setenv("USER", checker->result.account.user, 1) == 0 &&
	       setenv("HOME", checker->result.account.home, 1) == 0 &&
	       setenv("SHELL", "NOLOGIN", 1) == 0 &&
	       setenv("VPOPUSER", checker->request.name, 1) == 0;
}

/* 0 when the next program may run. */
static int decide(struct checker *checker)
{
	struct vm_identity_lent root = { .is_lent = false };
	struct vm_error err = { .status = VM_OK };
	enum vm_status status;

	status = parse_address(checker, &err);
	if (status == VM_INVALID) {
		note(checker, EVENT_PASSWORD, "invalid user/domain characters",
		     checker->request.name);
		return EXIT_CHARACTERS;
	}
	if (status == VM_OK)
		status = enter_domain(checker, &root, &err);
	if (status != VM_OK)
		return say_later(checker, &err);
	checker->login.service = checker->service.service;
	checker->login.response = checker->request.response;
	checker->login.challenge = checker->request.challenge;
	checker->login.remote_ip = checker->remote_ip;
	status = vm_authenticate(&checker->context, &checker->login, &checker->arena,
				 &checker->result, &err);
	if (status == VM_DENIED)
		return refuse_login(checker);
	if (status == VM_OK)
		status = enter_home(checker, &err);
	if (status != VM_OK)
		return say_later(checker, &err);
	welcome(checker);
	open_window(checker);
	if (vm_identity_take_back(&root, &err) != VM_OK)
		return say_later(checker, &err);
	return set_environment(checker) ? 0 : EXIT_LATER;
}

/* Reads, decides, wipes. 0 when the next program may run. */
static int check_login(struct checker *checker, char *program)
{
	char input[VM_LOGIN_INPUT_MAX + 1];
	const ssize_t length = read_input(input, sizeof(input));
	struct vm_error err = { .status = VM_OK };
	enum vm_login_input kind;
	int code;

	if (length == -1)
		return EXIT_NO_INPUT;
	kind = vm_login_request_parse(input, (size_t)length, &checker->request);
	vm_wipe(input, sizeof(input));
	if (vm_config_load(vm_home_from_environment(), &checker->config, &err) != VM_OK) {
		(void)fprintf(stderr, "vchkpw: %s\n", err.text); /* nowhere else to say it */
		return EXIT_LATER;
	}
	vm_log_open(&checker->log, checker->config.log_target, checker->config.log_name);
	find_service(checker, program);
	checker->context = (struct vm_context){ .config = &checker->config, .log = &checker->log };
	if (kind != VM_LOGIN_INPUT_GOOD)
		return refuse_input(checker, kind);
	if (vm_store_open(&checker->config, true, &checker->store, &err) != VM_OK)
		return say_later(checker, &err);
	checker->context.store = checker->store;
	code = decide(checker);
	vm_relay_helper_stop(&checker->helper);
	vm_store_close(&checker->store);
	return code;
}

int main(int argc, char **argv)
{
	struct checker checker = { .remote_ip = "" };
	int code;

	vm_arena_init(&checker.arena, ARENA_MAX);
	(void)umask(077); /* returns the old mask, cannot fail */
	code = check_login(&checker, argc > 1 ? argv[1] : NULL);
	vm_secret_wipe(&checker.request.response);
	vm_secret_wipe(&checker.login.response);
	vm_arena_release(&checker.arena);
	vm_log_close(&checker.log);
	vm_config_release(&checker.config);
	if (code != 0)
		return code;
	if (argc < 2) {
		(void)fprintf(stderr, "usage: vchkpw program [argument ...] (login on fd 3)\n");
		return EXIT_LATER;
	}
	(void)execvp(argv[1], argv + 1);
	(void)fprintf(stderr, "vchkpw: %s: %s\n", argv[1], strerror(errno));
	return EXIT_LATER;
}
