/* vdelivermail: delivers the message on standard input for qmail-local. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/identity.h"
#include "delivery/engine.h"
#include "delivery/spool.h"
#include "util/text.h"

enum { EXIT_REFUSED = 100, EXIT_LATER = 111 };

/* RPLINE as qmail-local made it: "Return-Path: <...>\n". */
static void take_return_path(struct vm_message *message, char *line, size_t size)
{
	const char *const text = getenv("RPLINE");

	if (text == NULL || !vm_text_starts_with(text, "Return-Path:") ||
	    !vm_text_copy(line, size, text))
		return;
	line[strcspn(line, "\r\n")] = '\0';
	message->return_path = line;
}

/* DTLINE names the address by which qmail came here. It is compared as it stands (decision 21). */
static void take_delivered_to(struct vm_message *message, char *address, size_t size)
{
	static const char name[] = "Delivered-To: ";
	const char *const text = getenv("DTLINE");

	message->delivered_to = "";
	if (text == NULL || !vm_text_starts_with(text, name) ||
	    !vm_text_copy(address, size, text + strlen(name)))
		return;
	address[strcspn(address, "\r\n")] = '\0';
	message->delivered_to = address;
}

/* EXT and HOST of the environment. 100 and a text when they can be no address. */
static int take_recipient(const struct vm_config *config, struct vm_address *out,
			  struct vm_error *err)
{
	const struct vm_address_policy policy = vm_config_address_policy(config, "");
	const char *const user = getenv("EXT"), *const host = getenv("HOST");

	if (user == NULL || vm_user_parse(user, &policy, out->user, err) != VM_OK) {
		puts("invalid username");
		return EXIT_REFUSED;
	}
	if (host == NULL || vm_domain_parse(host, &policy, out->domain, err) != VM_OK) {
		puts("invalid domain name");
		return EXIT_REFUSED;
	}
	return 0;
}

/*
 * Becomes the owner of the domain, and says where a message that comes by a pipe is kept meanwhile: in the domain's own
 * folder, which the owner may write and which is on the disk of its Maildirs.
 */
static enum vm_status become_owner(const struct vm_context *context, const char *domain,
				   char folder[VM_SPOOL_PATH_MAX], struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain found;
	struct stat message;
	enum vm_status status = vm_spool_folder(context->config, folder, err);

	if (status != VM_OK ||
	    (geteuid() != 0 && fstat(STDIN_FILENO, &message) == 0 && S_ISREG(message.st_mode)))
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(context->store, domain, &arena, &found, err);
	if (status == VM_OK && !vm_text_copy(folder, VM_SPOOL_PATH_MAX, found.dir))
		status = vm_fail(err, VM_INTERNAL, "the folder of %s is too long", domain);
	if (status == VM_OK && geteuid() == 0)
		status = vm_identity_become(found.uid, found.gid, err);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status; /* the delivery says so */
}

static int exit_code(const struct vm_delivery_result *result)
{
	if (result->status == VM_OK)
		return 0;
	puts(result->text);
	return vm_status_is_definite(result->status) ? EXIT_REFUSED : EXIT_LATER;
}

static int deliver(const struct vm_context *context, const char *action, struct vm_error *err)
{
	char return_path[VM_SENDER_MAX + 64], delivered_to[VM_SENDER_MAX + 64];
	char folder[VM_SPOOL_PATH_MAX];
	struct vm_delivery delivery = { .context = context, .fallback = action };
	const char *const sender = getenv("SENDER");
	struct vm_delivery_result result;
	struct vm_address recipient;
	enum vm_status status = VM_INTERNAL;
	int code = take_recipient(context->config, &recipient, err);

	if (code != 0)
		return code;
	delivery.message.sender = sender == NULL ? "" : sender;
	take_return_path(&delivery.message, return_path, sizeof return_path);
	take_delivered_to(&delivery.message, delivered_to, sizeof delivered_to);
	status = become_owner(context, recipient.domain, folder, err);
	if (status == VM_OK)
		status = vm_message_from_fd(&delivery.message, STDIN_FILENO, folder, err);
	if (status != VM_OK) {
		puts(err->text);
		return EXIT_LATER;
	}
	vm_deliver(&delivery, &recipient, &result);
	vm_message_release(&delivery.message);
	return exit_code(&result);
}

int main(int argc, char **argv)
{
	struct vm_config config = { 0 };
	struct vm_log log = { .target = VM_LOG_NONE };
	struct vm_context context = { .config = &config, .log = &log };
	struct vm_store *store = NULL;
	struct vm_error err = { 0 };
	enum vm_status status = VM_INTERNAL;
	int code = EXIT_LATER;

	umask(077);
	if (argc != 3) {
		puts("vdelivermail: invalid syntax in .qmail-default file");
		return EXIT_LATER;
	}
	status = vm_config_load(vm_home_from_environment(), &config, &err);
	if (status == VM_OK) {
		vm_log_open(&log, config.log_target, "vdelivermail");
		status = vm_store_open(&config, true, &store, &err);
	}
	context.store = store;
	if (status == VM_OK)
		code = deliver(&context, argv[2], &err);
	else
		puts(err.text);
	vm_store_close(&store);
	vm_log_close(&log);
	vm_config_release(&config);
	return code;
}
