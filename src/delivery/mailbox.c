/* Stores messages in Maildirs, within their quotas. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir.h"
#include "core/maildir_size.h"
#include "core/quota.h"
#include "delivery/delivery_internal.h"
#include "delivery/domain_quota.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

enum { HEAD_MAX = 4096, WARNING_SECONDS = 24 * 60 * 60 };

/* The Maildir that a message goes to. */
struct place {
	const char *path; /* the Maildir whose quota it is */
	const char *into; /* where the file goes: the same, or a folder of it */
	const char *home; /* where filters run */
	enum vm_filter_place kind;
	const struct vm_account *filters_of; /* whose switches; NULL: nobody's */
	const struct vm_account *account;    /* NULL: it is nobody's own */
	struct vm_quota quota;
};

/* "Return-Path: <...>" and "Delivered-To: user@domain", the first two lines of every stored message. */
static enum vm_status make_head(struct vm_run *run, struct vm_buf *head)
{
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	if (run->message->return_path != NULL)
		vm_buf_printf(head, "%s\n", run->message->return_path);
	else
		vm_buf_printf(head, "Return-Path: <%s>\n", run->message->sender);
	vm_buf_printf(head, "Delivered-To: %s@%s\n", run->recipient.user, run->recipient.domain);
	status = vm_buf_check(head, "the header", &err);
	return status == VM_OK ? VM_OK : vm_run_fail(run, status, &err);
}

/* Writes and syncs the file in tmp/; it is not published yet. */
static enum vm_status write_file(struct vm_run *run, const char *path, const struct vm_buf *head,
				 struct vm_maildir_file *file)
{
	struct vm_error err;
	enum vm_status status = vm_maildir_begin(AT_FDCWD, path, file, &err);

	if (status == VM_NOT_FOUND)
		return vm_run_end(run, VM_TEMPFAIL, "4.2.0", "there is no Maildir %s", path);
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	status = vm_message_write(run->message, head->bytes, head->length, file->fd, &err);
	if (status != VM_OK)
		vm_maildir_abort(file);
	else
		status = vm_maildir_prepare(file, &err);
	return status == VM_OK ? VM_OK : vm_run_fail(run, VM_TEMPFAIL, &err);
}

static enum vm_status publish(struct vm_run *run, struct vm_maildir_file *file, uint64_t size)
{
	struct vm_error err;
	const enum vm_status status = vm_maildir_commit(file, size, NULL, &err);

	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	run->copies++;
	return VM_OK;
}

/* Published, then noted in maildirsize where there is one; a note that fails is counted away later. */
static enum vm_status publish_noted(struct vm_run *run, int maildir, struct vm_maildir_file *file,
				    uint64_t size)
{
	struct vm_error ignored;
	const enum vm_status status = publish(run, file, size);

	if (status == VM_OK)
		(void)vm_maildir_size_add(maildir, (int64_t)size, 1, &ignored);
	return status;
}

/* A day has passed since the last warning: the empty file is made anew. */
static bool may_warn(int maildir)
{
	struct stat info;
	int fd = -1;

	if (fstatat(maildir, "quotawarn", &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	    info.st_mtime + WARNING_SECONDS > vm_clock_now())
		return false;
	fd = openat(maildir, "quotawarn",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0 || futimens(fd, NULL) != 0)
		return false; /* else there would be one with each message */
	vm_file_discard(&fd);
	return true;
}

/* The operator's text as a message of its own; a failure of it is nobody's loss. */
static void warn(struct vm_run *run, int maildir, const struct place *place)
{
	const char *const text = vm_run_text(run, ".quotawarn.msg", NULL);
	struct vm_delivery_result ignored;
	struct vm_delivery_result *const result = run->result;
	const struct vm_message *const message = run->message;
	struct vm_message warning = { .fd = -1, .sender = "", .delivered_to = "" };
	struct vm_maildir_file file;
	struct vm_buf head;
	struct tm parts;
	char date[64] = "";
	const time_t now = vm_clock_now();

	if (text == NULL || !may_warn(maildir))
		return;
	if (gmtime_r(&now, &parts) == NULL ||
	    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &parts) == 0)
		return;
	warning.memory = text;
	warning.size = strlen(text);
	vm_buf_init(&head, HEAD_MAX);
	vm_buf_printf(&head, "Return-Path: <>\nDelivered-To: %s@%s\nDate: %s\n",
		      run->recipient.user, run->recipient.domain, date);
	run->message = &warning;
	run->result = &ignored;
	if (write_file(run, place->path, &head, &file) == VM_OK &&
	    publish_noted(run, maildir, &file, head.length + warning.size) == VM_OK)
		vm_domain_usage_note(run, place->account, head.length + warning.size);
	run->result = result;
	run->message = message;
	vm_buf_release(&head);
}

static enum vm_status refuse_over_quota(struct vm_run *run)
{
	return vm_run_end(run, VM_LIMIT, "5.2.2", "%s",
			  vm_run_text(run, ".over-quota.msg", "user is over quota"));
}

static enum vm_status publish_limited(struct vm_run *run, int maildir, const struct vm_quota *quota,
				      struct vm_maildir_file *file, uint64_t size, bool *warns)
{
	struct vm_maildir_hold hold;
	struct vm_usage usage;
	struct vm_error err;
	enum vm_status status = vm_maildir_size_begin(maildir, quota, size, &hold, &usage, &err);

	*warns = status == VM_LIMIT;
	if (status == VM_LIMIT)
		return refuse_over_quota(run);
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	status = publish(run, file, size);
	/* The message is stored: a line that cannot be appended is counted before the next refusal. */
	(void)vm_maildir_size_end(&hold, size, status == VM_OK, &err);
	usage.bytes += size;
	usage.messages++;
	*warns = status == VM_OK &&
		 vm_quota_percent(quota, &usage) >= run->context->config->quota_warning_percent;
	return status;
}

static enum vm_status publish_within(struct vm_run *run, int maildir, const struct place *place,
				     struct vm_maildir_file *file, uint64_t size, bool *warns)
{
	struct vm_domain_hold hold;
	enum vm_status status = vm_domain_quota_begin(run, size, &hold);

	*warns = false;
	if (status != VM_OK)
		return status;
	if (vm_quota_is_unlimited(&place->quota))
		status = publish_noted(run, maildir, file, size);
	else
		status = publish_limited(run, maildir, &place->quota, file, size, warns);
	vm_domain_quota_end(run, place->account, size, status == VM_OK, &hold);
	return status;
}

static enum vm_status store_within(struct vm_run *run, int maildir, const struct place *place,
				   const struct vm_buf *head)
{
	const uint64_t size = head->length + run->message->size;
	struct vm_maildir_file file;
	bool warns = false;
	enum vm_status status = write_file(run, place->into, head, &file);

	if (status != VM_OK)
		return status;
	status = publish_within(run, maildir, place, &file, size, &warns);
	vm_maildir_abort(&file); /* harmless once it is published */
	if (warns)
		warn(run, maildir, place);
	return status;
}

/* A folder for spam is made with its first message. */
static enum vm_status prepare_junk(struct vm_run *run, const char *path, char *out, size_t size)
{
	const char *const name = run->context->config->spam_junk_folder;
	char marker[VM_PATH_MAX * 3];
	struct stat info;
	struct vm_error err;
	int fd = -1;
	enum vm_status status = VM_OK;

	if (strchr(name, '/') != NULL || name[0] == '.')
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5", "spam_junk_folder is no name");
	if (!vm_text_format(out, size, "%s/.%s", path, name) ||
	    !vm_text_format(marker, sizeof marker, "%s/maildirfolder", out))
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the path of %s is too long", name);
	if (vm_file_stat(AT_FDCWD, marker, &info, &err) == VM_OK)
		return VM_OK;
	status = vm_maildir_make(AT_FDCWD, out, run->domain.uid, run->domain.gid, true, &err);
	if (status == VM_OK)
		status = vm_file_create(AT_FDCWD, marker, 0600, &fd, &err);
	vm_file_discard(&fd);
	return status == VM_OK || status == VM_EXISTS ? VM_OK : vm_run_fail(run, VM_TEMPFAIL, &err);
}

static enum vm_status deliver_to(struct vm_run *run, const struct place *place)
{
	struct vm_buf head;
	struct vm_error err;
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&head, HEAD_MAX);
	status = make_head(run, &head);
	if (status == VM_OK) {
		status = vm_file_open_folder(AT_FDCWD, place->path, &maildir, &err);
		if (status != VM_OK)
			status = vm_run_end(run, VM_TEMPFAIL, "4.2.0", "%s", err.text);
	}
	if (status == VM_OK)
		status = store_within(run, maildir, place, &head);
	vm_file_discard(&maildir);
	vm_buf_release(&head);
	return status;
}

static enum vm_status let_maildrop(struct vm_run *run, const struct place *place)
{
	struct vm_buf head;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&head, HEAD_MAX);
	status = make_head(run, &head);
	if (status == VM_OK)
		status = vm_run_maildrop(run, place->account, place->path, head.bytes);
	vm_buf_release(&head);
	return status;
}

/* Through the filters, and what comes out of them to where it belongs. */
static enum vm_status filter_to(struct vm_run *run, const struct place *place)
{
	const struct vm_message *const message = run->message;
	struct place where = *place;
	char junk[VM_PATH_MAX * 2 + 64];
	struct vm_filtered filtered;
	enum vm_status status =
		vm_run_filters(run, place->filters_of, place->kind, place->home, &filtered);

	if (status != VM_OK)
		return status;
	run->message = &filtered.message;
	if (filtered.is_done)
		run->copies++;
	else if (filtered.to_maildrop)
		status = let_maildrop(run, place);
	else if (filtered.is_junk)
		status = prepare_junk(run, place->path, junk, sizeof junk);
	if (status == VM_OK && !filtered.is_done && !filtered.to_maildrop) {
		where.into = filtered.is_junk ? junk : place->path;
		status = deliver_to(run, &where);
	}
	run->message = message;
	if (status == VM_OK && place->account != NULL && !filtered.is_done && !filtered.is_junk)
		vm_run_vacation(run, place->account);
	vm_run_filters_end(&filtered);
	return status;
}

/* A text of 5.4's days that we would refuse meant "unlimited". */
static struct vm_quota quota_of(const char *text)
{
	struct vm_quota quota = { 0 };
	struct vm_error ignored;

	if (vm_quota_parse(text, &quota, &ignored) != VM_OK)
		quota = (struct vm_quota){ 0 };
	return quota;
}

enum vm_status vm_run_to_account(struct vm_run *run, const struct vm_account *account)
{
	char path[VM_PATH_MAX + 16];
	const struct place place = { .path = path,
				     .into = path,
				     .home = account->home,
				     .kind = VM_FILTER_MAILBOX,
				     .filters_of = account,
				     .account = account,
				     .quota = quota_of(account->quota) };

	if (!vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the home's path is too long");
	return filter_to(run, &place);
}

/* The first line of its own maildirsize, where there is one. */
static struct vm_quota quota_of_maildir(const char *path)
{
	char name[VM_PATH_MAX * 2 + 16];
	struct vm_buf text;
	struct vm_error ignored;
	struct vm_quota quota = { 0 };

	vm_buf_init(&text, 64 * 1024);
	if (vm_text_format(name, sizeof name, "%s/maildirsize", path) &&
	    vm_file_read_all(AT_FDCWD, name, &text, &ignored) == VM_OK) {
		text.bytes[strcspn(text.bytes, "\n")] = '\0';
		quota = quota_of(text.bytes);
	}
	vm_buf_release(&text);
	return quota;
}

enum vm_status vm_run_to_maildir(struct vm_run *run, const struct vm_account *account,
				 const char *home, const char *path)
{
	const bool is_own = vm_resolve_is_own_maildir(account, home, path);
	char full[VM_PATH_MAX * 2];
	size_t length = 0;
	struct place place = { .path = full,
			       .into = full,
			       .home = home[0] == '\0' ? run->domain.dir : home,
			       .kind = VM_FILTER_MAILDIR,
			       .filters_of = account };

	if (path[0] == '.' && path[1] == '/')
		path += 2;
	if (!vm_text_format(full, sizeof full, "%s%s%s", path[0] == '/' ? "" : home,
			    path[0] == '/' ? "" : "/", path))
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5", "the path %.100s is too long", path);
	length = strlen(full);
	while (length > 1 && full[length - 1] == '/')
		full[--length] = '\0';
	place.account = is_own ? account : NULL;
	place.quota = is_own ? quota_of(account->quota) : quota_of_maildir(full);
	return filter_to(run, &place);
}
