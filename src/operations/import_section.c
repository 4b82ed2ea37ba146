/* Takes in what one domain has: its limits, and in units of work its accounts. */
#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/quota.h"
#include "operations/import_internal.h"
#include "util/text.h"

/* The accounts of a section while they are taken in. */
struct accounts {
	struct vm_import_work *work;
	struct vm_import_reader reader;
	struct vm_convert_cursor cursor; /* of the target, while both are in order */
	struct vm_limits limits;         /* of the target, for what the file does not say */
	struct vm_arena line;
	char last[VM_USER_MAX + 1];
	bool is_sorted;
	struct admin *admins; /* whose accounts have not come yet */
	uint64_t placed;      /* accounts that were added with a home of the domain's folder */
	size_t waiting;
};

struct admin {
	struct admin *next;
	char user[VM_USER_MAX + 1];
	uint32_t flag;
};

bool vm_import_changes(const struct vm_import_work *work)
{
	return work->import->mode == VM_CONVERT_WRITE;
}

void vm_import_note(const struct vm_import_work *work, enum vm_convert_kind kind,
		    enum vm_convert_outcome outcome, const char *user, const char *text)
{
	char subject[VM_ADDRESS_MAX + 1];

	(void)vm_text_format(subject, sizeof subject, "%s@%s", user, work->domain.name); /* fits */
	vm_convert_note(&work->convert, kind, outcome, subject, text);
}

bool vm_import_is_below(const struct vm_import_work *work, const char *path)
{
	const size_t length = strlen(work->domain.dir);

	return strncmp(path, work->domain.dir, length) == 0 && path[length] == '/';
}

const char *vm_import_path(const struct vm_import_work *work, struct vm_arena *arena,
			   const char *path)
{
	const char *const old = work->about.about.dir;
	const size_t length = old == NULL ? 0 : strlen(old);

	if (work->import->keep_paths || length == 0 || strncmp(path, old, length) != 0 ||
	    path[length] != '/')
		return vm_arena_strdup(arena, path);
	return vm_arena_printf(arena, "%s%s", work->domain.dir, path + length);
}

static enum vm_status add_admin(struct accounts *accounts, const struct vm_transfer *transfer,
				struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	const bool is_system = strcmp(transfer->name, "*") == 0;
	struct admin *admin = NULL;

	if (!is_system && strcmp(transfer->name, work->domain.name) != 0) {
		char text[VM_CONVERT_TEXT_MAX];

		(void)vm_text_format(text, sizeof text,
				     "administers %s: only the own domain can be", transfer->name);
		vm_import_note(work, VM_CONVERT_ACCOUNT, VM_CONVERT_SKIPPED, transfer->user, text);
		return VM_OK;
	}
	admin = vm_arena_alloc(&work->kept, sizeof *admin);
	if (admin == NULL || !vm_text_copy(admin->user, sizeof admin->user, transfer->user))
		return vm_fail_memory(err);
	admin->flag = is_system ? VM_FLAG_SYSTEM_ADMIN : VM_FLAG_DOMAIN_ADMIN;
	admin->next = accounts->admins;
	accounts->admins = admin;
	return VM_OK;
}

/* The flags that domain_admin lines give the account. */
static uint32_t take_admin(struct accounts *accounts, const char *user)
{
	uint32_t flags = 0;

	for (struct admin **at = &accounts->admins; *at != NULL;) {
		if (strcmp((*at)->user, user) != 0) {
			at = &(*at)->next;
			continue;
		}
		flags |= (*at)->flag;
		*at = (*at)->next;
	}
	return flags;
}

/* What only people type becomes what is stored; junk meant "no quota" to old programs. */
static const char *print_quota(struct vm_arena *arena, const char *text)
{
	char printed[VM_QUOTA_MAX + 1];
	struct vm_quota quota;
	struct vm_error ignored;

	if (vm_quota_parse(text, &quota, &ignored) != VM_OK)
		return vm_arena_strdup(arena, "NOQUOTA");
	if (strspn(text, "0123456789SC,") == strlen(text))
		return vm_arena_strdup(arena, text);
	vm_quota_print(&quota, printed);
	return vm_arena_strdup(arena, printed);
}

static bool is_same_quota(const char *one, const char *other)
{
	struct vm_quota a = { 0 }, b = { 0 };
	struct vm_error ignored;

	if (vm_quota_parse(one, &a, &ignored) != VM_OK)
		a = (struct vm_quota){ 0 };
	if (vm_quota_parse(other, &b, &ignored) != VM_OK)
		b = (struct vm_quota){ 0 };
	return a.bytes == b.bytes && a.messages == b.messages;
}

static const char *default_quota(const struct accounts *accounts, struct vm_arena *arena)
{
	const struct vm_quota quota = { accounts->limits.default_quota,
					accounts->limits.default_messages };
	char printed[VM_QUOTA_MAX + 1];

	vm_quota_print(&quota, printed);
	return vm_arena_strdup(arena, printed);
}

/* HOME of a Maildir that is HOME/Maildir, and so needs not to be moved; "" for any other. NULL without memory. */
static const char *home_of_maildir(struct vm_arena *arena, const char *maildir)
{
	static const char end[] = "/Maildir";
	size_t length = maildir == NULL ? 0 : strlen(maildir);

	while (length > 1 && maildir[length - 1] == '/')
		length--;
	if (length < sizeof end || strncmp(maildir + length - strlen(end), end, strlen(end)) != 0)
		return "";
	return vm_arena_strndup(arena, maildir, length - strlen(end));
}

/* A home that is no folder of this host would not be found: it is made at the first use instead. */
static const char *find_home(const struct accounts *accounts, struct vm_arena *arena,
			     const struct vm_transfer *transfer)
{
	const struct vm_import_work *const work = accounts->work;
	const char *given = transfer->account.account.home;
	const char *home = NULL;

	if (given[0] == '\0')
		given = home_of_maildir(arena, transfer->account.maildir);
	home = given == NULL ? NULL : vm_import_path(work, arena, given);
	if (home == NULL || work->import->keep_paths || vm_import_is_below(work, home))
		return home;
	return "";
}

/* The account as it should be, in the batch; `there` (or NULL) fills what the line does not say. */
static struct vm_account *make_account(struct accounts *accounts,
				       const struct vm_transfer *transfer,
				       const struct vm_account *there, struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	const struct vm_transfer_account *const from = &transfer->account;
	struct vm_arena *const batch = &work->batch;
	struct vm_account *const account = vm_arena_alloc(batch, sizeof *account);

	if (account == NULL) {
		vm_fail_memory(err);
		return NULL;
	}
	*account = from->account;
	account->domain = work->domain.name;
	account->user = vm_arena_strdup(batch, account->user);
	account->hash = vm_arena_strdup(batch, account->hash);
	account->clear = there != NULL && from->account.clear[0] == '\0'
				 ? there->clear
				 : vm_arena_strdup(batch, account->clear);
	account->home = find_home(accounts, batch, transfer);
	if (there != NULL && account->home != NULL && account->home[0] == '\0')
		account->home = there->home;
	account->comment = from->has_comment ? vm_arena_strdup(batch, account->comment)
			   : there != NULL   ? there->comment
					     : account->user;
	if (!from->has_quota)
		account->quota = there != NULL ? there->quota : default_quota(accounts, batch);
	else if (there != NULL && is_same_quota(account->quota, there->quota))
		account->quota = there->quota;
	else
		account->quota = print_quota(batch, account->quota);
	if (account->user != NULL && account->hash != NULL && account->clear != NULL &&
	    account->home != NULL && account->comment != NULL && account->quota != NULL)
		return account;
	vm_fail_memory(err);
	return NULL;
}

static enum vm_status add_account(struct accounts *accounts, const struct vm_transfer *transfer,
				  uint32_t flags, struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	struct vm_account *const account = make_account(accounts, transfer, NULL, err);
	struct vm_convert_change change = { .act = VM_CONVERT_INSERT, .account = account };

	if (account == NULL)
		return err->status;
	account->flags |= flags;
	if (vm_convert_has_place(&work->convert, account))
		change.login = transfer->account.login;
	change.login_outcome = VM_CONVERT_ADDED;
	accounts->placed += vm_import_is_below(work, account->home);
	return vm_convert_push(&work->queue, &change, err);
}

static enum vm_status compare_account(struct accounts *accounts, const struct vm_transfer *transfer,
				      uint32_t flags, const struct vm_account *there,
				      struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	struct vm_account *const account = make_account(accounts, transfer, there, err);
	struct vm_convert_change change = { .act = VM_CONVERT_UPDATE,
					    .account = account,
					    .expected = there };
	char fields[VM_CONVERT_TEXT_MAX], text[VM_CONVERT_TEXT_MAX];
	enum vm_status status = VM_OK;

	if (account == NULL)
		return err->status;
	account->flags |= flags;
	if (vm_convert_same_account(account, there, fields)) {
		vm_import_note(work, VM_CONVERT_ACCOUNT, VM_CONVERT_EQUAL, account->user, "");
	} else if (work->import->overwrite) {
		status = vm_convert_push(&work->queue, &change, err);
	} else {
		(void)vm_text_format(text, sizeof text, "differs: %.200s", fields);
		vm_import_note(work, VM_CONVERT_ACCOUNT, VM_CONVERT_DIFFERENT, account->user, text);
	}
	change = (struct vm_convert_change){ .act = VM_CONVERT_RECORD_LOGIN, .account = account };
	change.login_outcome = VM_CONVERT_ADDED;
	if (vm_convert_has_place(&work->convert, account))
		change.login = transfer->account.login;
	return status == VM_OK ? vm_convert_login(&work->queue, &change, err) : status;
}

/* The account in the target: by walking along with it where the file is in order, else by asking. */
static enum vm_status find_account(struct accounts *accounts, const char *user,
				   const struct vm_account **out, struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	struct vm_account *found = NULL;
	enum vm_status status = VM_OK;

	*out = NULL;
	accounts->is_sorted = accounts->is_sorted && strcmp(user, accounts->last) > 0;
	(void)vm_text_copy(accounts->last, sizeof accounts->last, user); /* fits */
	while (accounts->is_sorted) {
		const struct vm_account *there = NULL;

		status = vm_convert_cursor_peek(&accounts->cursor, &work->queue, &there, err);
		if (status != VM_OK || there == NULL || strcmp(there->user, user) > 0)
			return status;
		if (strcmp(there->user, user) == 0)
			*out = there;
		status = vm_convert_cursor_take(&accounts->cursor, err);
		if (status != VM_OK || *out != NULL)
			return status;
	}
	found = vm_arena_alloc(&work->batch, sizeof *found);
	if (found == NULL)
		return vm_fail_memory(err);
	status = vm_store_account_get(work->convert.to, (struct vm_name){ user, work->domain.name },
				      &work->batch, found, err);
	if (status == VM_OK)
		*out = found;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status take_account(struct accounts *accounts, const struct vm_transfer *transfer,
				   struct vm_error *err)
{
	struct vm_import_work *const work = accounts->work;
	const struct vm_account *there = NULL;
	uint32_t flags = 0;
	enum vm_status status = VM_OK;

	if (++accounts->waiting > VM_CONVERT_PAGE) {
		status = vm_convert_flush(&work->queue, err);
		vm_arena_clear(&work->batch);
		accounts->waiting = 1;
	}
	if (status == VM_OK)
		status = find_account(accounts, transfer->user, &there, err);
	if (status != VM_OK)
		return status;
	flags = take_admin(accounts, transfer->user);
	return there == NULL ? add_account(accounts, transfer, flags, err)
			     : compare_account(accounts, transfer, flags, there, err);
}

static enum vm_status take_limits(struct vm_import_work *work, const struct vm_limits *limits,
				  struct vm_error *err)
{
	struct vm_limits there;
	enum vm_convert_outcome outcome = VM_CONVERT_ADDED;
	enum vm_status status =
		vm_store_limits_own(work->convert.to, work->domain.name, &there, err);

	if (status == VM_NOT_FOUND) {
		status = VM_OK;
	} else if (status == VM_OK && vm_convert_same_limits(limits, &there)) {
		vm_convert_note(&work->convert, VM_CONVERT_LIMITS, VM_CONVERT_EQUAL,
				work->domain.name, "");
		return VM_OK;
	} else if (status == VM_OK && !work->import->overwrite) {
		vm_convert_note(&work->convert, VM_CONVERT_LIMITS, VM_CONVERT_DIFFERENT,
				work->domain.name, "differ");
		return VM_OK;
	} else {
		outcome = VM_CONVERT_REPLACED;
	}
	if (status == VM_OK && vm_import_changes(work))
		status = vm_store_limits_put(work->convert.to, work->domain.name, limits, err);
	if (status != VM_OK && !vm_status_is_definite(status))
		return status;
	vm_convert_note(&work->convert, VM_CONVERT_LIMITS,
			status == VM_OK ? outcome : VM_CONVERT_FAILED, work->domain.name,
			status == VM_OK ? "" : err->text);
	return VM_OK;
}

static enum vm_status take_line(struct accounts *accounts, const struct vm_transfer *transfer,
				struct vm_error *err)
{
	switch (transfer->type) {
	case VM_TRANSFER_DOMAIN_ADMIN:
		return add_admin(accounts, transfer, err);
	case VM_TRANSFER_LIMITS:
		return take_limits(accounts->work, &transfer->limits, err);
	case VM_TRANSFER_ACCOUNT:
		return take_account(accounts, transfer, err);
	case VM_TRANSFER_EXPORT:
	case VM_TRANSFER_DOMAIN:
	case VM_TRANSFER_ALIAS_DOMAIN:
	case VM_TRANSFER_ALIAS:
	case VM_TRANSFER_VACATION:
	case VM_TRANSFER_IP_MAP:
	case VM_TRANSFER_END:
	case VM_TRANSFER_TYPES:
		break; /* taken in by others, or nothing to do */
	}
	return VM_OK;
}

/* The record goes with the accounts; one that has grown here since is left. */
static enum vm_status put_dirs(const struct vm_import_work *work, uint64_t placed,
			       struct vm_error *err)
{
	const struct vm_transfer_domain *const about = &work->about.about;
	struct vm_store *const to = work->convert.to;
	struct vm_dir_control dirs;
	enum vm_status status = VM_OK;

	while (status == VM_OK && !about->has_dirs && placed > 0) {
		const int some = placed > 1000000 ? 1000000 : (int)placed;

		status = vm_store_dirs_change(to, &work->domain, some, &dirs, err);
		placed -= (uint64_t)some;
	}
	if (!about->has_dirs || status != VM_OK)
		return status;
	status = vm_store_dirs_get(to, &work->domain, &dirs, err);
	if (status != VM_OK || dirs.count >= about->dir_count)
		return status;
	vm_dir_control_init(&dirs);
	dirs.count = about->dir_count;
	if (!vm_dir_control_set_path(&dirs, about->dir_path)) {
		vm_convert_note(&work->convert, VM_CONVERT_DIRS, VM_CONVERT_FAILED,
				work->domain.name, "dir_path is no folder of the big-dir record");
		return VM_OK;
	}
	status = vm_store_dirs_put(to, &work->domain, &dirs, err);
	if (status == VM_OK)
		vm_convert_note(&work->convert, VM_CONVERT_DIRS, VM_CONVERT_ADDED,
				work->domain.name, "");
	return status;
}

static enum vm_status read_lines(struct accounts *accounts, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	while (status == VM_OK) {
		struct vm_transfer transfer;

		vm_arena_clear(&accounts->line);
		status = vm_import_reader_next(&accounts->reader, &accounts->line, &transfer, err);
		if (status == VM_NOT_FOUND)
			break;
		if (status == VM_OK)
			status = take_line(accounts, &transfer, err);
	}
	return status == VM_NOT_FOUND ? vm_convert_flush(&accounts->work->queue, err) : status;
}

enum vm_status vm_import_accounts(struct vm_import_work *work, struct vm_error *err)
{
	struct accounts accounts = { .work = work, .is_sorted = true };
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&accounts.line, VM_IMPORT_LINE_ARENA_MAX);
	vm_convert_cursor_init(&accounts.cursor, work->convert.to, true);
	status = vm_import_reader_init(&accounts.reader, work->import, work->section, err);
	if (status == VM_OK)
		status = vm_store_limits_get(work->convert.to, work->domain.name, &accounts.limits,
					     err);
	if (status == VM_NOT_FOUND &&
	    !vm_import_changes(work)) { /* a rehearsal meets domains that are not */
		vm_limits_default(&accounts.limits);
		status = VM_OK;
	}
	if (status == VM_OK)
		status = read_lines(&accounts, err);
	for (const struct admin *at = accounts.admins; status == VM_OK && at != NULL; at = at->next)
		vm_import_note(work, VM_CONVERT_ACCOUNT, VM_CONVERT_SKIPPED, at->user,
			       "administers, and has no account in the file");
	if (status == VM_OK && vm_import_changes(work))
		status = put_dirs(work, accounts.placed, err);
	vm_import_reader_release(&accounts.reader);
	vm_arena_release(&accounts.cursor.arena);
	vm_arena_release(&accounts.line);
	vm_arena_clear(&work->batch);
	return status;
}

static enum vm_status read_about(struct vm_import_work *work, struct vm_error *err)
{
	struct vm_import_reader reader;
	enum vm_status status = vm_import_reader_init(&reader, work->import, work->section, err);

	if (status == VM_OK)
		status = vm_import_reader_next(&reader, &work->kept, &work->about, err);
	vm_import_reader_release(&reader);
	return status;
}

/* A unit without changes: a store of files makes those that the domain has not had so far. */
static enum vm_status prepare(const struct vm_import_work *work, struct vm_error *err)
{
	enum vm_status status = vm_store_begin(work->convert.to, work->domain.name, err);

	if (status == VM_UNSUPPORTED)
		return VM_OK;
	return status == VM_OK ? vm_store_commit(work->convert.to, err) : status;
}

/*
 * Mail that lies in the homes already, or will be copied there, is in no counter: the first that asks counts. Said of a domain
 * without accounts before any is added, too, for an import may be interrupted.
 */
static enum vm_status forget_usage(const struct vm_import_work *work, struct vm_error *err)
{
	uint64_t count = 0;
	const enum vm_status status =
		vm_store_account_count(work->convert.to, work->domain.name, &count, err);

	return status == VM_OK && count == 0
		       ? vm_store_usage_forget(work->convert.to, &work->domain, err)
		       : status;
}

static enum vm_status finish(const struct vm_import_work *work, struct vm_error *err)
{
	enum vm_status status = vm_store_usage_forget(work->convert.to, &work->domain, err);

	return status == VM_OK ? vm_store_fold(work->convert.to, work->domain.name, err) : status;
}

enum vm_status vm_import_section(const struct vm_import *import,
				 const struct vm_import_section *section,
				 const struct vm_domain *domain, struct vm_error *err)
{
	struct vm_import_work work = { .import = import,
				       .section = section,
				       .convert = vm_import_convert(import),
				       .domain = *domain };
	uint64_t added = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&work.kept, VM_IMPORT_LINE_ARENA_MAX);
	vm_arena_init(&work.batch, VM_IMPORT_ARENA_MAX);
	added = import->counts->number[VM_CONVERT_ACCOUNT][VM_CONVERT_ADDED];
	status = vm_convert_connect(&work.convert, err);
	if (status == VM_OK)
		status = read_about(&work, err);
	if (status == VM_OK && vm_import_changes(&work))
		status = prepare(&work, err);
	if (status == VM_OK && vm_import_changes(&work))
		status = forget_usage(&work, err);
	if (status == VM_OK)
		status = vm_convert_queue_init(&work.queue, &work.convert, domain->name, err);
	if (status == VM_OK)
		status = vm_import_accounts(&work, err);
	if (status == VM_OK)
		status = vm_import_aliases(&work, err);
	if (status == VM_OK)
		status = vm_import_catch_all(&work, err);
	if (status == VM_OK && vm_import_changes(&work) &&
	    import->counts->number[VM_CONVERT_ACCOUNT][VM_CONVERT_ADDED] > added)
		status = finish(&work, err);
	vm_convert_queue_release(&work.queue);
	vm_arena_release(&work.batch);
	vm_arena_release(&work.kept);
	return status;
}
