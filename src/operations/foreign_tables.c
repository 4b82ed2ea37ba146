/*
 * Reads rows of another system's tables, which the scripts of sql/migrate/ print: one JSON object per line whose member "table"
 * says what the row is, all other members being texts or null, grouped by domain, the last line being {"table":"end"}.
 */
#include <config.h>

#include <string.h>

#include "core/password_hash.h"
#include "core/quota.h"
#include "operations/foreign_tables.h"
#include "util/line_reader.h"
#include "util/text.h"

enum {
	LINE_ARENA_MAX = 16 * 1024 * 1024,
	PART = 1000, /* destinations of one object: an alias may have any number of objects */
	MIB_SHIFT = 20,
	NO_LOGIN = VM_FLAG_NO_POP | VM_FLAG_NO_IMAP | VM_FLAG_NO_WEBMAIL | VM_FLAG_NO_SMTP,
};

/* Moments that stand for "always": PostfixAdmin's defaults are of 2000 and of January 2038. */
static const int64_t open_begin = 978307200, open_end = 2145916800;

static void skip(const struct vm_foreign_tables *tables, const char *who, const char *why)
{
	vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number, "%.200s: %s", who,
			why);
}

/* "" where it is absent. A member of another kind counts as absent: scripts write texts alone. */
static const char *get(const struct vm_foreign_tables *tables, const char *name)
{
	const char *text = "";
	struct vm_error ignored;

	if (vm_json_get_string(&tables->line, name, VM_TRANSFER_LINE_MAX, &text, &ignored) != VM_OK)
		return "";
	return text;
}

static int64_t get_number(const struct vm_foreign_tables *tables, const char *name)
{
	int64_t number = 0;

	(void)vm_text_parse_i64(get(tables, name), INT64_MIN, INT64_MAX, &number); /* else 0 */
	return number;
}

static bool is_true(const struct vm_foreign_tables *tables, const char *name)
{
	return strcmp(get(tables, name), "1") == 0;
}

/* True where the column is there and says no. */
static bool is_off(const struct vm_foreign_tables *tables, const char *name)
{
	return strcmp(get(tables, name), "0") == 0;
}

/* One line for people: control bytes become blanks. NULL without memory. */
static const char *one_line(struct vm_foreign_tables *tables, const char *text)
{
	char *const copy = vm_arena_strdup(&tables->arena, text);

	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	return copy;
}

static enum vm_status put(struct vm_foreign_tables *tables, const struct vm_transfer *transfer,
			  const char *who, struct vm_error *err)
{
	return vm_foreign_put_or_skip(tables->out, transfer,
				      &(struct vm_foreign_origin){ tables->out->foreign->name,
								   tables->number, who },
				      err);
}

/* The address of a row, which has to be in the domain of the section. False: it was said why not. */
static bool read_address(struct vm_foreign_tables *tables, struct vm_address *out)
{
	const char *const text = get(tables, "address");
	struct vm_error err;

	if (strchr(text, '@') == NULL) {
		skip(tables, text, "it is no address");
		return false;
	}
	if (vm_address_parse(text, &tables->out->policy, out, &err) != VM_OK) {
		skip(tables, text, err.text);
		return false;
	}
	if (strcmp(out->domain, tables->domain) != 0) {
		skip(tables, text, "its domain is not taken in");
		return false;
	}
	return true;
}

static const char *own_address(struct vm_foreign_tables *tables, const struct vm_address *address)
{
	return vm_arena_printf(&tables->arena, "%s@%s", address->user, address->domain);
}

/* 0 is no limit and -1 is none at all, as PostfixAdmin has it. */
static int32_t maximum(const struct vm_foreign_tables *tables, const char *name)
{
	const int64_t number = get_number(tables, name);

	if (number < 0)
		return 0;
	return number == 0 || number > INT32_MAX ? -1 : (int32_t)number;
}

static uint64_t mib(const struct vm_foreign_tables *tables, const char *name)
{
	const int64_t number = get_number(tables, name);

	return number <= 0 || number > (INT64_MAX >> MIB_SHIFT) ? 0 : (uint64_t)number;
}

static enum vm_status put_limits(struct vm_foreign_tables *tables, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_LIMITS, .domain = tables->domain };
	struct vm_limits *const limits = &transfer.limits;

	vm_limits_default(limits);
	limits->max_accounts = maximum(tables, "max_accounts");
	limits->max_aliases = maximum(tables, "max_aliases");
	limits->max_forwards = limits->max_aliases; /* they are all aliases there */
	limits->disk_quota_mb = mib(tables, "quota_mib");
	limits->default_quota = mib(tables, "default_quota_mib") << MIB_SHIFT;
	if (limits->max_accounts < 0 && limits->max_aliases < 0 && limits->disk_quota_mb == 0 &&
	    limits->default_quota == 0)
		return VM_OK;
	return put(tables, &transfer, tables->domain, err);
}

/* Texts of a domain that say what Virtmail does not do. */
static void tell_of_domain(const struct vm_foreign_tables *tables)
{
	static const char *const usual[] = {
		"", "virtual", "dovecot", "lmtp", "maildrop", "local"
	};
	const char *const transport = get(tables, "transport");
	bool is_usual = false;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		is_usual |= vm_text_starts_with(transport, usual[i]) &&
			    strchr(":", transport[strlen(usual[i])]) != NULL;
	if (!is_usual)
		skip(tables, tables->domain, "its transport has no place here");
	if (get_number(tables, "password_expiry") > 0)
		skip(tables, tables->domain, "passwords do not expire here");
}

static enum vm_status put_alias(struct vm_foreign_tables *tables, const struct vm_address *address,
				const struct vm_destination_list *list, const char *who,
				struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_ALIAS,
					.user = address->user,
					.domain = address->domain };
	enum vm_status status = VM_OK;

	for (size_t done = 0; status == VM_OK && done < list->count; done += PART) {
		const size_t left = list->count - done;

		transfer.destinations = (struct vm_destination_list){ list->items + done,
								      left < PART ? left : PART };
		status = put(tables, &transfer, who, err);
	}
	return status;
}

/* What happens to mail for unknown people: one action. */
static enum vm_status choose_catch_all(struct vm_foreign_tables *tables,
				       const struct vm_destination_list *list,
				       const struct vm_foreign_owner *owner,
				       struct vm_transfer *transfer, struct vm_error *err)
{
	const struct vm_destination *const only = list->count == 1 ? &list->items[0] : NULL;

	if (list->count == 0)
		transfer->about.catch_all = "bounce-no-mailbox";
	else if (only != NULL && only->kind == VM_DESTINATION_COMMENT)
		transfer->about.catch_all = "delete";
	else if (only != NULL && only->kind == VM_DESTINATION_FORWARD)
		transfer->about.catch_all = only->text;
	else
		transfer->about.catch_all =
			vm_arena_printf(&tables->arena, "%s@%s", owner->user, tables->domain);
	return transfer->about.catch_all == NULL ? vm_fail_memory(err) : VM_OK;
}

/* The domain's line, and an alias where mail for unknown people goes to several. */
static enum vm_status put_domain(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const struct vm_foreign_owner owner = { .address = "", .user = "catch-all-list" };
	struct vm_transfer transfer = { .type = VM_TRANSFER_DOMAIN, .domain = tables->domain };
	struct vm_address address = { .user = "catch-all-list" };
	struct vm_destination_list list;
	enum vm_status status =
		vm_foreign_read_list(tables, &owner, get(tables, "catch_all"), &list, err);

	(void)vm_text_copy(address.domain, sizeof address.domain, tables->domain); /* fits */
	if (status == VM_OK)
		status = choose_catch_all(tables, &list, &owner, &transfer, err);
	if (status == VM_OK)
		status = vm_foreign_put_domain(tables->out, &transfer,
					       &(struct vm_foreign_origin){
						       tables->out->foreign->name, tables->number,
						       tables->domain },
					       err);
	if (status == VM_OK)
		status = put_limits(tables, err);
	if (status != VM_OK || !vm_text_starts_with(transfer.about.catch_all, address.user))
		return status;
	return put_alias(tables, &address, &list, tables->domain, err);
}

static enum vm_status take_domain(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const char *const name = get(tables, "domain");
	const bool is_good = vm_domain_parse(name, &tables->out->policy, tables->domain, err) ==
			     VM_OK;

	if (is_good && is_true(tables, "active") && !is_true(tables, "backup_mx") &&
	    !is_true(tables, "is_alias")) {
		tell_of_domain(tables);
		return put_domain(tables, err);
	}
	tables->domain[0] = '\0';
	if (!is_good)
		skip(tables, name, err->text);
	else if (!is_true(tables, "active"))
		skip(tables, name, "the domain is not active");
	else if (is_true(tables, "backup_mx"))
		skip(tables, name,
		     "of a domain whose mail is relayed, control/rcpthosts has the name");
	return VM_OK;
}

static enum vm_status take_alias_domain(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const char *const name = get(tables, "name");
	const struct vm_transfer transfer = { .type = VM_TRANSFER_ALIAS_DOMAIN,
					      .name = name,
					      .domain = tables->domain };

	if (!is_true(tables, "active")) {
		skip(tables, name, "it is not active");
		return VM_OK;
	}
	if (!vm_text_equals_nocase(get(tables, "domain"), tables->domain)) {
		skip(tables, name, "the domain that it stands for is not taken in");
		return VM_OK;
	}
	return put(tables, &transfer, name, err);
}

static enum vm_status take_domain_admin(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const char *const domain = get(tables, "domain");
	struct vm_address address;
	struct vm_transfer transfer = { .type = VM_TRANSFER_DOMAIN_ADMIN,
					.user = address.user,
					.domain = address.domain,
					.name = strcmp(domain, "ALL") == 0 ? "*" : domain };

	if (!is_true(tables, "active")) {
		skip(tables, get(tables, "address"), "this administrator is not active");
		return VM_OK;
	}
	return read_address(tables, &address) ? put(tables, &transfer, get(tables, "address"), err)
					      : VM_OK;
}

static uint32_t flags_of(const struct vm_foreign_tables *tables)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} services[] = { { "smtp", VM_FLAG_NO_SMTP },
			 { "imap", VM_FLAG_NO_IMAP },
			 { "pop", VM_FLAG_NO_POP },
			 { "webmail", VM_FLAG_NO_WEBMAIL } };
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (is_off(tables, services[i].name))
			flags |= services[i].flag;
	if (!is_true(tables, "active"))
		flags |= (uint32_t)NO_LOGIN;
	if (is_off(tables, "active")) /* mailcow's 2: mail still comes in */
		flags |= VM_FLAG_BOUNCE_MAIL;
	return flags;
}

static void tell_of_mailbox(const struct vm_foreign_tables *tables, const char *who,
			    const char *hash)
{
	struct vm_error why;

	if (hash[0] != '\0' && vm_password_check_stored(hash, &why) != VM_OK)
		vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number,
				"%s: nobody can log in with this password: %s", who, why.text);
	if (is_true(tables, "has_totp"))
		skip(tables, who, "a second factor is not asked for here");
	if (is_true(tables, "has_filters"))
		skip(tables, who, "Sieve scripts have no place here");
}

static enum vm_status take_mailbox(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const char *const kind = get(tables, "kind");
	const struct vm_quota quota = { .bytes = get_number(tables, "quota") > 0
							 ? (uint64_t)get_number(tables, "quota")
							 : 0 };
	struct vm_address address;
	char quota_text[VM_QUOTA_MAX + 1];
	struct vm_transfer transfer = { .type = VM_TRANSFER_ACCOUNT,
					.user = address.user,
					.domain = address.domain };
	struct vm_account *const account = &transfer.account.account;

	if (!read_address(tables, &address))
		return VM_OK;
	if (kind[0] != '\0') {
		skip(tables, get(tables, "address"),
		     "rooms and things of a calendar have no place here");
		return VM_OK;
	}
	tell_of_mailbox(tables, get(tables, "address"), get(tables, "hash"));
	vm_quota_print(&quota, quota_text);
	*account = (struct vm_account){ .hash = get(tables, "hash"),
					.kind = VM_ACCOUNT_POP,
					.flags = flags_of(tables),
					.comment = one_line(tables, get(tables, "name")),
					.home = "",
					.quota = quota_text,
					.clear = "" };
	if (account->comment == NULL)
		return vm_fail_memory(err);
	transfer.account.has_quota = true;
	transfer.account.has_comment = account->comment[0] != '\0';
	return put(tables, &transfer, get(tables, "address"), err);
}

static enum vm_status take_alias(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const char *const text = get(tables, "address");
	struct vm_address address;
	struct vm_foreign_owner owner = { .is_mailbox = is_true(tables, "is_mailbox") };
	struct vm_destination_list list;
	enum vm_status status = VM_OK;

	if (!is_true(tables, "active")) {
		skip(tables, text, "the alias is not active");
		return VM_OK;
	}
	if (!read_address(tables, &address))
		return VM_OK;
	owner.user = address.user;
	owner.address = own_address(tables, &address);
	if (owner.address == NULL)
		return vm_fail_memory(err);
	status = vm_foreign_read_list(tables, &owner, get(tables, "goto"), &list, err);
	if (status != VM_OK)
		return status;
	if (list.count == 1 && list.items[0].kind == VM_DESTINATION_MAILBOX)
		return VM_OK; /* what an account has without an alias */
	return put_alias(tables, &address, &list, text, err);
}

static enum vm_status take_vacation(struct vm_foreign_tables *tables, struct vm_error *err)
{
	const int64_t from = get_number(tables, "from"), until = get_number(tables, "until");
	const int64_t interval = get_number(tables, "interval");
	struct vm_address address;
	struct vm_transfer transfer = { .type = VM_TRANSFER_VACATION,
					.user = address.user,
					.domain = address.domain };
	struct vm_transfer_vacation *const vacation = &transfer.vacation;

	if (!read_address(tables, &address))
		return VM_OK;
	*vacation = (struct vm_transfer_vacation){
		.subject = one_line(tables, get(tables, "subject")),
		.text = get(tables, "text"),
		.from = from <= open_begin ? 0 : (time_t)from,
		.until = until >= open_end || until <= open_begin ? 0 : (time_t)until,
		.interval = interval < 0 ? 0 : (uint64_t)interval,
		.is_active = is_true(tables, "active"),
	};
	return vacation->subject == NULL ? vm_fail_memory(err)
					 : put(tables, &transfer, get(tables, "address"), err);
}

/* What the script knows to have no place here. */
static enum vm_status take_skipped(struct vm_foreign_tables *tables, struct vm_error *err)
{
	(void)err;
	vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number,
			"%.100s: %.200s: it has no place here", get(tables, "what"),
			get(tables, "name"));
	return VM_OK;
}

static enum vm_status take_end(struct vm_foreign_tables *tables, struct vm_error *err)
{
	(void)err;
	tables->is_ended = true;
	return VM_OK;
}

static enum vm_status take_row(struct vm_foreign_tables *tables, struct vm_error *err)
{
	static const struct {
		const char *table;
		enum vm_status (*take)(struct vm_foreign_tables *tables, struct vm_error *err);
	} kinds[] = { { "domain", take_domain },   { "alias_domain", take_alias_domain },
		      { "mailbox", take_mailbox }, { "domain_admin", take_domain_admin },
		      { "alias", take_alias },     { "vacation", take_vacation },
		      { "skipped", take_skipped }, { "end", take_end } };
	const char *const table = get(tables, "table");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].table, table) == 0)
			return kinds[i].take(tables, err);
	return vm_fail_field(err, VM_INVALID, "file", "%s:%zu: \"%.60s\" is no table that is known",
			     tables->out->foreign->name, tables->number, table);
}

static enum vm_status take_line(struct vm_foreign_tables *tables, const char *text, size_t length,
				struct vm_error *err)
{
	struct vm_error why;
	enum vm_status status =
		vm_json_parse(&tables->line, text, length, VM_TRANSFER_LINE_MAX, &why);

	if (status != VM_OK && vm_status_is_definite(status)) {
		vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number, "%s",
				why.text);
		return VM_OK;
	}
	if (status != VM_OK) {
		*err = why;
		return status;
	}
	vm_arena_clear(&tables->arena);
	status = take_row(tables, err);
	vm_json_release(&tables->line);
	return status;
}

static enum vm_status take_lines(struct vm_foreign_tables *tables, struct vm_line_reader *reader,
				 struct vm_error *err)
{
	enum vm_status status = VM_OK;

	while (status == VM_OK) {
		char *line = NULL;
		size_t length = 0;

		status = vm_line_reader_next(reader, &line, &length, err);
		tables->number = reader->number;
		if (status == VM_INVALID) {
			vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number,
					"%s", err->text);
			status = VM_OK;
		} else if (status == VM_OK && tables->is_ended && length > 0) {
			return vm_fail_field(err, VM_INVALID, "file",
					     "%s:%zu: something follows the end",
					     tables->out->foreign->name, tables->number);
		} else if (status == VM_OK && length > 0) {
			status = take_line(tables, line, length, err);
		}
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_foreign_tables(struct vm_foreign_out *out, int source, bool has_null_host,
				 struct vm_error *err)
{
	struct vm_foreign_tables tables = { .out = out, .has_null_host = has_null_host };
	struct vm_line_reader reader;
	enum vm_status status =
		vm_line_reader_init(&reader, source, out->foreign->name, VM_TRANSFER_LINE_MAX, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&tables.arena, LINE_ARENA_MAX);
	status = take_lines(&tables, &reader, err);
	if (status == VM_OK && !tables.is_ended)
		status = vm_fail_field(
			err, VM_INVALID, "file",
			"%s does not end as the scripts of share/virtmail/migrate let "
			"it end: it was cut off, or is something else",
			out->foreign->name);
	vm_arena_release(&tables.arena);
	vm_line_reader_release(&reader);
	return status;
}
