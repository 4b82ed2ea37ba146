/* Becomes the owner of a domain and serves one request for it. */
#include <config.h>

#include "delivery/owner_child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/assign_file.h"
#include "core/identity.h"
#include "delivery/owner_keeper.h"
#include "delivery/owner_request.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/packet.h"

enum { EXIT_LATER = 111, LOOKUP_ARENA = 256 * 1024, REQUEST_MS = 10 * 1000, ANSWER_MS = 10 * 1000 };

/* Root's part: only the name of the domain is known so far. */
static enum vm_status find_owner(const struct vm_config *config, const char *name, uid_t *uid,
				 gid_t *gid, struct vm_error *err)
{
	const struct vm_assign assign = { config->qmail_dir, config->qmail_cdb_name };
	const struct vm_address_policy policy = vm_config_address_policy(config, "");
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_domain_entry entry;
	struct vm_arena arena;
	enum vm_status status = vm_domain_parse(name, &policy, domain, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, LOOKUP_ARENA);
	status = vm_assign_lookup(&assign, domain, &arena, &entry, err);
	if (status == VM_OK) {
		*uid = entry.uid;
		*gid = entry.gid;
	}
	vm_arena_release(&arena);
	if (status == VM_OK && (*uid == 0 || *gid == 0))
		return vm_fail(err, VM_DENIED, "uid %lu gid %lu: mail is never delivered by root",
			       (unsigned long)*uid, (unsigned long)*gid);
	return status;
}

static enum vm_status become_owner(const struct vm_config *config, const char *domain,
				   struct vm_error *err)
{
	uid_t uid = 0;
	gid_t gid = 0;
	enum vm_status status = find_owner(config, domain, &uid, &gid, err);

	if (status == VM_OK)
		status = vm_identity_become(uid, gid, err);
	/* The settings in our memory are not the owner's to read, whatever the kernel's default is. */
	if (status == VM_OK && prctl(PR_SET_DUMPABLE, 0) != 0)
		return vm_fail_errno(err, errno, "cannot hide the memory");
	return status;
}

/* The message in the descriptor that came along. */
static enum vm_status take_message(const struct vm_owner_request *request, int fd,
				   struct vm_message *message, struct vm_error *err)
{
	struct stat info;

	*message = (struct vm_message){ .fd = fd, .sender = request->sender, .delivered_to = "" };
	if (request->check_only != (fd < 0))
		return vm_fail(err, VM_INVALID, "a request with a message too many or too few");
	if (fd < 0)
		return VM_OK;
	if (fstat(fd, &info) != 0)
		return vm_fail_errno(err, errno, "cannot stat the message");
	if (!S_ISREG(info.st_mode))
		return vm_fail(err, VM_INVALID, "a message that is no file");
	message->size = (uint64_t)info.st_size;
	return VM_OK;
}

static enum vm_status answer(int socket, const struct vm_delivery_result *result,
			     struct vm_error *err)
{
	struct vm_buf packet;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
	status = vm_owner_answer_print(result, &packet, err);
	if (status == VM_OK)
		status = vm_packet_send(socket, packet.bytes, packet.length, -1,
					vm_clock_monotonic_ms() + ANSWER_MS, err);
	vm_buf_release(&packet);
	return status;
}

static enum vm_status serve(const struct vm_context *context, int socket, struct vm_error *err)
{
	const struct vm_address_policy policy = vm_config_address_policy(context->config, "");
	struct vm_delivery delivery = { .context = context };
	struct vm_owner_request request;
	struct vm_delivery_result result;
	char packet[VM_OWNER_PACKET_MAX];
	size_t length = 0;
	int fd = -1;
	enum vm_status status = vm_packet_receive(socket, packet, sizeof packet, &length, &fd,
						  vm_clock_monotonic_ms() + REQUEST_MS, err);

	if (status == VM_OK)
		status = vm_owner_request_parse(packet, length, &policy, &request, err);
	if (status == VM_OK)
		status = take_message(&request, fd, &delivery.message, err);
	if (status == VM_OK) {
		if (request.check_only)
			vm_delivery_check(&delivery, &request.recipient, &result);
		else
			vm_deliver(&delivery, &request.recipient, &result);
		status = answer(socket, &result, err);
	}
	vm_file_discard(&fd);
	return status;
}

int vm_owner_child_run(const struct vm_config *config, const struct vm_log *log, const char *domain,
		       int socket)
{
	struct vm_context context = { .config = config, .log = log };
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	(void)signal(SIGALRM, SIG_DFL);        /* cannot fail */
	(void)alarm(vm_owner_seconds(config)); /* there was none before */
	status = become_owner(config, domain, &err);
	if (status == VM_OK)
		status = vm_packet_send(socket, VM_OWNER_READY, strlen(VM_OWNER_READY), -1,
					vm_clock_monotonic_ms() + ANSWER_MS, &err);
	if (status == VM_OK)
		status = vm_store_open(config, true, &context.store, &err);
	if (status == VM_OK)
		status = serve(&context, socket, &err);
	vm_store_close(&context.store);
	if (status == VM_OK)
		return 0;
	vm_log_error(log, "event=owner domain=%s result=%s text=\"%s\"", domain,
		     vm_status_name(status), err.text);
	return EXIT_LATER;
}
