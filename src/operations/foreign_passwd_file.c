/*
 * Reads Dovecot's passwd-file: user:password:uid:gid:comment:home:shell:fields, where the fields are parted by blanks
 * and those that begin with userdb_ are about the mailbox. Source: Dovecot's manual, 2.3 and 2.4.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/password_hash.h"
#include "core/quota.h"
#include "operations/foreign_internal.h"
#include "util/file.h"
#include "util/text.h"

enum {
	RECORDS_GROW = 4096,
	LINE_ARENA_MAX = 1024 * 1024,
	NO_LOGIN = VM_FLAG_NO_POP | VM_FLAG_NO_IMAP | VM_FLAG_NO_WEBMAIL | VM_FLAG_NO_SMTP,
};

/* One line, by domain: sections are of one domain each, the file need not be. */
struct record {
	const char *domain;
	char *line; /* in the text of the file, behind the user */
	const char *user;
	size_t number;
};

struct file {
	struct vm_foreign_out *out;
	struct vm_buf text;
	struct vm_arena arena; /* the domains */
	struct record *records;
	size_t count, capacity;
};

/* What the fields of one line say. */
struct fields {
	struct vm_arena *arena;
	struct vm_quota quota;
	bool has_quota;
	uint32_t flags;
	const char *home, *mail;
};

static void skip(const struct file *file, const struct record *record, const char *before,
		 const char *what, const char *after)
{
	vm_foreign_skip(file->out, file->out->foreign->name, record->number, "%s@%s: %s%.100s%s",
			record->user, record->domain, before, what, after);
}

static int by_domain(const void *one, const void *other)
{
	const struct record *const a = one, *const b = other;
	const int order = strcmp(a->domain, b->domain);

	return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static enum vm_status add_record(struct file *file, char *line, size_t number, struct vm_error *err)
{
	struct vm_address address;
	char *rest = line;
	const char *const user = vm_foreign_cut(&rest, ':');
	const struct record *const last = file->count == 0 ? NULL : &file->records[file->count - 1];
	struct record record = { .line = rest, .number = number };

	if (vm_address_parse(user, &file->out->policy, &address, err) != VM_OK || rest == NULL) {
		vm_foreign_skip(file->out, file->out->foreign->name, number, "%s",
				rest == NULL ? "it has one field alone" : err->text);
		return VM_OK;
	}
	if (file->count == file->capacity) {
		struct record *const more = reallocarray(
			file->records, file->capacity + RECORDS_GROW + file->count, sizeof *more);

		if (more == NULL)
			return vm_fail_memory(err);
		file->records = more;
		file->capacity += RECORDS_GROW + file->count;
	}
	record.domain = last != NULL && strcmp(last->domain, address.domain) == 0
				? last->domain
				: vm_arena_strdup(&file->arena, address.domain);
	record.user = vm_arena_strdup(&file->arena, address.user);
	if (record.domain == NULL || record.user == NULL)
		return vm_fail_memory(err);
	file->records[file->count++] = record;
	return VM_OK;
}

static enum vm_status read_records(struct file *file, struct vm_error *err)
{
	char *rest = file->text.bytes;
	size_t number = 0;
	enum vm_status status = VM_OK;

	if (strlen(file->text.bytes) != file->text.length)
		return vm_fail_field(err, VM_INVALID, "file", "%s holds a NUL",
				     file->out->foreign->name);
	while (status == VM_OK && rest != NULL) {
		char *const line = vm_foreign_cut(&rest, '\n');
		const size_t length = strlen(line);

		number++;
		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			status = add_record(file, line, number, err);
	}
	if (file->count > 0)
		qsort(file->records, file->count, sizeof *file->records, by_domain);
	return status;
}

/* "1G", "100M", "5k", "2000b" with a unit for bare numbers, as Dovecot's sizes. */
static bool parse_size(const char *text, uint64_t unit, uint64_t *out)
{
	static const char letters[] = "kmgt";
	char digits[24];
	size_t length = strspn(text, "0123456789");
	const char *const rest = text + length;
	const char *const letter = rest[0] == '\0' ? NULL : strchr(letters, rest[0] | 0x20);

	if (length == 0 || !vm_text_format(digits, sizeof digits, "%.*s", (int)length, text) ||
	    !vm_text_parse_u64(digits, INT64_MAX, out))
		return false;
	if (vm_text_equals_nocase(rest, "b"))
		unit = 1;
	else if (letter != NULL && (rest[1] == '\0' || vm_text_equals_nocase(rest + 1, "b") ||
				    vm_text_equals_nocase(rest + 1, "ib")))
		unit = (uint64_t)1 << (10 * (letter - letters + 1));
	else if (rest[0] != '\0')
		return false;
	if (*out > INT64_MAX / unit)
		return false;
	*out *= unit;
	return true;
}

/* "*:storage=100M:messages=1000"; rules of single folders have no place here. */
static bool take_rule(struct fields *fields, char *rule)
{
	char *rest = rule;
	uint64_t number = 0;

	if (strcmp(vm_foreign_cut(&rest, ':'), "*") != 0)
		return false;
	while (rest != NULL) {
		const char *const limit = vm_foreign_cut(&rest, ':');

		if (vm_text_starts_with(limit, "storage=") &&
		    parse_size(limit + strlen("storage="), 1024, &number))
			fields->quota.bytes = number;
		else if (vm_text_starts_with(limit, "bytes=") &&
			 parse_size(limit + strlen("bytes="), 1, &number))
			fields->quota.bytes = number;
		else if (vm_text_starts_with(limit, "messages=") &&
			 vm_text_parse_u64(limit + strlen("messages="), INT64_MAX, &number))
			fields->quota.messages = number;
		else
			return false;
	}
	fields->has_quota = true;
	return true;
}

static bool take_storage(struct fields *fields, char *value)
{
	fields->has_quota = true;
	return strcmp(value, "unlimited") == 0 || parse_size(value, 1, &fields->quota.bytes);
}

static bool take_messages(struct fields *fields, char *value)
{
	fields->has_quota = true;
	return strcmp(value, "unlimited") == 0 ||
	       vm_text_parse_u64(value, INT64_MAX, &fields->quota.messages);
}

static bool take_home(struct fields *fields, char *value)
{
	if (value[0] != '/')
		return false;
	fields->home = value;
	return true;
}

/* "maildir:/path:LAYOUT=...", and in 2.4 the path alone. */
static bool take_mail(struct fields *fields, char *value)
{
	char *rest = value;
	const char *path = NULL;

	if (vm_text_starts_with(value, "maildir:"))
		(void)vm_foreign_cut(&rest, ':');
	path = vm_foreign_cut(&rest, ':');
	if (path == NULL || (path[0] != '/' && path[0] != '~'))
		return false;
	fields->mail = path;
	return true;
}

static bool take_driver(struct fields *fields, char *value)
{
	(void)fields;
	return strcmp(value, "maildir") == 0;
}

static bool take_no_login(struct fields *fields, char *value)
{
	fields->flags |= strcmp(value, "n") == 0 || strcmp(value, "no") == 0 ? 0
									     : (uint32_t)NO_LOGIN;
	return true;
}

/* Owners are the domain's here. */
static bool take_nothing(struct fields *fields, char *value)
{
	(void)fields;
	(void)value;
	return true;
}

static const struct {
	const char *name;
	bool (*take)(struct fields *fields, char *value);
} rows[] = {
	{ "userdb_quota_rule", take_rule },
	{ "userdb_quota_storage_size", take_storage },
	{ "userdb_quota_message_count", take_messages },
	{ "userdb_home", take_home },
	{ "userdb_mail_home", take_home },
	{ "userdb_mail", take_mail },
	{ "userdb_mail_location", take_mail },
	{ "userdb_mail_path", take_mail },
	{ "userdb_mail_driver", take_driver },
	{ "nologin", take_no_login },
	{ "userdb_uid", take_nothing },
	{ "userdb_gid", take_nothing },
};

static void take_fields(struct file *file, const struct record *record, struct fields *fields,
			char *text)
{
	while (text != NULL) {
		char *const field = vm_foreign_cut(&text, ' ');
		char *value = field;
		const char *const name = vm_foreign_cut(&value, '=');
		bool is_known = false, is_good = false;

		if (name[0] == '\0')
			continue;
		if (value == NULL) /* a flag */
			value = field + strlen(field);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			if (strcmp(rows[i].name, name) != 0)
				continue;
			is_known = true;
			is_good = rows[i].take(fields, value);
		}
		if (!is_known)
			skip(file, record, "the field ", name, " has no place here");
		else if (!is_good)
			skip(file, record, "the value of ", name, " cannot be taken over");
	}
}

/* The Maildir: HOME/Maildir is ours; one elsewhere is a hint. False without memory. */
static bool place_mail(struct fields *fields, struct vm_transfer_account *account)
{
	struct vm_arena *const arena = fields->arena;
	const char *const home = fields->home == NULL ? "" : fields->home;
	const char *mail = fields->mail;

	account->account.home = home;
	if (mail == NULL || (mail[0] == '~' && home[0] == '\0'))
		return true;
	if (mail[0] == '~')
		mail = vm_arena_printf(arena, "%s%s", home, mail + 1);
	if (mail == NULL)
		return false;
	account->account.home = "";
	if (vm_text_ends_with(mail, "/Maildir") && strcmp(mail, "/Maildir") != 0)
		account->account.home =
			vm_arena_strndup(arena, mail, strlen(mail) - strlen("/Maildir"));
	else
		account->maildir = mail;
	return account->account.home != NULL;
}

static void check_hash(struct file *file, const struct record *record, const char *hash)
{
	struct vm_error why;

	if (hash[0] != '\0' && vm_password_check_stored(hash, &why) != VM_OK)
		skip(file, record, "nobody can log in with this password: ", why.text, "");
}

static enum vm_status put_account(struct file *file, const struct record *record,
				  struct vm_arena *arena, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_ACCOUNT,
					.user = record->user,
					.domain = record->domain };
	struct vm_account *const account = &transfer.account.account;
	struct fields fields = { .arena = arena };
	char quota[VM_QUOTA_MAX + 1];
	char *values[6] = { NULL }, *rest = record->line;
	const char *who = NULL;

	for (size_t i = 0; i < 6 && rest != NULL; i++)
		values[i] = vm_foreign_cut(&rest, ':');
	if (values[4] != NULL && values[4][0] != '\0' && !take_home(&fields, values[4]))
		skip(file, record, "the home ", values[4], " is no absolute path");
	take_fields(file, record, &fields, rest);
	if (values[0] != NULL)
		check_hash(file, record, values[0]);
	*account = (struct vm_account){ .user = record->user,
					.domain = record->domain,
					.hash = values[0] == NULL ? "" : values[0],
					.kind = VM_ACCOUNT_POP,
					.flags = fields.flags,
					.comment = values[3] == NULL ? "" : values[3],
					.quota = "",
					.clear = "" };
	transfer.account.has_comment = account->comment[0] != '\0';
	if (!place_mail(&fields, &transfer.account))
		return vm_fail_memory(err);
	if (fields.has_quota) {
		vm_quota_print(&fields.quota, quota);
		account->quota = quota;
		transfer.account.has_quota = true;
	}
	who = vm_arena_printf(arena, "%s@%s", record->user, record->domain);
	if (who == NULL)
		return vm_fail_memory(err);
	return vm_foreign_put_or_skip(
		file->out, &transfer,
		&(struct vm_foreign_origin){ file->out->foreign->name, record->number, who }, err);
}

static enum vm_status put_records(struct file *file, struct vm_error *err)
{
	const char *domain = "";
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, LINE_ARENA_MAX);
	for (size_t i = 0; status == VM_OK && i < file->count; i++) {
		const struct record *const record = &file->records[i];
		const struct vm_transfer section = { .type = VM_TRANSFER_DOMAIN,
						     .domain = record->domain };

		vm_arena_clear(&arena);
		if (strcmp(domain, record->domain) != 0)
			status = vm_foreign_put(file->out, &section, err);
		domain = record->domain;
		if (status == VM_OK)
			status = put_account(file, record, &arena, err);
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_foreign_passwd_file(struct vm_foreign_out *out, int source, struct vm_error *err)
{
	struct file file = { .out = out };
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&file.text, VM_FOREIGN_FILE_MAX);
	vm_arena_init(&file.arena, VM_FOREIGN_FILE_MAX);
	status = vm_file_read_fd(source, out->foreign->name, &file.text, err);
	if (status == VM_OK && file.text.length > 0)
		status = read_records(&file, err);
	if (status == VM_OK)
		status = put_records(&file, err);
	free(file.records);
	vm_arena_release(&file.arena);
	vm_buf_release(&file.text);
	return status;
}
