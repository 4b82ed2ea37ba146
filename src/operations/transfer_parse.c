/* Reads lines of the neutral format strictly. */
#include <config.h>

#include <limits.h>
#include <string.h>

#include "core/account_flag.h"
#include "operations/transfer.h"
#include "operations/transfer_members.h"
#include "util/json_read.h"
#include "util/text.h"

enum { TEXT_MAX = 4096, ADDRESS_TEXT_MAX = 1024, PERMISSION_NAMES = 8 };

/* One line while it is read. */
struct reader {
	struct vm_json_object object;
	const struct vm_address_policy *policy;
	struct vm_arena *arena;
	struct vm_transfer *out;
	struct vm_error *err;
};

static enum vm_status keep(struct reader *reader, const char *text, const char **out)
{
	*out = vm_arena_strdup(reader->arena, text);
	return *out == NULL ? vm_fail_memory(reader->err) : VM_OK;
}

/* NULL stays where the member is absent. */
static enum vm_status get_any_text(struct reader *reader, const char *name, size_t maximum,
				   const char **out)
{
	const char *text = NULL;
	const enum vm_status status =
		vm_json_get_string(&reader->object, name, maximum, &text, reader->err);

	if (status == VM_NOT_FOUND)
		return VM_OK;
	return status == VM_OK ? keep(reader, text, out) : status;
}

static enum vm_status get_text(struct reader *reader, const char *name, size_t maximum,
			       const char **out)
{
	const enum vm_status status = get_any_text(reader, name, maximum, out);

	if (status == VM_OK && *out != NULL && vm_text_has_control(*out))
		return vm_fail_field(reader->err, VM_INVALID, name, "\"%s\" holds a control byte",
				     name);
	return status;
}

static enum vm_status need(const struct reader *reader, const char *name, const char *value)
{
	return value != NULL && value[0] != '\0'
		       ? VM_OK
		       : vm_fail_field(reader->err, VM_INVALID, name, "\"%s\" is missing", name);
}

static enum vm_status get_number(struct reader *reader, const char *name, uint64_t maximum,
				 uint64_t *out)
{
	const enum vm_status status =
		vm_json_get_u64(&reader->object, name, maximum, out, reader->err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status get_time(struct reader *reader, const char *name, time_t *out)
{
	uint64_t number = 0;
	const enum vm_status status = get_number(reader, name, INT64_MAX / 2, &number);

	if (status == VM_OK)
		*out = (time_t)number;
	return status;
}

static enum vm_status get_bool(struct reader *reader, const char *name, bool *out)
{
	const enum vm_status status = vm_json_get_bool(&reader->object, name, out, reader->err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status get_domain(struct reader *reader, const char *name, const char **out)
{
	char domain[VM_DOMAIN_MAX + 1];
	const char *text = NULL;
	enum vm_status status = get_text(reader, name, ADDRESS_TEXT_MAX, &text);

	if (status == VM_OK)
		status = need(reader, name, text);
	if (status == VM_OK)
		status = vm_domain_parse(text, reader->policy, domain, reader->err);
	return status == VM_OK ? keep(reader, domain, out) : status;
}

static enum vm_status get_address(struct reader *reader)
{
	struct vm_address address;
	const char *text = NULL;
	enum vm_status status = get_text(reader, "address", ADDRESS_TEXT_MAX, &text);

	if (status == VM_OK)
		status = need(reader, "address", text);
	if (status == VM_OK && strchr(text, '@') == NULL)
		status = vm_fail_field(reader->err, VM_INVALID, "address",
				       "\"%.100s\" is no address", text);
	if (status == VM_OK)
		status = vm_address_parse(text, reader->policy, &address, reader->err);
	if (status == VM_OK)
		status = keep(reader, address.user, &reader->out->user);
	return status == VM_OK ? keep(reader, address.domain, &reader->out->domain) : status;
}

/* The number of elements; 0 where the member is absent. */
static enum vm_status get_count(struct reader *reader, const char *name, size_t maximum,
				size_t *out)
{
	const enum vm_status status = vm_json_get_list(&reader->object, name, out, reader->err);

	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK && *out > maximum)
		return vm_fail_field(reader->err, VM_INVALID, name,
				     "\"%s\" has more than %zu elements", name, maximum);
	return status;
}

static enum vm_status get_flags(struct reader *reader, const char *name, const char *rest,
				uint32_t *out)
{
	size_t count = 0;
	uint64_t unnamed = 0;
	enum vm_status status = get_count(reader, name, TEXT_MAX, &count);

	for (size_t i = 0; status == VM_OK && i < count; i++) {
		const char *flag = NULL;

		status = vm_json_get_list_string(&reader->object, name, i, TEXT_MAX, &flag,
						 reader->err);
		if (status == VM_OK && vm_account_flag_find(flag) == 0)
			return vm_fail_field(reader->err, VM_INVALID, name,
					     "there is no flag \"%.60s\"", flag);
		if (status == VM_OK)
			*out |= vm_account_flag_find(flag);
	}
	if (status == VM_OK)
		status = get_number(reader, rest, UINT32_MAX, &unnamed);
	if (status == VM_OK && vm_account_flags_unnamed((uint32_t)unnamed) != unnamed)
		return vm_fail_field(reader->err, VM_INVALID, rest,
				     "\"%s\" has bits that \"%s\" has names for", rest, name);
	*out |= (uint32_t)unnamed;
	return status;
}

/* One object of a list: a kind with its text, and perhaps the line. */
static enum vm_status read_destination(struct reader *reader, struct vm_destination *out)
{
	char ignored[VM_ALIAS_LINE_MAX + 1];
	const char *names[VM_DESTINATION_KINDS + 1];
	size_t found = 0;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_destination){ .text = NULL };
	for (size_t kind = 0; kind < VM_DESTINATION_KINDS; kind++)
		names[kind] = vm_destination_kind_name((enum vm_destination_kind)kind);
	names[VM_DESTINATION_KINDS] = "line";
	status = vm_json_check_names(&reader->object, names, VM_DESTINATION_KINDS + 1, reader->err);
	for (size_t kind = 0; status == VM_OK && kind < VM_DESTINATION_KINDS; kind++) {
		const char *text = NULL;

		status = get_text(reader, names[kind], VM_ALIAS_LINE_MAX, &text);
		if (status != VM_OK || text == NULL)
			continue;
		out->kind = (enum vm_destination_kind)kind;
		out->text = text;
		found++;
	}
	if (status == VM_OK && found != 1)
		return vm_fail_field(reader->err, VM_INVALID, "destinations",
				     "a destination is one of forward, mailbox, maildir, mbox, "
				     "program, list, comment");
	if (status == VM_OK)
		status = get_text(reader, "line", VM_ALIAS_LINE_MAX, &out->line);
	if (status != VM_OK || out->kind == VM_DESTINATION_MAILBOX)
		return status;
	return vm_destination_print(out, ignored, reader->err);
}

/* The text of a mailbox is folded as other addresses are. */
static enum vm_status fold_mailbox(struct reader *reader, struct vm_destination *destination,
				   const char *domain)
{
	struct vm_address address;
	enum vm_status status = VM_OK;

	if (destination->kind != VM_DESTINATION_MAILBOX)
		return VM_OK;
	status = vm_address_parse(destination->text, reader->policy, &address, reader->err);
	if (status == VM_OK && (strcmp(address.domain, domain) != 0 || destination->line != NULL))
		return vm_fail_field(reader->err, VM_INVALID, "destinations",
				     "\"mailbox\" is an account of %s, without a line", domain);
	if (status != VM_OK)
		return status;
	destination->text = vm_arena_printf(reader->arena, "%s@%s", address.user, address.domain);
	return destination->text == NULL ? vm_fail_memory(reader->err) : VM_OK;
}

static enum vm_status get_destinations(struct reader *reader, const char *name,
				       struct vm_destination_list *out)
{
	size_t count = 0;
	enum vm_status status = get_count(reader, name, VM_TRANSFER_DESTINATIONS, &count);

	*out = (struct vm_destination_list){ .count = 0 };
	if (status != VM_OK || count == 0)
		return status;
	out->items = vm_arena_alloc_array(reader->arena, count, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(reader->err);
	while (status == VM_OK && out->count < count) {
		struct reader inner = *reader;

		status = vm_json_get_list_object(&reader->object, name, out->count, &inner.object,
						 reader->err);
		if (status == VM_OK)
			status = read_destination(&inner, &out->items[out->count]);
		if (status == VM_OK)
			status = fold_mailbox(reader, &out->items[out->count], reader->out->domain);
		out->count++;
	}
	return status;
}

static enum vm_status check_path(const struct reader *reader, const char *name, const char *path)
{
	return path == NULL || path[0] == '/'
		       ? VM_OK
		       : vm_fail_field(reader->err, VM_INVALID, name,
				       "\"%s\" is not an absolute path", name);
}

static enum vm_status get_path(struct reader *reader, const char *name, const char **out)
{
	const enum vm_status status = get_text(reader, name, TEXT_MAX, out);

	return status == VM_OK ? check_path(reader, name, *out) : status;
}

static bool is_given(const struct reader *reader, const char *name)
{
	uint64_t ignored = 0;
	struct vm_error error;

	return vm_json_get_u64(&reader->object, name, UINT64_MAX - 1, &ignored, &error) !=
	       VM_NOT_FOUND;
}

static enum vm_status read_owner(struct reader *reader, struct vm_transfer_domain *about)
{
	uint64_t uid = 0, gid = 0;
	enum vm_status status = get_number(reader, "uid", INT32_MAX, &uid);

	if (status == VM_OK)
		status = get_number(reader, "gid", INT32_MAX, &gid);
	if (status == VM_OK && is_given(reader, "uid") != is_given(reader, "gid"))
		return vm_fail_field(reader->err, VM_INVALID, "uid",
				     "\"uid\" and \"gid\" go together");
	about->has_owner = is_given(reader, "uid");
	about->uid = (uid_t)uid;
	about->gid = (gid_t)gid;
	return status;
}

static enum vm_status read_dirs(struct reader *reader, struct vm_transfer_domain *about)
{
	enum vm_status status = get_number(reader, "dir_count", INT64_MAX, &about->dir_count);

	if (status == VM_OK)
		status = get_text(reader, "dir_path", TEXT_MAX, &about->dir_path);
	about->has_dirs = about->dir_path != NULL;
	if (status == VM_OK && about->has_dirs != is_given(reader, "dir_count"))
		return vm_fail_field(reader->err, VM_INVALID, "dir_count",
				     "\"dir_count\" and \"dir_path\" go together");
	return status;
}

static enum vm_status read_domain(struct reader *reader)
{
	struct vm_transfer_domain *const about = &reader->out->about;
	enum vm_status status = get_domain(reader, "domain", &reader->out->domain);

	if (status == VM_OK)
		status = get_path(reader, "dir", &about->dir);
	if (status == VM_OK)
		status = read_owner(reader, about);
	if (status == VM_OK)
		status = get_text(reader, "catch_all", VM_ALIAS_LINE_MAX, &about->catch_all);
	if (status == VM_OK)
		status = get_destinations(reader, "default", &about->fallback);
	if (status == VM_OK && about->catch_all != NULL && about->fallback.count > 0)
		return vm_fail_field(reader->err, VM_INVALID, "default",
				     "give one of \"catch_all\" and \"default\"");
	return status == VM_OK ? read_dirs(reader, about) : status;
}

static enum vm_status read_alias_domain(struct reader *reader)
{
	const enum vm_status status = get_domain(reader, "name", &reader->out->name);

	return status == VM_OK ? get_domain(reader, "domain", &reader->out->domain) : status;
}

static enum vm_status read_domain_admin(struct reader *reader)
{
	const char *text = NULL;
	enum vm_status status = get_address(reader);

	if (status == VM_OK)
		status = get_text(reader, "domain", ADDRESS_TEXT_MAX, &text);
	if (status == VM_OK && text != NULL && strcmp(text, "*") == 0)
		return keep(reader, text, &reader->out->name);
	return status == VM_OK ? get_domain(reader, "domain", &reader->out->name) : status;
}

static enum vm_status read_permission(struct reader *reader, size_t index)
{
	const char *const name = vm_limit_permission_name(index);
	size_t count = 0;
	uint8_t denied = 0;
	enum vm_status status = get_count(reader, name, PERMISSION_NAMES, &count);

	for (size_t i = 0; status == VM_OK && i < count; i++) {
		const char *act = NULL;
		size_t bit = 0;

		status = vm_json_get_list_string(&reader->object, name, i, TEXT_MAX, &act,
						 reader->err);
		while (status == VM_OK && bit < VM_LIMIT_ACTS &&
		       strcmp(vm_limit_act_name(bit), act) != 0)
			bit++;
		if (bit == VM_LIMIT_ACTS)
			return vm_fail_field(reader->err, VM_INVALID, name,
					     "\"%s\" is a list of create, modify, delete", name);
		denied |= (uint8_t)(1U << bit);
	}
	vm_limit_set_permission(&reader->out->limits, index, denied);
	return status;
}

static enum vm_status read_limits(struct reader *reader)
{
	struct vm_limits *const limits = &reader->out->limits;
	enum vm_status status = get_domain(reader, "domain", &reader->out->domain);

	vm_limits_default(limits);
	for (size_t i = 0; status == VM_OK && i < VM_LIMIT_MAXIMA; i++) {
		uint64_t number = UINT64_MAX;

		status = get_number(reader, vm_limit_maximum_name(i), INT32_MAX, &number);
		if (status == VM_OK && number != UINT64_MAX)
			vm_limit_set_maximum(limits, i, (int32_t)number);
	}
	for (size_t i = 0; status == VM_OK && i < VM_LIMIT_SIZES; i++) {
		uint64_t number = 0;

		status = get_number(reader, vm_limit_size_name(i), INT64_MAX, &number);
		vm_limit_set_size(limits, i, number);
	}
	if (status == VM_OK)
		status = get_flags(reader, "disabled_flags", "other_disabled_flags",
				   &limits->disabled);
	for (size_t i = 0; status == VM_OK && i < VM_LIMIT_PERMISSIONS; i++)
		status = read_permission(reader, i);
	return status;
}

/* What can be stored: at most VM_COMMENT_MAX bytes, cut between two characters, and no colon. */
static const char *fit_comment(struct vm_arena *arena, const char *text)
{
	size_t length = 0;
	char *copy = NULL;

	while (text[length] != '\0') {
		const size_t step = vm_text_utf8_sequence(text + length, strlen(text + length));

		if (step == 0 || length + step > VM_COMMENT_MAX)
			break;
		length += step;
	}
	copy = vm_arena_strndup(arena, text, length);
	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if (*at == ':')
			*at = ' ';
	return copy;
}

static enum vm_status read_texts(struct reader *reader, struct vm_transfer_account *into)
{
	struct vm_account *const account = &into->account;
	const struct {
		const char *name;
		size_t maximum;
		const char **out;
	} texts[] = {
		{ "hash", VM_HASH_MAX, &account->hash },
		{ "clear", VM_CLEAR_MAX, &account->clear },
		{ "quota", VM_QUOTA_MAX, &account->quota },
		{ "comment", TEXT_MAX, &account->comment },
	};
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < sizeof texts / sizeof *texts; i++)
		status = get_text(reader, texts[i].name, texts[i].maximum, texts[i].out);
	if (status == VM_OK)
		status = get_path(reader, "home", &account->home);
	if (status == VM_OK)
		status = get_path(reader, "maildir", &into->maildir);
	if (status != VM_OK)
		return status;
	into->has_quota = account->quota != NULL;
	into->has_comment = account->comment != NULL;
	account->hash = account->hash == NULL ? "" : account->hash;
	account->clear = account->clear == NULL ? "" : account->clear;
	account->quota = into->has_quota ? account->quota : "";
	account->home = account->home == NULL ? "" : account->home;
	account->comment = into->has_comment ? fit_comment(reader->arena, account->comment) : "";
	return account->comment == NULL ? vm_fail_memory(reader->err) : VM_OK;
}

static enum vm_status read_login(struct reader *reader, struct vm_last_login *login)
{
	const char *from = NULL;
	enum vm_status status = get_time(reader, "last_login", &login->when);

	if (status == VM_OK)
		status = get_text(reader, "last_login_from", TEXT_MAX, &from);
	if (status == VM_OK && from != NULL && !vm_text_copy(login->from, sizeof login->from, from))
		return vm_fail_field(reader->err, VM_INVALID, "last_login_from",
				     "\"last_login_from\" is longer than %d bytes", VM_IP_MAX);
	return status;
}

static enum vm_status read_account(struct reader *reader)
{
	struct vm_transfer_account *const into = &reader->out->account;
	bool is_apop = false;
	enum vm_status status = get_address(reader);

	if (status == VM_OK)
		status = read_texts(reader, into);
	if (status == VM_OK)
		status = get_bool(reader, "apop", &is_apop);
	if (status == VM_OK)
		status = get_flags(reader, "flags", "other_flags", &into->account.flags);
	if (status == VM_OK)
		status = read_login(reader, &into->login);
	if (status != VM_OK)
		return status;
	into->account.kind = is_apop ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP;
	into->account.user = reader->out->user;
	into->account.domain = reader->out->domain;
	return vm_account_check(&into->account, reader->err);
}

static enum vm_status read_alias(struct reader *reader)
{
	enum vm_status status = get_address(reader);

	if (status == VM_OK)
		status = get_destinations(reader, "destinations", &reader->out->destinations);
	if (status == VM_OK && reader->out->destinations.count == 0)
		return vm_fail_field(reader->err, VM_INVALID, "destinations",
				     "\"destinations\" is missing");
	return status;
}

static enum vm_status read_vacation(struct reader *reader)
{
	struct vm_transfer_vacation *const vacation = &reader->out->vacation;
	enum vm_status status = get_address(reader);

	vacation->is_active = true;
	if (status == VM_OK)
		status = get_text(reader, "subject", TEXT_MAX, &vacation->subject);
	if (status == VM_OK)
		status = get_any_text(reader, "text", VM_TRANSFER_TEXT_MAX, &vacation->text);
	if (status == VM_OK)
		status = need(reader, "text", vacation->text);
	if (status == VM_OK)
		status = get_time(reader, "from", &vacation->from);
	if (status == VM_OK)
		status = get_time(reader, "until", &vacation->until);
	if (status == VM_OK)
		status = get_number(reader, "interval", UINT32_MAX, &vacation->interval);
	return status == VM_OK ? get_bool(reader, "active", &vacation->is_active) : status;
}

static enum vm_status read_ip_map(struct reader *reader)
{
	enum vm_status status = get_text(reader, "ip", VM_IP_MAX, &reader->out->name);

	if (status == VM_OK)
		status = need(reader, "ip", reader->out->name);
	return status == VM_OK ? get_domain(reader, "domain", &reader->out->domain) : status;
}

static enum vm_status read_export(struct reader *reader)
{
	uint64_t version = 0;
	enum vm_status status = get_number(reader, "version", UINT64_MAX - 1, &version);

	if (status == VM_OK && version != VM_TRANSFER_VERSION)
		return vm_fail_field(reader->err, VM_INVALID, "version",
				     "\"version\" is not %d: this program reads no other",
				     VM_TRANSFER_VERSION);
	return status == VM_OK ? get_text(reader, "source", TEXT_MAX, &reader->out->name) : status;
}

static enum vm_status read_members(struct reader *reader)
{
	switch (reader->out->type) {
	case VM_TRANSFER_EXPORT:
		return read_export(reader);
	case VM_TRANSFER_DOMAIN:
		return read_domain(reader);
	case VM_TRANSFER_ALIAS_DOMAIN:
		return read_alias_domain(reader);
	case VM_TRANSFER_DOMAIN_ADMIN:
		return read_domain_admin(reader);
	case VM_TRANSFER_LIMITS:
		return read_limits(reader);
	case VM_TRANSFER_ACCOUNT:
		return read_account(reader);
	case VM_TRANSFER_ALIAS:
		return read_alias(reader);
	case VM_TRANSFER_VACATION:
		return read_vacation(reader);
	case VM_TRANSFER_IP_MAP:
		return read_ip_map(reader);
	case VM_TRANSFER_END:
		return VM_OK;
	case VM_TRANSFER_TYPES:
		break;
	}
	return vm_fail(reader->err, VM_INTERNAL, "a type that nobody reads");
}

static enum vm_status read_type(struct reader *reader)
{
	const char *const *names = NULL;
	const char *text = NULL;
	size_t type = 0, count = 0;
	enum vm_status status =
		vm_json_get_string(&reader->object, "type", TEXT_MAX, &text, reader->err);

	if (status != VM_OK)
		return status == VM_NOT_FOUND ? need(reader, "type", NULL) : status;
	while (type < VM_TRANSFER_TYPES &&
	       strcmp(vm_transfer_type_name((enum vm_transfer_type)type), text) != 0)
		type++;
	if (type == VM_TRANSFER_TYPES)
		return vm_fail_field(reader->err, VM_INVALID, "type", "there is no type \"%.60s\"",
				     text);
	reader->out->type = (enum vm_transfer_type)type;
	names = vm_transfer_members(reader->out->type, &count);
	return vm_json_check_names(&reader->object, names, count, reader->err);
}

enum vm_status vm_transfer_parse(const char *line, size_t length,
				 const struct vm_address_policy *policy, struct vm_arena *arena,
				 struct vm_transfer *out, struct vm_error *err)
{
	struct reader reader = { .policy = policy, .arena = arena, .out = out, .err = err };
	enum vm_status status =
		vm_json_parse(&reader.object, line, length, VM_TRANSFER_LINE_MAX, err);

	*out = (struct vm_transfer){ .type = VM_TRANSFER_EXPORT };
	if (status != VM_OK)
		return status;
	status = read_type(&reader);
	if (status == VM_OK)
		status = read_members(&reader);
	vm_json_release(&reader.object);
	return status;
}
