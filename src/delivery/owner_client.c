/* Asks a process of the owner to deliver to his domain. */
#include <config.h>

#include "delivery/owner_client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "delivery/owner_keeper.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/packet.h"
#include "util/text.h"

/* The owner's process ends itself before we stop to wait for it. */
enum { READY_SECONDS_MAX = 10, ANSWER_SLACK = 10 };

/* Sealed, for a file in memory can be opened anew by whoever has its descriptor. */
static enum vm_status seal_memory(const struct vm_message *message, int *out, struct vm_error *err)
{
	int fd = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	enum vm_status status = VM_INTERNAL;

	if (fd < 0)
		return vm_fail_errno(err, errno, "cannot make a copy of the message");
	status = vm_message_write(message, "", 0, fd, err);
	if (status == VM_OK &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		status = vm_fail_errno(err, errno, "cannot seal the message");
	if (status == VM_OK)
		*out = fd;
	else
		vm_file_discard(&fd);
	return status;
}

/* A descriptor that the owner can only read: the message is for other recipients too. */
static enum vm_status open_message(const struct vm_message *message, int *out, struct vm_error *err)
{
	char path[64];

	if (message->memory != NULL)
		return seal_memory(message, out, err);
	if (!vm_text_format(path, sizeof path, "/proc/self/fd/%d", message->fd))
		return vm_fail(err, VM_INTERNAL, "a number is too long");
	*out = open(path, O_RDONLY | O_CLOEXEC);
	if (*out < 0)
		return vm_fail_errno(err, errno, "cannot open the message anew");
	return VM_OK;
}

/* The keeper is told the name of the domain and nothing else. *out is our end. */
static enum vm_status call_owner(const struct vm_owner_client *client, const char *domain,
				 uint32_t seconds, int *out, struct vm_error *err)
{
	const int64_t deadline =
		vm_clock_monotonic_ms() +
		(int64_t)1000 * (seconds < READY_SECONDS_MAX ? seconds : READY_SECONDS_MAX);
	char word[sizeof VM_OWNER_READY];
	int ends[2] = { -1, -1 }, fd = -1;
	size_t length = 0;
	enum vm_status status = vm_packet_pair(ends, err);

	if (status != VM_OK)
		return status;
	status = vm_packet_send(client->keeper, domain, strlen(domain), ends[1], deadline, err);
	vm_file_discard(&ends[1]); /* else its end would not be seen */
	if (status == VM_OK)
		status = vm_packet_receive(ends[0], word, sizeof word, &length, &fd, deadline, err);
	vm_file_discard(&fd);
	if (status == VM_OK &&
	    (length != strlen(VM_OWNER_READY) || memcmp(word, VM_OWNER_READY, length) != 0))
		status = vm_fail(err, VM_INVALID, "the owner's process is not ready");
	if (status == VM_OK)
		*out = ends[0];
	else
		vm_file_discard(&ends[0]);
	return status;
}

static enum vm_status send_request(int socket, const struct vm_owner_request *request, int message,
				   int64_t deadline, struct vm_error *err)
{
	struct vm_buf packet;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
	status = vm_owner_request_print(request, &packet, err);
	if (status == VM_OK)
		status =
			vm_packet_send(socket, packet.bytes, packet.length, message, deadline, err);
	vm_buf_release(&packet);
	return status;
}

static enum vm_status hear_answer(int socket, int64_t deadline, struct vm_owner_answer *answer,
				  struct vm_error *err)
{
	char packet[VM_OWNER_PACKET_MAX];
	size_t length = 0;
	int fd = -1;
	enum vm_status status =
		vm_packet_receive(socket, packet, sizeof packet, &length, &fd, deadline, err);

	if (status == VM_OK)
		status = vm_owner_answer_parse(packet, length, answer, err);
	vm_file_discard(&fd);
	return status;
}

static enum vm_status ask(struct vm_owner_client *client, const struct vm_delivery *delivery,
			  const char *domain, const struct vm_owner_request *request,
			  struct vm_error *err)
{
	const struct vm_config *const config = delivery->context->config;
	int64_t deadline = 0;
	int socket = -1, message = -1;
	enum vm_status status = VM_OK;

	if (client->keeper < 0)
		return vm_fail(err, VM_MISCONFIG,
			       "only a server that root started can become "
			       "another user");
	if (!request->check_only)
		status = open_message(&delivery->message, &message, err);
	if (status == VM_OK)
		status = call_owner(client, domain, config->io_timeout, &socket, err);
	deadline = vm_clock_monotonic_ms() +
		   (int64_t)1000 * (vm_owner_seconds(config) + ANSWER_SLACK);
	if (status == VM_OK)
		status = send_request(socket, request, message, deadline, err);
	if (status == VM_OK)
		status = hear_answer(socket, deadline, &client->answer, err);
	vm_file_discard(&message);
	vm_file_discard(&socket);
	return status;
}

/* Whatever went wrong between two processes says nothing about the recipient. */
static void refuse(const struct vm_delivery *delivery, enum vm_status status,
		   const struct vm_error *err, struct vm_delivery_result *result)
{
	vm_log_error(delivery->context->log, "event=owner domain=%s result=%s text=\"%s\"",
		     result->domain, vm_status_name(status), err->text);
	result->status = VM_TEMPFAIL;
	result->code = "4.3.0";
	result->is_foreign = false;
	(void)vm_text_copy(result->text, sizeof result->text,
			   "The owner of the domain cannot be reached now");
}

static void ask_owner(struct vm_owner_client *client, const struct vm_delivery *delivery,
		      const struct vm_address *recipient, bool check_only,
		      struct vm_delivery_result *result)
{
	struct vm_owner_request request = { .check_only = check_only, .recipient = *recipient };
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (!vm_text_copy(request.sender, sizeof request.sender, delivery->message.sender))
		status = vm_fail(&err, VM_INTERNAL, "the sender is too long");
	if (status == VM_OK)
		status = ask(client, delivery, result->domain, &request, &err);
	if (status != VM_OK) {
		refuse(delivery, status, &err, result);
		return;
	}
	result->status = client->answer.status;
	result->code = client->answer.code;
	result->is_foreign = false;
	memcpy(result->text, client->answer.text, sizeof result->text);
}

void vm_owner_deliver(struct vm_owner_client *client, const struct vm_delivery *delivery,
		      const struct vm_address *recipient, struct vm_delivery_result *result)
{
	vm_deliver(delivery, recipient, result);
	if (result->is_foreign)
		ask_owner(client, delivery, recipient, false, result);
}

void vm_owner_check(struct vm_owner_client *client, const struct vm_delivery *delivery,
		    const struct vm_address *recipient, struct vm_delivery_result *result)
{
	vm_delivery_check(delivery, recipient, result);
	if (result->is_foreign)
		ask_owner(client, delivery, recipient, true, result);
}
