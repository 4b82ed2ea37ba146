/* Adds accounts of a batch in a process that has become the owner of their domain. */
#include <config.h>

#include "cli/batch_owner.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/packet.h"

enum { TEXTS_MAX = 80 * 1024 * 1024, ARENA_MAX = 64 * 1024 * 1024, SEND_MS = 60 * 1000 };

/* To the child: how many accounts stand in the descriptor that comes along. */
struct question {
	uint32_t count;
	enum vm_create_mode mode;
};

/* From the child; the descriptor holds a status and an error for each account. */
struct answer {
	enum vm_status status;
	struct vm_error err;
};

/* What the child was asked. */
struct task {
	struct vm_arena arena;
	struct vm_buf texts; /* the requests point into it */
	struct vm_account_request *requests;
	struct vm_batch_work work;
};

/* ---- accounts as bytes: numbers as they are in memory, texts with a NUL behind them ---- */

static void put_text(struct vm_buf *out, const char *text)
{
	vm_buf_append_byte(out, text != NULL);
	if (text != NULL)
		vm_buf_append(out, text, strlen(text) + 1);
}

static void put_request(struct vm_buf *out, const struct vm_account_request *request)
{
	vm_buf_append(out, &request->flags, sizeof request->flags);
	vm_buf_append_byte(out, request->lazy_home);
	put_text(out, request->name.user);
	put_text(out, request->name.domain);
	put_text(out, request->password == NULL ? NULL : request->password->bytes);
	put_text(out, request->hash);
	put_text(out, request->comment);
	put_text(out, request->quota);
}

/* False when the bytes end too soon. */
static bool take_bytes(struct vm_buf *in, size_t *at, void *out, size_t size)
{
	if (in->length - *at < size)
		return false;
	memcpy(out, in->bytes + *at, size);
	*at += size;
	return true;
}

static bool take_text(struct vm_buf *in, size_t *at, const char **out)
{
	char is_there = 0;

	*out = NULL;
	if (!take_bytes(in, at, &is_there, 1))
		return false;
	if (is_there == 0)
		return true;
	if (memchr(in->bytes + *at, '\0', in->length - *at) == NULL)
		return false;
	*out = in->bytes + *at;
	*at += strlen(*out) + 1;
	return true;
}

static bool take_request(struct task *task, size_t *at, struct vm_account_request *out)
{
	struct vm_buf *const in = &task->texts;
	const char *password = NULL;
	struct vm_secret *secret = NULL;
	char is_lazy = 0;

	if (!take_bytes(in, at, &out->flags, sizeof out->flags) ||
	    !take_bytes(in, at, &is_lazy, 1) || !take_text(in, at, &out->name.user) ||
	    !take_text(in, at, &out->name.domain) || !take_text(in, at, &password) ||
	    !take_text(in, at, &out->hash) || !take_text(in, at, &out->comment) ||
	    !take_text(in, at, &out->quota))
		return false;
	out->lazy_home = is_lazy != 0;
	if (password == NULL)
		return true;
	secret = vm_arena_alloc(&task->arena, sizeof *secret);
	out->password = secret;
	return secret != NULL && vm_secret_set(secret, password, strlen(password));
}

/* A file in memory with these bytes: what passes here must be on no disk. */
static enum vm_status make_file(const void *bytes, size_t length, int *out, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*out = memfd_create("accounts", MFD_CLOEXEC);
	if (*out < 0)
		return vm_fail_errno(err, errno, "memfd_create");
	status = vm_file_write(*out, "accounts", bytes, length, err);
	if (status == VM_OK && lseek(*out, 0, SEEK_SET) != 0)
		status = vm_fail_errno(err, errno, "lseek");
	if (status != VM_OK)
		vm_file_discard(out);
	return status;
}

/* ---- the owner's process ---- */

static enum vm_status make_task(struct task *task, const struct question *question,
				struct vm_error *err)
{
	vm_arena_init(&task->arena, ARENA_MAX);
	vm_buf_init(&task->texts, TEXTS_MAX);
	task->requests = calloc(question->count, sizeof *task->requests);
	task->work = (struct vm_batch_work){
		.requests = task->requests,
		.count = question->count,
		.mode = question->mode,
		.statuses = calloc(question->count, sizeof *task->work.statuses),
		.errors = calloc(question->count, sizeof *task->work.errors),
	};
	if (task->requests == NULL || task->work.statuses == NULL || task->work.errors == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < question->count; i++)
		task->work.statuses[i] = VM_INTERNAL;
	return VM_OK;
}

static enum vm_status read_task(struct task *task, int fd, struct vm_error *err)
{
	size_t at = 0;
	enum vm_status status = vm_file_read_fd(fd, "accounts", &task->texts, err);

	for (size_t i = 0; status == VM_OK && i < task->work.count; i++)
		if (!take_request(task, &at, &task->requests[i]))
			status = vm_fail_memory(err);
	return status;
}

static void release_task(struct task *task)
{
	free(task->work.errors);
	free(task->work.statuses);
	free(task->requests);
	vm_buf_release(&task->texts);
	vm_arena_release(&task->arena);
}

/* Behind its texts an error holds whatever the stack held. */
static void wipe_rest(struct vm_error *err)
{
	const size_t field = strnlen(err->field, sizeof err->field);
	const size_t text = strnlen(err->text, sizeof err->text);

	memset(err->field + field, 0, sizeof err->field - field);
	memset(err->text + text, 0, sizeof err->text - text);
}

static enum vm_status send_answer(int socket, const struct vm_batch_work *work,
				  const struct answer *answer, struct vm_error *err)
{
	struct vm_buf bytes;
	int fd = -1;
	enum vm_status status = VM_OK;

	vm_buf_init(&bytes, TEXTS_MAX);
	vm_buf_append(&bytes, work->statuses, work->count * sizeof *work->statuses);
	vm_buf_append(&bytes, work->errors, work->count * sizeof *work->errors);
	status = vm_buf_check(&bytes, "an answer", err);
	if (status == VM_OK)
		status = make_file(bytes.bytes, bytes.length, &fd, err);
	if (status == VM_OK)
		status = vm_packet_send(socket, answer, sizeof *answer, fd,
					vm_clock_monotonic_ms() + SEND_MS, err);
	vm_file_discard(&fd);
	vm_buf_release(&bytes);
	return status;
}

/* `begun` is how becoming the owner went: if badly, that is the answer. */
static enum vm_status answer_one(struct vm_session *session, int socket, const struct answer *begun,
				 const struct question *question, int fd, struct vm_error *err)
{
	struct task task;
	struct answer answer = *begun;
	enum vm_status status = make_task(&task, question, err);

	if (status == VM_OK && answer.status == VM_OK)
		answer.status = read_task(&task, fd, &answer.err);
	if (status == VM_OK && answer.status == VM_OK)
		answer.status = vm_account_create_many(&session->context, task.work.requests,
						       task.work.count, task.work.mode,
						       task.work.statuses, task.work.errors,
						       &answer.err);
	wipe_rest(&answer.err);
	for (size_t i = 0; status == VM_OK && i < task.work.count; i++)
		wipe_rest(&task.work.errors[i]);
	if (status == VM_OK)
		status = send_answer(socket, &task.work, &answer, err);
	release_task(&task);
	return status;
}

static void serve(struct vm_session *session, int socket, const struct answer *begun)
{
	struct vm_error err;
	enum vm_status status = VM_OK;

	while (status == VM_OK) { /* until root closes its end */
		struct question question;
		size_t length = 0;
		int fd = -1;

		status = vm_packet_receive(socket, &question, sizeof question, &length, &fd, -1,
					   &err);
		if (status == VM_OK && length == sizeof question)
			status = answer_one(session, socket, begun, &question, fd, &err);
		vm_file_discard(&fd);
	}
}

/* The store is opened by root, and read once so that it has its connection: sqlite's file may be another user's. */
static enum vm_status begin(struct vm_session *session, const char *name, struct vm_store **store,
			    struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = vm_store_open(session->context.config, true, store, err);

	if (status != VM_OK)
		return status;
	(void)vm_store_read_fresh(*store, true); /* as the shared main does */
	session->context.store = *store;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_session_become_owner(session, name, &arena, &domain, err);
	vm_arena_release(&arena);
	return status;
}

static void run_child(struct vm_session *session, const char *name, int socket)
{
	struct vm_store *store = NULL; /* a connection has one user, and the session's is root's */
	struct answer begun = { .status = VM_INTERNAL };

	begun.status = begin(session, name, &store, &begun.err);
	serve(session, socket, &begun);
	vm_store_close(&store);
}

/* ---- root's side ---- */

void vm_batch_owner_init(struct vm_batch_owner *owner, struct vm_session *session)
{
	*owner = (struct vm_batch_owner){ .session = session, .socket = -1 };
}

void vm_batch_owner_release(struct vm_batch_owner *owner)
{
	vm_file_discard(&owner->socket);
	if (owner->child > 0)
		while (waitpid(owner->child, NULL, 0) < 0 && errno == EINTR)
			continue;
	owner->child = 0;
}

static enum vm_status start(struct vm_batch_owner *owner, const struct vm_domain *domain,
			    struct vm_error *err)
{
	int ends[2] = { -1, -1 };
	enum vm_status status = vm_packet_pair(ends, err);

	if (status != VM_OK)
		return status;
	owner->uid = domain->uid;
	owner->gid = domain->gid;
	vm_session_flush(owner->session); /* else the child would print it too */
	owner->child = fork();
	if (owner->child == 0) {
		vm_file_discard(&ends[0]);
		run_child(owner->session, domain->name, ends[1]);
		_exit(0);
	}
	if (owner->child < 0)
		status = vm_fail_errno(err, errno, "cannot start a child for %s", domain->name);
	vm_file_discard(&ends[1]);
	owner->socket = ends[0];
	if (status != VM_OK)
		vm_batch_owner_release(owner);
	return status;
}

static void trust_text(struct vm_error *err)
{
	err->text[sizeof err->text - 1] = '\0';
	err->field[sizeof err->field - 1] = '\0';
}

/* Only statuses and texts come back; an owner's process is not believed more than that. */
static enum vm_status take_results(int fd, const struct vm_batch_work *work, struct vm_error *err)
{
	const size_t statuses = work->count * sizeof *work->statuses;
	const size_t errors = work->count * sizeof *work->errors;
	struct vm_buf bytes;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&bytes, TEXTS_MAX);
	status = vm_file_read_fd(fd, "accounts", &bytes, err);
	if (status == VM_OK && bytes.length != statuses + errors)
		status = vm_fail(err, VM_INTERNAL, "an answer of a wrong length");
	if (status == VM_OK) {
		memcpy(work->statuses, bytes.bytes, statuses);
		memcpy(work->errors, bytes.bytes + statuses, errors);
	}
	vm_buf_release(&bytes);
	for (size_t i = 0; status == VM_OK && i < work->count; i++) {
		if (work->statuses[i] > VM_INTERNAL)
			work->statuses[i] = VM_INTERNAL;
		trust_text(&work->errors[i]);
	}
	return status;
}

static enum vm_status send_question(const struct vm_batch_owner *owner,
				    const struct vm_batch_work *work, struct vm_error *err)
{
	const struct question question = { (uint32_t)work->count, work->mode };
	struct vm_buf bytes;
	int fd = -1;
	enum vm_status status = VM_OK;

	vm_buf_init(&bytes, TEXTS_MAX);
	for (size_t i = 0; i < work->count; i++)
		put_request(&bytes, &work->requests[i]);
	status = vm_buf_check(&bytes, "a group of accounts", err);
	if (status == VM_OK)
		status = make_file(bytes.bytes, bytes.length, &fd, err);
	if (status == VM_OK)
		status = vm_packet_send(owner->socket, &question, sizeof question, fd,
					vm_clock_monotonic_ms() + SEND_MS, err);
	vm_file_discard(&fd);
	vm_buf_release(&bytes);
	return status;
}

static enum vm_status ask(const struct vm_batch_owner *owner, const struct vm_batch_work *work,
			  struct vm_error *err)
{
	struct answer answer;
	size_t length = 0;
	int fd = -1;
	enum vm_status status = send_question(owner, work, err);

	if (status != VM_OK)
		return status;
	status = vm_packet_receive(owner->socket, &answer, sizeof answer, &length, &fd, -1, err);
	if (status == VM_NOT_FOUND || (status == VM_OK && length != sizeof answer))
		status = vm_fail(err, VM_TEMPFAIL, "the process of user %lu ended without a word",
				 (unsigned long)owner->uid);
	if (status == VM_OK)
		status = take_results(fd, work, err);
	if (status == VM_OK && answer.status != VM_OK) {
		*err = answer.err;
		trust_text(err);
		status = answer.status > VM_INTERNAL ? VM_INTERNAL : answer.status;
	}
	vm_file_discard(&fd);
	return status;
}

static enum vm_status create_as(struct vm_batch_owner *owner, const struct vm_domain *domain,
				const struct vm_batch_work *work, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (owner->child > 0 && (owner->uid != domain->uid || owner->gid != domain->gid))
		vm_batch_owner_release(owner);
	if (owner->child == 0)
		status = start(owner, domain, err);
	return status == VM_OK ? ask(owner, work, err) : status;
}

enum vm_status vm_batch_owner_create_many(struct vm_batch_owner *owner,
					  const struct vm_batch_work *work, struct vm_error *err)
{
	const char *const name = work->requests[0].name.domain;
	const struct vm_context *const context = &owner->session->context;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	if (geteuid() != 0)
		status = vm_session_become_owner(owner->session, name, &arena, &domain, err);
	else
		status = vm_store_domain_get(context->store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
	else if (status == VM_OK && geteuid() == 0)
		status = create_as(owner, &domain, work, err);
	else if (status == VM_OK)
		status = vm_account_create_many(context, work->requests, work->count, work->mode,
						work->statuses, work->errors, err);
	vm_arena_release(&arena);
	return status;
}
