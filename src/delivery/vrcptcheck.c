/* vrcptcheck: tells an SMTP server whether mail for a recipient can be delivered. Source: reference 2.23. */
#include <config.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/config.h"
#include "delivery/engine.h"
#include "operations/default_domain.h"
#include "util/file.h"
#include "util/option_table.h"
#include "util/text.h"

enum {
	INPUT_FD = 3,
	INPUT_MAX = 4096,
	ARENA_MAX = 1024 * 1024,
	PATH_BYTES = 4096,
	EXIT_THERE = 0,
	EXIT_NOT_THERE = 1,
	EXIT_LATER = 111,
	HELP_MAX = 8192,
};

static const struct vm_option_table table = { "vrcptcheck",
					      "< ADDRESS on descriptor 3",
					      "Tells whether mail for an address can be delivered.",
					      NULL,
					      0,
					      false };

/* What a text names on this disk: not being able to look is no answer. */
static enum vm_status look(const char *path, bool *is_there, struct vm_error *err)
{
	struct stat info;
	const enum vm_status status = vm_file_stat(AT_FDCWD, path, &info, err);

	*is_there = *is_there || status == VM_OK;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* qmailadmin keeps a robot's message in D/NAME/message. */
static enum vm_status look_for_robot(const struct vm_context *context,
				     const struct vm_address *address, bool *is_there,
				     struct vm_error *err)
{
	char path[PATH_BYTES], name[VM_USER_MAX + 1];
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(context->store, address->domain, &arena, &domain, err);
	(void)vm_text_copy(name, sizeof name, address->user);
	for (char *c = name; *c != '\0'; c++) /* robots are written in capitals */
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	for (int i = 0; i < 2 && status == VM_OK; i++) {
		if (vm_text_format(path, sizeof path, "%s/%s/message", domain.dir,
				   i == 0 ? name : address->user))
			status = look(path, is_there, err);
	}
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* Q/alias/.qmail-NAME and .qmail-NAME-default, with the dots of the name written as colons. */
static enum vm_status look_for_host_alias(const struct vm_context *context,
					  const struct vm_address *address, bool *is_there,
					  struct vm_error *err)
{
	char path[PATH_BYTES], name[VM_USER_MAX + 1];
	enum vm_status status = VM_OK;

	(void)vm_text_copy(name, sizeof name, address->user);
	for (char *c = strchr(name, '.'); c != NULL; c = strchr(c, '.'))
		*c = ':';
	for (int i = 0; i < 2 && status == VM_OK; i++)
		if (vm_text_format(path, sizeof path, "%s/alias/.qmail-%s%s",
				   context->config->qmail_dir, name, i == 0 ? "" : "-default"))
			status = look(path, is_there, err);
	return status;
}

/* The very search that delivers, with the mail for unknown users refused. */
static enum vm_status check(const struct vm_context *context, const struct vm_address *address,
			    bool *is_there, struct vm_error *err)
{
	const struct vm_delivery delivery = {
		.context = context,
		.message = { .fd = -1, .memory = "", .sender = "", .delivered_to = "" },
		.fallback = "bounce-no-mailbox",
	};
	struct vm_delivery_result result;
	enum vm_status status = VM_OK;

	vm_delivery_check(&delivery, address, &result);
	if (!vm_status_is_definite(result.status))
		return vm_fail(err, VM_TEMPFAIL, "%.200s", result.text);
	*is_there = result.status == VM_OK;
	if (!*is_there && result.status == VM_NOT_FOUND)
		status = look_for_robot(context, address, is_there, err);
	if (status == VM_OK && !*is_there && result.status == VM_NOT_FOUND)
		status = look_for_host_alias(context, address, is_there, err);
	return status;
}

static enum vm_status read_address(const struct vm_context *context, struct vm_address *out,
				   struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1] = "";
	struct vm_address_policy policy;
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, INPUT_MAX);
	status = vm_file_read_fd(INPUT_FD, "descriptor 3", &text, err);
	if (status == VM_OK) {
		text.bytes[strcspn(text.bytes, "\r\n")] = '\0'; /* a NUL ends it as well */
		if (strpbrk(text.bytes, "@%/") == NULL)
			status = vm_default_domain(context, NULL, NULL, domain, err);
	}
	if (status == VM_OK) {
		policy = vm_config_address_policy(context->config, domain);
		status = vm_address_parse(text.bytes, &policy, out, err);
	}
	vm_buf_release(&text);
	return status;
}

static enum vm_status decide(struct vm_config *config, bool *is_there, struct vm_error *err)
{
	struct vm_log log;
	struct vm_store *store = NULL;
	struct vm_address address;
	struct vm_context context = { .config = config, .log = &log };
	enum vm_status status = VM_INTERNAL;

	vm_log_open(&log, config->log_target, config->log_name);
	status = vm_store_open(config, false, &store, err);
	context.store = store;
	if (status == VM_OK)
		status = read_address(&context, &address, err);
	if (status == VM_OK)
		status = check(&context, &address, is_there, err);
	vm_store_close(&store);
	vm_log_close(&log);
	return status;
}

static void print_text(void (*print)(const struct vm_option_table *, struct vm_buf *))
{
	struct vm_buf text;
	struct vm_error ignored;

	vm_buf_init(&text, HELP_MAX);
	print(&table, &text);
	(void)vm_file_write(STDOUT_FILENO, "standard output", text.bytes, text.length, &ignored);
	vm_buf_release(&text);
}

int main(int argc, char **argv)
{
	struct vm_config config = { 0 };
	struct vm_option_result parsed;
	struct vm_error err = { .status = VM_OK };
	bool is_there = false;
	enum vm_status status = vm_option_parse(&table, argc, argv, NULL, &parsed, &err);

	if (status == VM_OK && (parsed.wants_help || parsed.wants_version)) {
		print_text(parsed.wants_help ? vm_option_usage : vm_option_version);
		return 0;
	}
	if (status == VM_OK)
		status = vm_config_load(vm_home_from_environment(), &config, &err);
	if (status == VM_OK)
		status = decide(&config, &is_there, &err);
	vm_config_release(&config);
	if (status == VM_INVALID) /* no address of ours */
		return EXIT_NOT_THERE;
	if (status != VM_OK) {
		(void)fprintf(stderr, "vrcptcheck: %s\n", err.text); /* nowhere else to say it */
		return EXIT_LATER;
	}
	return is_there ? EXIT_THERE : EXIT_NOT_THERE;
}
