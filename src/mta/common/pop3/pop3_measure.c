/* Finds and remembers the sizes of a mailbox's messages. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "mta/common/pop3/pop3_encoder.h"
#include "mta/common/pop3/pop3_mailbox.h"
#include "mta/common/pop3/pop3_sizes.h"
#include "util/file.h"

enum { BLOCK_SIZE = 65536, WORKERS = 2, TOGETHER_MIN = 500 };

static const char *name_of(const struct vm_pop3_mailbox *mailbox,
			   const struct vm_pop3_message *message)
{
	return mailbox->names + message->name;
}

/* Reads a message once. */
static enum vm_status count_octets(int fd, char *block, uint64_t *out, struct vm_error *err)
{
	uint64_t octets = 0;
	bool after_cr = false;
	char last = '\n';
	ssize_t got;

	while ((got = read(fd, block, BLOCK_SIZE)) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return vm_fail_errno(err, errno, "reading a message");
		octets += vm_pop3_count_octets(block, (size_t)got, &after_cr);
		last = block[got - 1];
		if (got < BLOCK_SIZE)
			break; /* a file on its own: a short read is its end */
	}
	if (last != '\n')
		octets += after_cr ? 1 : 2;
	*out = octets;
	return VM_OK;
}

static void load_sizes(struct vm_pop3_mailbox *mailbox)
{
	struct vm_pop3_sizes sizes;

	if (mailbox->sizes_loaded)
		return;
	mailbox->sizes_loaded = true;
	vm_pop3_sizes_load(mailbox->maildir, &sizes);
	for (size_t i = 0; i < mailbox->count; i++) {
		struct vm_pop3_message *message = &mailbox->messages[i];
		const uint64_t key =
			vm_pop3_sizes_key(name_of(mailbox, message), message->base_length);

		/* Stays unknown when it is not found. */
		(void)vm_pop3_sizes_find(&sizes, key, &message->octets);
	}
	/* A file that is mostly about messages of the past is written anew. */
	if (sizes.count > 2 * mailbox->count + 100)
		mailbox->sizes_changed = true;
	vm_pop3_sizes_free(&sizes);
}

/* Opens a message where it was when it was listed; -1 when it is not there. What is no file has no bytes. */
static int open_as_listed(const struct vm_pop3_mailbox *mailbox,
			  const struct vm_pop3_message *message)
{
	return openat(mailbox->folders[message->is_new ? 0 : 1], name_of(mailbox, message),
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* One of several threads: measures every `step`th message; each message is written by one of them only. */
struct worker {
	struct vm_pop3_mailbox *mailbox;
	size_t first, step;
	pthread_t thread;
};

/* What fails here is left for the one who reports it. */
static void *measure_some(void *context)
{
	const struct worker *worker = context;
	struct vm_pop3_mailbox *mailbox = worker->mailbox;
	char *block = malloc(BLOCK_SIZE);
	struct vm_error err;

	for (size_t i = worker->first; block != NULL && i < mailbox->count; i += worker->step) {
		struct vm_pop3_message *message = &mailbox->messages[i];
		int fd = message->octets == UINT64_MAX ? open_as_listed(mailbox, message) : -1;

		if (fd == -1)
			continue;
		if (count_octets(fd, block, &message->octets, &err) != VM_OK)
			message->octets = UINT64_MAX;
		vm_file_discard(&fd);
	}
	free(block);
	return NULL;
}

/* Many messages are read by two threads: a first look at a big mailbox is the longest wait that POP3 has. */
static void measure_together(struct vm_pop3_mailbox *mailbox)
{
	struct worker workers[WORKERS];
	size_t started = 0;

	while (started < WORKERS) {
		workers[started] = (struct worker){ mailbox, started, WORKERS, 0 };
		if (pthread_create(&workers[started].thread, NULL, measure_some,
				   &workers[started]) != 0)
			break; /* whoever is missing is made good for afterwards */
		started++;
	}
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL); /* was created, is joined once */
}

static enum vm_status measure_one(struct vm_pop3_mailbox *mailbox, size_t index, char *block,
				  struct vm_error *err)
{
	struct vm_pop3_message *message = &mailbox->messages[index];
	enum vm_status status;
	int fd = -1;

	status = vm_pop3_mailbox_open_message(mailbox, index, &fd, err);
	if (status == VM_NOT_FOUND) {
		message->octets = 0;
		return VM_OK;
	}
	if (status != VM_OK)
		return status;
	status = count_octets(fd, block, &message->octets, err);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_pop3_mailbox_measure(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	enum vm_status status = VM_OK;
	size_t unknown = 0;
	char *block;

	load_sizes(mailbox);
	for (size_t i = 0; i < mailbox->count; i++)
		unknown += mailbox->messages[i].octets == UINT64_MAX;
	if (unknown == 0)
		return VM_OK;
	mailbox->sizes_changed = true;
	if (unknown >= TOGETHER_MIN)
		measure_together(mailbox);
	block = malloc(BLOCK_SIZE);
	if (block == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < mailbox->count && status == VM_OK; i++) {
		if (mailbox->messages[i].octets == UINT64_MAX)
			status = measure_one(mailbox, i, block, err);
	}
	free(block);
	return status;
}

enum vm_status vm_pop3_mailbox_remember(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	struct vm_pop3_sizes sizes = { NULL, 0 };
	enum vm_status status;

	if (!mailbox->sizes_changed)
		return VM_OK;
	sizes.items = malloc((mailbox->count + 1) * sizeof(*sizes.items));
	if (sizes.items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < mailbox->count; i++) {
		const struct vm_pop3_message *message = &mailbox->messages[i];

		if (message->is_gone || message->octets == UINT64_MAX)
			continue;
		sizes.items[sizes.count++] = (struct vm_pop3_size){
			vm_pop3_sizes_key(name_of(mailbox, message), message->base_length),
			message->octets
		};
	}
	status = vm_pop3_sizes_save(mailbox->maildir, &sizes, err);
	if (status == VM_OK)
		mailbox->sizes_changed = false;
	vm_pop3_sizes_free(&sizes);
	return status;
}
