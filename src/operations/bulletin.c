/* Delivers a bulletin page by page: written, synced, published, synced, noted. */
#include <config.h>

#include "operations/bulletin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir.h"
#include "core/maildir_size.h"
#include "operations/account_home.h"
#include "operations/bulletin_notes.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/folder_names.h"
#include "util/text.h"

enum {
	PAGE = 10000,
	PAGE_MEMORY = 64 * 1024 * 1024,
	LINKS = 30000, /* of one file: ext4 allows 65000 */
	FINAL_MAX = VM_MAILDIR_NAME_MAX + 32,
	MAILDIR_MAX = VM_PATH_MAX + 16,
	HEAD_MAX = 1024,
};

/* A copy in tmp/ that is not published yet, or (temp == NULL) a link that is. */
struct pending {
	const char *user, *maildir, *temp;
	uint64_t size;
	bool is_elsewhere; /* on another file system than the domain: synced by itself */
};

struct delivery {
	const struct vm_context *context;
	const struct vm_domain *domain;
	const struct vm_bulletin *bulletin;
	struct vm_bulletin_notes notes;
	char date[64]; /* "" when the message has one */
	int folder;    /* D */
	dev_t device;
	char master[VM_BULLETIN_FILE_MAX + 16]; /* the file in D that is linked; "" = none yet */
	unsigned int links, masters;
	bool looks_for_read; /* the message may be in cur/ by now */
	struct vm_arena arena;
	struct pending *pending;
	size_t count;
};

static void tell(const struct delivery *delivery, enum vm_bulletin_event event, const char *user,
		 const struct vm_error *err)
{
	delivery->bulletin->tell(delivery->bulletin->caller, event,
				 (struct vm_name){ user, delivery->domain->name }, err);
}

/* Is there a header field of this name? `name` ends with its colon. */
static bool has_field(const char *text, size_t length, const char *name)
{
	const char *const end = text + length;

	while (text < end && *text != '\n' && *text != '\r') {
		const char *const line_end = memchr(text, '\n', (size_t)(end - text));

		if ((size_t)(end - text) >= strlen(name) &&
		    strncasecmp(text, name, strlen(name)) == 0)
			return true;
		text = line_end == NULL ? end : line_end + 1;
	}
	return false;
}

static void make_date(struct delivery *delivery)
{
	const time_t now = vm_clock_now();
	struct tm parts;

	if (has_field(delivery->bulletin->text, delivery->bulletin->length, "Date:") ||
	    gmtime_r(&now, &parts) == NULL ||
	    strftime(delivery->date, sizeof delivery->date, "Date: %a, %d %b %Y %H:%M:%S +0000\n",
		     &parts) == 0)
		delivery->date[0] = '\0';
}

/* ---- one mailbox ---- */

static enum vm_status find_read(void *final, int folder, const char *name, struct vm_error *err)
{
	const char *const wanted = final;
	const size_t length = strlen(wanted);

	(void)folder;
	if (strncmp(name, wanted, length) == 0 && (name[length] == ':' || name[length] == '\0'))
		return vm_fail(err, VM_EXISTS, "it is there");
	return VM_OK;
}

/* VM_EXISTS: the run before had delivered it. */
static enum vm_status look_for(const struct delivery *delivery, int maildir, char *final,
			       struct vm_error *err)
{
	char name[FINAL_MAX + 8];
	struct stat info;
	int cur = -1;
	enum vm_status status = VM_OK;

	if (!delivery->looks_for_read)
		return VM_OK;
	if (!vm_text_format(name, sizeof name, "new/%s", final))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", final);
	status = vm_file_stat(maildir, name, &info, err);
	if (status != VM_NOT_FOUND)
		return status == VM_OK ? VM_EXISTS : status;
	status = vm_file_open_folder(maildir, "cur", &cur, err);
	if (status == VM_OK)
		status = vm_folder_each_name(cur, "cur", find_read, final, err);
	vm_file_discard(&cur);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status write_copy(struct delivery *delivery, const char *user, struct pending *copy,
				 const struct vm_buf *head, struct vm_error *err)
{
	const struct vm_bulletin *const bulletin = delivery->bulletin;
	struct vm_maildir_file file;
	enum vm_status status = vm_maildir_begin(AT_FDCWD, copy->maildir, &file, err);

	if (status == VM_OK)
		status = vm_file_write(file.fd, file.name, head->bytes, head->length, err);
	if (status == VM_OK)
		status = vm_file_write(file.fd, file.name, bulletin->text, bulletin->length, err);
	if (status == VM_OK && copy->is_elsewhere)
		status = vm_file_sync(file.fd, file.name, err);
	if (status == VM_OK)
		status = vm_file_close(&file.fd, file.name, err);
	if (status == VM_OK) {
		copy->user = user;
		copy->temp = vm_arena_printf(&delivery->arena, "tmp/%s", file.name);
		if (copy->temp == NULL)
			status = vm_fail_memory(err);
	}
	if (status == VM_OK)
		file.name[0] = '\0'; /* it stays */
	vm_maildir_abort(&file);
	return status;
}

/* The message and what is put before it. */
static enum vm_status copy_to(struct delivery *delivery, int maildir, struct pending *copy,
			      struct vm_error *err)
{
	const struct vm_bulletin *const bulletin = delivery->bulletin;
	char final[FINAL_MAX];
	struct vm_buf head;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&head, HEAD_MAX);
	if (bulletin->way == VM_BULLETIN_COPY)
		vm_buf_printf(&head, "To: %s@%s\n%s", copy->user, delivery->domain->name,
			      delivery->date);
	status = vm_buf_check(&head, "the header", err);
	copy->size = head.length + bulletin->length;
	if (status == VM_OK &&
	    !vm_text_format(final, sizeof final, "%s,S=%" PRIu64, delivery->notes.name, copy->size))
		status = vm_fail(err, VM_INTERNAL, "%s does not fit", delivery->notes.name);
	if (status == VM_OK)
		status = look_for(delivery, maildir, final, err);
	if (status == VM_OK)
		status = write_copy(delivery, copy->user, copy, &head, err);
	vm_buf_release(&head);
	return status;
}

/* A file in D that mailboxes share, for the next LINKS of them. */
static enum vm_status make_master(struct delivery *delivery, struct vm_error *err)
{
	const struct vm_bulletin *const bulletin = delivery->bulletin;
	int fd = -1;
	enum vm_status status = VM_OK;

	if (delivery->master[0] != '\0')
		status = vm_file_remove(delivery->folder, delivery->master, err);
	if (status == VM_OK && !vm_text_format(delivery->master, sizeof delivery->master, "%s.%u",
					       delivery->notes.file, delivery->masters))
		status = vm_fail(err, VM_INTERNAL, "%s does not fit", delivery->notes.file);
	if (status == VM_OK) /* of a run that was interrupted: perhaps it is not whole */
		status = vm_file_remove(delivery->folder, delivery->master, err);
	if (status == VM_OK)
		status = vm_file_create(delivery->folder, delivery->master, 0600, &fd, err);
	if (status == VM_OK)
		status = vm_file_write(fd, delivery->master, bulletin->text, bulletin->length, err);
	if (status == VM_OK)
		status = vm_file_sync(fd, delivery->master, err);
	if (status == VM_OK)
		status = vm_file_close(&fd, delivery->master, err);
	vm_file_discard(&fd);
	delivery->masters++;
	delivery->links = 0;
	return status;
}

static int try_link(struct delivery *delivery, int maildir, const char *name)
{
	const struct vm_bulletin *const bulletin = delivery->bulletin;
	const int result = bulletin->way == VM_BULLETIN_SYMBOLIC_LINK
				   ? symlinkat(bulletin->path, maildir, name)
				   : linkat(delivery->folder, delivery->master, maildir, name, 0);

	return result == 0 ? 0 : errno;
}

/* The file linked is whole and synced, so it may appear in new/ at once. */
static enum vm_status link_to(struct delivery *delivery, int maildir, struct pending *link,
			      struct vm_error *err)
{
	const bool is_hard = delivery->bulletin->way == VM_BULLETIN_HARD_LINK;
	char final[FINAL_MAX], name[FINAL_MAX + 8];
	struct stat info;
	int failure = 0;
	enum vm_status status = VM_OK;

	link->size = delivery->bulletin->length;
	if (!vm_text_format(final, sizeof final, "%s,S=%" PRIu64, delivery->notes.name,
			    link->size) ||
	    !vm_text_format(name, sizeof name, "new/%s", final))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", delivery->notes.name);
	status = vm_file_stat(maildir, "new", &info, err);
	if (status == VM_NOT_FOUND || (status == VM_OK && !S_ISDIR(info.st_mode)))
		return vm_fail(err, VM_TEMPFAIL, "%s/new is not a folder", link->maildir);
	if (status == VM_OK)
		status = look_for(delivery, maildir, final, err);
	if (status == VM_OK && is_hard && (delivery->master[0] == '\0' || delivery->links >= LINKS))
		status = make_master(delivery, err);
	if (status != VM_OK)
		return status;
	failure = try_link(delivery, maildir, name);
	if (failure == EMLINK && is_hard) {
		status = make_master(delivery, err);
		if (status == VM_OK)
			failure = try_link(delivery, maildir, name);
	}
	if (status != VM_OK)
		return status;
	if (failure == EEXIST)
		return VM_EXISTS;
	if (failure == EXDEV)
		return copy_to(delivery, maildir, link, err);
	if (failure != 0)
		return vm_fail_errno(err, failure, "cannot link the message into %s",
				     link->maildir);
	delivery->links++;
	return VM_OK;
}

/* Opens HOME/Maildir, which is made where it is missing. */
static enum vm_status open_maildir(struct delivery *delivery, struct vm_account *account,
				   const char **path, int *out, struct vm_error *err)
{
	enum vm_status status = VM_NOT_FOUND;

	if (account->home[0] != '\0') {
		*path = vm_arena_printf(&delivery->arena, "%s/Maildir", account->home);
		if (*path == NULL)
			return vm_fail_memory(err);
		status = vm_file_open_folder(AT_FDCWD, *path, out, err);
	}
	if (status != VM_NOT_FOUND)
		return status;
	status = vm_account_home_ensure(delivery->context, delivery->domain, account,
					&delivery->arena, err);
	if (status != VM_OK)
		return status;
	*path = vm_arena_printf(&delivery->arena, "%s/Maildir", account->home);
	return *path == NULL ? vm_fail_memory(err) : vm_file_open_folder(AT_FDCWD, *path, out, err);
}

static enum vm_status deliver_to(struct delivery *delivery, struct vm_account *account,
				 struct vm_error *err)
{
	struct pending *const pending = &delivery->pending[delivery->count];
	struct stat info;
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	*pending = (struct pending){ .user = account->user };
	status = open_maildir(delivery, account, &pending->maildir, &maildir, err);
	if (status == VM_OK && fstat(maildir, &info) != 0)
		status = vm_fail_errno(err, errno, "fstat %s", pending->maildir);
	if (status == VM_OK) {
		pending->is_elsewhere = info.st_dev != delivery->device;
		status = delivery->bulletin->way == VM_BULLETIN_COPY
				 ? copy_to(delivery, maildir, pending, err)
				 : link_to(delivery, maildir, pending, err);
	}
	vm_file_discard(&maildir);
	if (status == VM_OK)
		delivery->count++;
	return status;
}

/* ---- a page of mailboxes ---- */

/* An account's own trouble is noted; too much of it is everybody's. */
static enum vm_status note_failure(struct delivery *delivery, const char *user,
				   struct vm_error *err)
{
	struct vm_bulletin_notes *const notes = &delivery->notes;

	tell(delivery, VM_BULLETIN_FAILED, user, err);
	if (notes->failures == VM_BULLETIN_FAILURES)
		return vm_fail(err, VM_TEMPFAIL, "%d accounts failed; the last: %.120s",
			       VM_BULLETIN_FAILURES, err->text);
	(void)vm_text_copy(notes->failed[notes->failures], VM_USER_MAX + 1, user);
	notes->failures++;
	return VM_OK;
}

static enum vm_status take_account(struct delivery *delivery, struct vm_account *account,
				   struct vm_error *err)
{
	const struct vm_bulletin *const bulletin = delivery->bulletin;
	const struct vm_name name = { account->user, delivery->domain->name };
	enum vm_status status = VM_OK;

	if (bulletin->is_excluded != NULL && bulletin->is_excluded(bulletin->caller, name)) {
		tell(delivery, VM_BULLETIN_EXCLUDED, account->user, NULL);
		return VM_OK;
	}
	if (bulletin->is_dry_run) {
		tell(delivery, VM_BULLETIN_LISTED, account->user, NULL);
		return VM_OK;
	}
	status = deliver_to(delivery, account, err);
	if (status == VM_EXISTS) {
		tell(delivery, VM_BULLETIN_THERE, account->user, NULL);
		return VM_OK;
	}
	return status == VM_OK ? VM_OK : note_failure(delivery, account->user, err);
}

static enum vm_status publish(struct delivery *delivery, const struct pending *copy,
			      struct vm_error *err)
{
	char final[FINAL_MAX + 8];
	int maildir = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, copy->maildir, &maildir, err);

	if (status == VM_OK && copy->temp != NULL) {
		(void)vm_text_format(final, sizeof final, "new/%s,S=%" PRIu64, delivery->notes.name,
				     copy->size); /* fitted before */
		status = vm_file_rename(maildir, copy->temp, final, err);
	}
	if (status == VM_OK && copy->is_elsewhere)
		status = vm_file_sync_folder(maildir, "new", err);
	if (status == VM_OK) {
		struct vm_error ignored; /* a line that is missing is counted before a refusal */

		(void)vm_maildir_size_add(maildir, (int64_t)copy->size, 1, &ignored);
	}
	vm_file_discard(&maildir);
	return status;
}

/* Copies of a page that will not be published. */
static void drop(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->count; i++) {
		char path[MAILDIR_MAX + FINAL_MAX];
		struct vm_error ignored; /* what stays in tmp/ is removed after 36 hours */

		if (delivery->pending[i].temp != NULL &&
		    vm_text_format(path, sizeof path, "%s/%s", delivery->pending[i].maildir,
				   delivery->pending[i].temp))
			(void)vm_file_remove(AT_FDCWD, path, &ignored);
	}
	delivery->count = 0;
}

/* A counter that cannot be moved is wrong until vusage --recount; the mail is there. */
static void count_page(struct delivery *delivery)
{
	struct vm_store *const store = delivery->context->store;
	const struct vm_domain *const domain = delivery->domain;
	int64_t bytes = 0;
	struct vm_error err;
	enum vm_status status = VM_OK;
	const bool is_unit = vm_store_keeps_usage(store) &&
			     vm_store_begin(store, domain->name, &err) == VM_OK;

	for (size_t i = 0; i < delivery->count && status == VM_OK; i++) {
		const struct pending *const one = &delivery->pending[i];

		bytes += (int64_t)one->size;
		if (vm_store_keeps_usage(store))
			status = vm_store_usage_add(store, domain,
						    (struct vm_name){ one->user, domain->name },
						    (int64_t)one->size, 1, &err);
		if (status == VM_NOT_FOUND) /* never counted */
			status = VM_OK;
	}
	if (!vm_store_keeps_usage(store))
		status = vm_store_usage_add(store, domain, (struct vm_name){ "", domain->name },
					    bytes, (int64_t)delivery->count, &err);
	if (is_unit && status == VM_OK)
		status = vm_store_commit(store, &err);
	else if (is_unit)
		vm_store_rollback(store);
	if (status != VM_OK && status != VM_NOT_FOUND)
		vm_log_warning(delivery->context->log, "event=usage domain=%s text=\"%s\"",
			       domain->name, err.text);
}

/* What was written is on the disk before it is published, and published on the disk before it is noted. */
static enum vm_status finish_page(struct delivery *delivery, struct vm_error *err)
{
	size_t kept = 0;
	enum vm_status status = VM_OK;

	if (delivery->count == 0)
		return VM_OK;
	if (delivery->bulletin->way == VM_BULLETIN_COPY)
		status = vm_file_sync_filesystem(delivery->folder, delivery->domain->dir, err);
	for (size_t i = 0; i < delivery->count && status == VM_OK; i++) {
		const struct pending one = delivery->pending[i];

		status = publish(delivery, &one, err);
		if (status == VM_OK)
			delivery->pending[kept++] = one;
		else
			status = note_failure(delivery, one.user, err);
	}
	if (status != VM_OK)
		return status;
	delivery->count = kept;
	status = vm_file_sync_filesystem(delivery->folder, delivery->domain->dir, err);
	if (status != VM_OK)
		return status;
	for (size_t i = 0; i < kept; i++)
		tell(delivery, VM_BULLETIN_DELIVERED, delivery->pending[i].user, NULL);
	count_page(delivery);
	delivery->count = 0;
	return VM_OK;
}

static enum vm_status note_page(struct delivery *delivery, struct vm_error *err)
{
	const enum vm_status status = finish_page(delivery, err);

	if (status != VM_OK || delivery->bulletin->is_dry_run)
		return status;
	return vm_bulletin_notes_write(delivery->folder, &delivery->notes, err);
}

/* ---- the whole domain ---- */

static enum vm_status start_page(struct delivery *delivery, struct vm_error *err)
{
	vm_arena_clear(&delivery->arena);
	delivery->count = 0;
	delivery->pending = vm_arena_alloc_array(&delivery->arena, PAGE, sizeof(struct pending));
	return delivery->pending == NULL ? vm_fail_memory(err) : VM_OK;
}

/* Those that failed the last time come first. */
static enum vm_status try_failed(struct delivery *delivery, struct vm_error *err)
{
	struct vm_bulletin_notes before = delivery->notes;
	enum vm_status status = start_page(delivery, err);

	delivery->notes.failures = 0;
	for (size_t i = 0; i < before.failures && status == VM_OK; i++) {
		struct vm_account account;

		status = vm_store_account_get(delivery->context->store,
					      (struct vm_name){ before.failed[i],
								delivery->domain->name },
					      &delivery->arena, &account, err);
		if (status == VM_OK)
			status = take_account(delivery, &account, err);
		else if (status == VM_NOT_FOUND) /* removed meanwhile */
			status = VM_OK;
	}
	return status == VM_OK ? note_page(delivery, err) : status;
}

static enum vm_status walk(struct delivery *delivery, struct vm_error *err)
{
	struct vm_account_list list = { .more = true };
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		status = start_page(delivery, err);
		if (status == VM_OK)
			status = vm_store_account_list(
				delivery->context->store, delivery->domain->name,
				(struct vm_page){ delivery->notes.after, PAGE }, &delivery->arena,
				&list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = take_account(delivery, &list.items[i], err);
		if (status != VM_OK)
			break;
		if (list.count > 0)
			(void)vm_text_copy(delivery->notes.after, sizeof delivery->notes.after,
					   list.items[list.count - 1].user);
		delivery->notes.is_done = !list.more && delivery->notes.failures == 0;
		status = note_page(delivery, err);
		delivery->looks_for_read = false; /* what follows nobody has touched */
	}
	return status;
}

static enum vm_status run(struct delivery *delivery, struct vm_error *err)
{
	struct vm_bulletin_notes *const notes = &delivery->notes;
	struct vm_error ignored;
	struct stat info;
	enum vm_status status = VM_OK;

	if (!delivery->bulletin->is_dry_run)
		status = vm_bulletin_notes_read(delivery->folder, delivery->bulletin, notes, err);
	if (status != VM_OK || notes->is_done)
		return status;
	if (fstat(delivery->folder, &info) != 0)
		return vm_fail_errno(err, errno, "fstat %s", delivery->domain->dir);
	delivery->device = info.st_dev;
	delivery->looks_for_read = notes->is_resumed;
	make_date(delivery);
	if (!delivery->bulletin->is_dry_run) /* before the first message: its name is known */
		status = vm_bulletin_notes_write(delivery->folder, notes, err);
	if (status == VM_OK && notes->failures > 0)
		status = try_failed(delivery, err);
	if (status == VM_OK)
		status = walk(delivery, err);
	if (status != VM_OK)
		drop(delivery);
	if (delivery->master[0] != '\0')
		(void)vm_file_remove(delivery->folder, delivery->master, &ignored);
	return status;
}

enum vm_status vm_bulletin_deliver(const struct vm_context *context, const struct vm_domain *domain,
				   const struct vm_bulletin *bulletin, struct vm_error *err)
{
	struct delivery delivery = {
		.context = context, .domain = domain, .bulletin = bulletin, .folder = -1
	};
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &delivery.folder, err);

	vm_arena_init(&delivery.arena, PAGE_MEMORY);
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
				 domain->name);
	if (status == VM_OK && !bulletin->is_dry_run)
		status = vm_file_lock_try(&lock, delivery.folder, ".bulletin.lock", err);
	if (status == VM_EXISTS)
		status = vm_fail(err, VM_TEMPFAIL, "another bulletin for %s is under way",
				 domain->name);
	if (status == VM_OK)
		status = run(&delivery, err);
	vm_file_lock_release(&lock);
	vm_arena_release(&delivery.arena);
	vm_file_discard(&delivery.folder);
	return status;
}

enum vm_status vm_bulletin_forget(const struct vm_domain *domain,
				  const struct vm_bulletin *bulletin, struct vm_error *err)
{
	char name[VM_BULLETIN_FILE_MAX];
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);

	vm_bulletin_notes_name(bulletin, name);
	if (status == VM_OK)
		status = vm_file_remove(folder, name, err);
	vm_file_discard(&folder);
	return status;
}
