/* Adds the accounts of a file in groups of one domain. */
#include <config.h>

#include "cli/vadduser_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/batch_names.h"
#include "cli/batch_owner.h"
#include "cli/batch_reader.h"
#include "cli/input_file.h"
#include "operations/account_create.h"
#include "util/file.h"
#include "util/text.h"

enum { GROUP = 5000, BAD_ROWS = 64, ARENA_MAX = 64 * 1024 * 1024, ROW_MAX = 256 * 1024 };

/* Accounts of one domain that wait for their unit of work. */
struct group {
	struct vm_arena arena;
	size_t count;
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_account_request requests[GROUP];
	struct vm_address addresses[GROUP];
	size_t lines[GROUP];
	enum vm_status statuses[GROUP];
	struct vm_error errors[GROUP];
};

/* A row that is wrong by itself; told when its turn comes. */
struct bad_row {
	size_t line;
	char address[104];
	struct vm_error err;
};

struct batch {
	struct vm_session *session;
	struct vm_batch_owner owner;
	const struct vm_batch_options *options;
	struct group *group;
	enum vm_create_mode mode;
	struct vm_batch_names names;  /* of a rehearsal */
	struct bad_row bad[BAD_ROWS]; /* among the group's */
	size_t bad_count, bad_told;
	uint64_t added, failed;
	bool shows_progress;
};

static void report(struct batch *batch, size_t line, const char *address,
		   const struct vm_error *err)
{
	struct vm_error whole;

	/* Made one line of plain bytes: an address that was refused may hold anything. */
	vm_fail(&whole, err->status, "%.100s: %s", address == NULL ? "-" : address, err->text);
	fprintf(stderr, "%s:%zu: %s\n", batch->options->file, line, whole.text);
	batch->failed++;
}

static void report_queued(struct batch *batch, size_t index, const struct vm_error *err)
{
	const struct vm_address *const address = &batch->group->addresses[index];
	char text[VM_ADDRESS_MAX + 1];

	(void)vm_text_format(text, sizeof text, "%s@%s", address->user, address->domain); /* fits */
	report(batch, batch->group->lines[index], text, err);
}

static void show_progress(const struct batch *batch, bool is_end)
{
	if (batch->shows_progress && batch->mode == VM_CREATE_REHEARSAL)
		fprintf(stderr, "\r%" PRIu64 " checked, %" PRIu64 " bad%s", batch->added,
			batch->failed, is_end ? "\n" : "");
	else if (batch->shows_progress)
		fprintf(stderr, "\r%" PRIu64 " added, %" PRIu64 " failed%s", batch->added,
			batch->failed, is_end ? "\n" : "");
}

static void clear_group(struct group *group)
{
	group->count = 0;
	vm_arena_clear(&group->arena); /* wipes the passwords too */
}

/* Tells the bad rows that stand before this line. */
static void report_bad(struct batch *batch, size_t line)
{
	for (; batch->bad_told < batch->bad_count; batch->bad_told++) {
		const struct bad_row *const row = &batch->bad[batch->bad_told];

		if (row->line > line)
			return;
		report(batch, row->line, row->address, &row->err);
	}
	batch->bad_count = batch->bad_told = 0;
}

/* VM_DENIED: some could not be added and all were wanted. */
static enum vm_status add_group(struct batch *batch, struct vm_error *err)
{
	struct group *const group = batch->group;
	const uint64_t failed_before = batch->failed;
	const struct vm_batch_work work = { group->requests, group->count, batch->mode,
					    group->statuses, group->errors };
	bool is_committed = false;
	enum vm_status status = VM_OK;

	if (group->count == 0)
		return VM_OK;
	for (size_t i = 0; i < group->count; i++)
		group->statuses[i] = VM_INTERNAL;
	status = vm_batch_owner_create_many(&batch->owner, &work, err);
	is_committed = status == VM_OK;
	for (size_t i = 0; i < group->count; i++) {
		report_bad(batch, group->lines[i]);
		if (is_committed && group->statuses[i] == VM_OK)
			batch->added++;
		else if (group->statuses[i] == VM_OK || group->statuses[i] == VM_INTERNAL)
			report_queued(batch, i, err);
		else
			report_queued(batch, i, &group->errors[i]);
	}
	report_bad(batch, SIZE_MAX);
	clear_group(group);
	show_progress(batch, false);
	if (status != VM_OK && !vm_status_is_definite(status))
		return status;
	return batch->failed > failed_before && batch->mode == VM_CREATE_ALL ? VM_DENIED : VM_OK;
}

/* Copies one text of a row; NULL stays NULL. False without memory. */
static bool keep_text(struct group *group, const char *text, const char **out)
{
	*out = text == NULL ? NULL : vm_arena_strdup(&group->arena, text);
	return text == NULL || *out != NULL;
}

static enum vm_status keep_password(struct group *group, const char *password,
				    struct vm_account_request *request, struct vm_error *err)
{
	struct vm_secret *secret = NULL;

	if (password == NULL)
		return VM_OK;
	secret = vm_arena_alloc(&group->arena, sizeof *secret);
	if (secret == NULL)
		return vm_fail_memory(err);
	if (!vm_secret_set(secret, password, strlen(password)))
		return vm_fail_field(err, VM_INVALID, "password",
				     "the password is longer than %d bytes", VM_SECRET_MAX);
	request->password = secret;
	return VM_OK;
}

static enum vm_status queue_row(struct batch *batch, const struct vm_batch_row *row,
				const struct vm_address *address, struct vm_error *err)
{
	struct group *const group = batch->group;
	struct vm_account_request *const request = &group->requests[group->count];
	enum vm_status status = VM_INTERNAL;

	*request = (struct vm_account_request){ .flags = row->flags,
						.lazy_home = batch->options->lazy_home };
	if (!keep_text(group, row->password_hash == NULL ? "" : row->password_hash,
		       &request->hash) ||
	    !keep_text(group, row->comment, &request->comment) ||
	    !keep_text(group, row->quota, &request->quota))
		return vm_fail_memory(err);
	status = keep_password(group, row->password, request, err);
	if (status != VM_OK)
		return status;
	if (batch->mode == VM_CREATE_REHEARSAL)
		status = vm_batch_names_add(&batch->names, address, row->line, err);
	if (status != VM_OK)
		return status;
	group->addresses[group->count] = *address;
	request->name = vm_address_name(&group->addresses[group->count]);
	group->lines[group->count] = row->line;
	memcpy(group->domain, address->domain, sizeof group->domain);
	group->count++;
	return VM_OK;
}

/* Rows of another domain begin a new group. */
static enum vm_status take_address(struct batch *batch, const struct vm_batch_row *row,
				   const struct vm_address *address, struct vm_error *err)
{
	struct group *const group = batch->group;
	enum vm_status status = VM_OK;

	if (group->count > 0 &&
	    (group->count == GROUP || strcmp(address->domain, group->domain) != 0))
		status = add_group(batch, err);
	return status == VM_OK ? queue_row(batch, row, address, err) : status;
}

/* The report is in the order of the lines, so a bad row among those that wait is told with them. */
static enum vm_status take_bad_row(struct batch *batch, const struct vm_batch_row *row,
				   struct vm_error *err)
{
	const char *const address = row->address == NULL ? "-" : row->address;
	struct bad_row *bad = NULL;
	enum vm_status status = VM_OK;

	if (batch->bad_count == BAD_ROWS) {
		const struct vm_error kept = *err;

		status = add_group(batch, err);
		if (status != VM_OK)
			return status;
		*err = kept;
	}
	if (batch->group->count == 0 || batch->mode == VM_CREATE_ALL) {
		report(batch, row->line, address, err);
		return batch->mode == VM_CREATE_ALL ? VM_DENIED : VM_OK;
	}
	bad = &batch->bad[batch->bad_count++];
	bad->line = row->line;
	bad->err = *err;
	(void)vm_text_format(bad->address, sizeof bad->address, "%.100s", address); /* fits */
	return VM_OK;
}

/* A row that is wrong by itself is reported; a status comes back only when nothing more can be done. */
static enum vm_status take_row(struct batch *batch, const struct vm_batch_row *row,
			       enum vm_status row_status, struct vm_error *err)
{
	struct vm_address address;
	enum vm_status status = row_status;

	if (status == VM_OK)
		status = vm_session_address(batch->session, row->address, &address, err);
	if (status == VM_OK)
		status = take_address(batch, row, &address, err);
	if (status == VM_OK || status == VM_DENIED || !vm_status_is_definite(status))
		return status;
	return take_bad_row(batch, row, err);
}

static enum vm_status add_all(struct batch *batch, struct vm_batch_reader *reader,
			      struct vm_error *err)
{
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ROW_MAX);
	while (status == VM_OK) {
		struct vm_batch_row row;
		enum vm_status row_status = VM_INTERNAL;

		vm_arena_clear(&arena);
		row_status = vm_batch_reader_next(reader, &arena, &row, err);
		if (row_status == VM_NOT_FOUND) {
			status = add_group(batch, err);
			break;
		}
		if (row_status == VM_MISCONFIG) /* the header: another try would read it again */
			status = vm_fail_field(err, VM_INVALID, "batch", "%s: %s",
					       batch->options->file, err->text);
		else if (row_status != VM_OK && row_status != VM_INVALID)
			status = row_status;
		else
			status = take_row(batch, &row, row_status, err);
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct batch *batch, int fd, struct vm_error *err)
{
	struct vm_batch_reader reader;
	enum vm_status status = vm_batch_reader_init(&reader, fd, batch->options->file, err);

	if (status == VM_OK)
		status = add_all(batch, &reader, err);
	report_bad(batch, SIZE_MAX);
	clear_group(batch->group);
	vm_batch_reader_release(&reader);
	show_progress(batch, true);
	return status;
}

static void report_twice(void *context, size_t line, size_t first)
{
	struct batch *const batch = context;
	struct vm_error err;

	vm_fail(&err, VM_EXISTS, "the same address is in line %zu", first);
	report(batch, line, NULL, &err);
}

/* Reads everything once without a change. VM_DENIED when something could not be added. */
static enum vm_status rehearse(struct batch *batch, int fd, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	batch->mode = VM_CREATE_REHEARSAL;
	status = run(batch, fd, err);
	if (status == VM_OK)
		vm_batch_names_check(&batch->names, report_twice, batch);
	vm_batch_names_release(&batch->names);
	batch->mode = VM_CREATE_ALL;
	batch->added = 0;
	if (status == VM_OK && batch->failed > 0)
		status = VM_DENIED;
	return status == VM_OK ? vm_input_rewind(fd, batch->options->file, err) : status;
}

static enum vm_status add_all_or_none(struct batch *batch, int *fd, struct vm_error *err)
{
	enum vm_status status = vm_input_copy(fd, batch->options->file, err);

	if (status == VM_OK)
		status = vm_input_rewind(*fd, batch->options->file, err);
	if (status == VM_OK)
		status = rehearse(batch, *fd, err);
	return status == VM_OK ? run(batch, *fd, err) : status;
}

static void print_result(const struct batch *batch)
{
	struct vm_session *const session = batch->session;

	if (!session->json)
		return;
	vm_session_begin(session);
	vm_json_member_u64(&session->writer, "added", batch->added);
	vm_json_member_u64(&session->writer, "failed", batch->failed);
	vm_session_end(session);
}

enum vm_status vm_batch_add(struct vm_session *session, const struct vm_batch_options *options,
			    struct vm_error *err)
{
	struct batch batch = { .session = session, .options = options };
	int fd = -1;
	enum vm_status status = vm_input_open(options->file, "batch", &fd, err);

	if (status != VM_OK)
		return status;
	batch.group = calloc(1, sizeof *batch.group);
	if (batch.group == NULL) {
		vm_file_discard(&fd);
		return vm_fail_memory(err);
	}
	vm_arena_init(&batch.group->arena, ARENA_MAX);
	vm_batch_owner_init(&batch.owner, session);
	batch.shows_progress = isatty(STDERR_FILENO) == 1;
	status = options->stop_on_error ? add_all_or_none(&batch, &fd, err) : run(&batch, fd, err);
	vm_batch_owner_release(&batch.owner);
	vm_arena_release(&batch.group->arena);
	free(batch.group);
	vm_file_discard(&fd);
	print_result(&batch);
	if ((status == VM_OK || status == VM_DENIED) && batch.failed > 0)
		return vm_fail(err, VM_DENIED,
			       "%" PRIu64 " accounts could not be added, %" PRIu64 " were",
			       batch.failed, batch.added);
	return status;
}
