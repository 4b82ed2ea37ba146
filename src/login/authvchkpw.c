/* A module of Courier's old authentication protocol: decides about the login on fd 3, then becomes the next program. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/identity.h"
#include "core/quota.h"
#include "login/login_service.h"
#include "operations/account_home.h"
#include "operations/default_domain.h"
#include "operations/login_record.h"
#include "operations/relay_window.h"
#include "util/file.h"
#include "util/secret.h"
#include "util/text.h"

/* Source: reference 2.27. Courier takes 1 for "no", others for trouble; every maybe is EXIT_LATER. */
enum { EXIT_WRONG = 1, EXIT_USAGE = 2, EXIT_LATER = 111 };

enum { ARENA_MAX = 1 << 20, INPUT_FD = 3, INPUT_MAX = 4096, FIELDS = 4, ARGUMENTS_MAX = 256 };

enum field { FIELD_SERVICE, FIELD_TYPE, FIELD_USER, FIELD_PASSWORD };

struct checker {
	struct vm_config config;
	struct vm_log log;
	struct vm_context context;
	struct vm_arena arena;
	char input[INPUT_MAX + 1]; /* as it came: the next module reads the same */
	size_t length;
	char copy[INPUT_MAX + 1], *fields[FIELDS]; /* taken apart */
	struct vm_login login;
	struct vm_login_result result;
	struct vm_identity_lent root; /* the next module may need it */
};

static int later(struct checker *checker, const struct vm_error *err)
{
	vm_log_error(&checker->log, "authvchkpw: temporary failure (%s)", err->text);
	return EXIT_LATER;
}

static bool read_input(struct checker *checker)
{
	while (checker->length < INPUT_MAX) {
		const ssize_t got = read(INPUT_FD, checker->input + checker->length,
					 INPUT_MAX - checker->length);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return false;
		if (got == 0)
			break;
		checker->length += (size_t)got;
	}
	(void)close(INPUT_FD); /* only read from: nothing can be lost */
	return true;
}

/* service LF type LF user LF password LF. False: not a login that this module knows. */
static bool take_apart(struct checker *checker)
{
	char *text = checker->copy;

	memcpy(checker->copy, checker->input, checker->length);
	checker->copy[checker->length] = '\0';
	if (checker->length == INPUT_MAX || strlen(text) != checker->length)
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		char *const end = strchr(text, '\n');

		checker->fields[i] = text;
		if (end == NULL)
			return i == FIELD_PASSWORD && text[0] != '\0';
		*end = '\0';
		text = end + 1;
	}
	return strcmp(checker->fields[FIELD_TYPE], "login") == 0;
}

static enum vm_service service_of(const char *name)
{
	if (strcmp(name, "webmail") == 0)
		return VM_SERVICE_WEBMAIL;
	if (strcmp(name, "imap") == 0)
		return VM_SERVICE_IMAP;
	if (strcmp(name, "smtp") == 0 || strcmp(name, "esmtp") == 0)
		return VM_SERVICE_SMTP;
	return VM_SERVICE_POP;
}

/* ---- what comes next ---- */

/* The same bytes on descriptor 3, from memory: they hold a password. */
static bool feed_again(const struct checker *checker)
{
	struct vm_error err;
	const int fd = memfd_create("login", 0);

	if (fd < 0 ||
	    vm_file_write(fd, "the login", checker->input, checker->length, &err) != VM_OK ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return false;
	if (fd == INPUT_FD)
		return true;
	return dup2(fd, INPUT_FD) == INPUT_FD && close(fd) == 0;
}

static int become(char **argv)
{
	(void)execv(argv[0], argv);
	(void)fprintf(stderr, "authvchkpw: %s: %s\n", argv[0], strerror(errno));
	return EXIT_LATER;
}

/* Modules are called auth...; what comes after the last of them is the server. */
static bool is_module(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return vm_text_starts_with(slash == NULL ? path : slash + 1, "auth");
}

/* The program that asked, with its arguments, as it has noted them in AUTHARGC and AUTHARGV0, AUTHARGV1 ... */
static int ask_again(void)
{
	static const char refusal[] = "AUTHFAILURE\n";
	static char *arguments[ARGUMENTS_MAX + 1];
	const char *const count_text = getenv("AUTHARGC");
	struct vm_error err;
	uint64_t count = 0;

	(void)vm_file_write(STDERR_FILENO, "standard error", refusal, sizeof refusal - 1, &err);
	if (count_text == NULL || !vm_text_parse_u64(count_text, ARGUMENTS_MAX, &count) ||
	    count == 0)
		return EXIT_WRONG;
	for (uint64_t i = 0; i < count; i++) {
		char name[32];

		(void)vm_text_format(name, sizeof name, "AUTHARGV%llu", (unsigned long long)i);
		arguments[i] = getenv(name);
		if (arguments[i] == NULL)
			return EXIT_WRONG;
	}
	return become(arguments);
}

static int refuse(struct checker *checker, char **argv)
{
	if (!is_module(argv[1])) {
		vm_wipe(checker->input, sizeof checker->input);
		return ask_again();
	}
	if (!feed_again(checker))
		return EXIT_LATER;
	vm_wipe(checker->input, sizeof checker->input);
	return become(argv + 1);
}

/* ---- the login ---- */

static enum vm_status parse_address(struct checker *checker, struct vm_error *err)
{
	const char *const name = checker->fields[FIELD_USER];
	char domain[VM_DOMAIN_MAX + 1] = "";
	struct vm_address_policy policy;
	enum vm_status status = VM_OK;

	if (strpbrk(name, "@%/") == NULL)
		status = vm_default_domain(&checker->context, getenv("VPOPMAIL_DOMAIN"),
					   vm_login_plain_ip(getenv("TCPLOCALIP")), domain, err);
	if (status != VM_OK)
		return status;
	policy = vm_config_address_policy(&checker->config, domain);
	return vm_address_parse(name, &policy, &checker->login.address, err);
}

/* Everything after this is done as the owner; an unknown domain is left for vm_authenticate to refuse in a known one's time. */
static enum vm_status enter_domain(struct checker *checker, struct vm_error *err)
{
	struct vm_domain domain;
	enum vm_status status = vm_store_domain_get(checker->context.store,
						    checker->login.address.domain, &checker->arena,
						    &domain, err);

	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK)
		status = vm_identity_lend(domain.uid, domain.gid, &checker->root, err);
	if (status == VM_DENIED) /* another user could: this is no answer about the login */
		status = VM_TEMPFAIL;
	return status;
}

static enum vm_status enter_home(struct checker *checker, struct vm_error *err)
{
	struct vm_account *const account = &checker->result.account;
	struct stat maildir;
	enum vm_status status = VM_OK;

	if (account->home[0] != '\0' && chdir(account->home) == 0 &&
	    lstat("Maildir", &maildir) == 0 && S_ISDIR(maildir.st_mode))
		return VM_OK;
	status = vm_account_home_ensure(&checker->context, &checker->result.domain, account,
					&checker->arena, err);
	if (status == VM_OK && chdir(account->home) != 0)
		return vm_fail_errno(err, errno, "chdir %s", account->home);
	return status;
}

static enum vm_status authenticate(struct checker *checker, struct vm_error *err)
{
	struct vm_error ignored;
	enum vm_status status = parse_address(checker, err);

	checker->login.service = service_of(checker->fields[FIELD_SERVICE]);
	checker->login.challenge = "";
	if (status == VM_OK &&
	    !vm_secret_set(&checker->login.response, checker->fields[FIELD_PASSWORD],
			   strlen(checker->fields[FIELD_PASSWORD])))
		return vm_fail(err, VM_DENIED, "the password is too long");
	if (status == VM_OK)
		status = enter_domain(checker, err);
	if (status == VM_OK)
		status = vm_authenticate(&checker->context, &checker->login, &checker->arena,
					 &checker->result, err);
	if (status == VM_OK)
		status = enter_home(checker, err);
	vm_secret_wipe(&checker->login.response);
	if (status == VM_OK && vm_login_record(&checker->context, &checker->login, &checker->result,
					       NULL, &ignored) != VM_OK)
		vm_log_warning(&checker->log, "authvchkpw: login of %s not recorded: %s",
			       checker->fields[FIELD_USER], ignored.text);
	return status;
}

static bool set_environment(const struct checker *checker)
{
	const struct vm_account *const account = &checker->result.account;
	char address[VM_ADDRESS_MAX + 1], maildir[VM_PATH_MAX + 16], quota[VM_QUOTA_MAX + 1] = "";
	struct vm_quota parsed = { 0 };
	struct vm_error ignored;

	if (vm_quota_parse(account->quota, &parsed, &ignored) == VM_OK &&
	    !vm_quota_is_unlimited(&parsed))
		(void)vm_text_copy(quota, sizeof quota, account->quota);
	return vm_text_format(address, sizeof address, "%s@%s", account->user, account->domain) &&
	       vm_text_format(maildir, sizeof maildir, "%s/Maildir", account->home) &&
	       setenv("AUTHENTICATED", address, 1) == 0 && setenv("AUTHADDR", address, 1) == 0 &&
	       setenv("AUTHFULLNAME", account->comment, 1) == 0 &&
	       setenv("MAILDIRQUOTA", quota, 1) == 0 && setenv("MAILDIR", maildir, 1) == 0;
}

static enum vm_status open_all(struct checker *checker, struct vm_error *err)
{
	struct vm_store *store = NULL;
	enum vm_status status = vm_config_load(vm_home_from_environment(), &checker->config, err);

	if (status != VM_OK)
		return status;
	vm_log_open(&checker->log, checker->config.log_target, checker->config.log_name);
	checker->context = (struct vm_context){ .config = &checker->config, .log = &checker->log };
	checker->login.remote_ip = vm_login_plain_ip(getenv("TCPREMOTEIP"));
	status = vm_store_open(&checker->config, true, &store, err);
	checker->context.store = store;
	return status;
}

/* As the vpopmail user, whoever owns the domain. What fails refuses no login. */
static void open_window(struct checker *checker)
{
	const struct vm_config *const config = &checker->config;
	struct vm_identity_lent root = { .is_lent = false };
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (!vm_relay_window_is_due(config, checker->login.service, checker->login.remote_ip) ||
	    !vm_access_decide(checker->result.flags, NULL, VM_SERVICE_RELAY).is_allowed)
		return;
	status = vm_identity_lend(config->uid, config->gid, &root, &err);
	if (status == VM_OK)
		status = vm_relay_window_open(&checker->context, checker->login.remote_ip, &err);
	if (status != VM_OK)
		vm_log_warning(&checker->log, "authvchkpw: relay window not opened for %s: %s",
			       checker->login.remote_ip, err.text);
	if (vm_identity_take_back(&root, &err) != VM_OK)
		vm_log_error(&checker->log, "authvchkpw: %s", err.text);
}

/* Back to root for the next module, or down to the owner for good for the server. */
static enum vm_status end_loan(struct checker *checker, enum vm_status status, struct vm_error *err)
{
	struct vm_error why;
	enum vm_status back = vm_identity_take_back(&checker->root, &why);

	if (back == VM_OK && status == VM_OK)
		open_window(checker);
	if (back == VM_OK && status == VM_OK)
		back = vm_identity_become(checker->result.domain.uid, checker->result.domain.gid,
					  &why);
	if (back == VM_OK)
		return status;
	*err = why;
	return VM_TEMPFAIL;
}

/* VM_OK: he is who he says, and the environment tells so. */
static enum vm_status decide(struct checker *checker, struct vm_error *err)
{
	enum vm_status status = VM_DENIED;

	if (!take_apart(checker))
		return vm_fail(err, VM_DENIED, "no login of this kind");
	status = open_all(checker, err);
	if (status == VM_OK)
		status = authenticate(checker, err);
	if (status == VM_OK && !set_environment(checker))
		status = vm_fail_memory(err);
	status = end_loan(checker, status, err);
	vm_store_close(&checker->context.store);
	return status;
}

int main(int argc, char **argv)
{
	static struct checker checker;
	const char *const earlier = getenv("AUTHENTICATED");
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: authvchkpw [module ...] program [argument ...]\n");
		return EXIT_USAGE;
	}
	if (earlier != NULL && earlier[0] != '\0') /* a module before this one knew him */
		return become(argv + 1);
	(void)umask(077); /* returns the old mask, cannot fail */
	vm_arena_init(&checker.arena, ARENA_MAX);
	vm_log_open(&checker.log, VM_LOG_STDERR, "authvchkpw");
	status = read_input(&checker) ? decide(&checker, &err)
				      : vm_fail(&err, VM_TEMPFAIL, "descriptor 3 cannot be read");
	vm_wipe(checker.copy, sizeof checker.copy);
	vm_arena_release(&checker.arena);
	if (status != VM_OK && vm_status_is_definite(status))
		return refuse(&checker, argv);
	vm_wipe(checker.input, sizeof checker.input);
	return status == VM_OK ? become(argv + 1) : later(&checker, &err);
}
