/* Prints lines of the neutral format. */
#include <config.h>

#include "core/account_flag.h"
#include "operations/transfer.h"
#include "operations/transfer_members.h"
#include "util/json_write.h"
#include "util/text.h"

static const char *const type_names[VM_TRANSFER_TYPES] = {
	[VM_TRANSFER_EXPORT] = "export",
	[VM_TRANSFER_DOMAIN] = "domain",
	[VM_TRANSFER_ALIAS_DOMAIN] = "alias_domain",
	[VM_TRANSFER_DOMAIN_ADMIN] = "domain_admin",
	[VM_TRANSFER_LIMITS] = "limits",
	[VM_TRANSFER_ACCOUNT] = "account",
	[VM_TRANSFER_ALIAS] = "alias",
	[VM_TRANSFER_VACATION] = "vacation",
	[VM_TRANSFER_IP_MAP] = "ip_map",
	[VM_TRANSFER_END] = "end",
};

const char *vm_transfer_type_name(enum vm_transfer_type type)
{
	return type_names[type];
}

static void member(struct vm_json_writer *writer, const char *name, const char *text)
{
	if (text != NULL)
		vm_json_member_string(writer, name, text);
}

static void member_text(struct vm_json_writer *writer, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		vm_json_member_string(writer, name, text);
}

static void member_number(struct vm_json_writer *writer, const char *name, uint64_t number)
{
	if (number != 0)
		vm_json_member_u64(writer, name, number);
}

static void member_address(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	char text[VM_ADDRESS_MAX + 1];

	if (vm_text_format(text, sizeof text, "%s@%s", transfer->user, transfer->domain))
		vm_json_member_string(writer, "address", text);
	else
		writer->out->failed = true;
}

static void print_destinations(struct vm_json_writer *writer, const char *name,
			       const struct vm_destination_list *list)
{
	vm_json_key(writer, name);
	vm_json_begin_array(writer);
	for (size_t i = 0; i < list->count; i++) {
		vm_json_begin_object(writer);
		vm_json_member_string(writer, vm_destination_kind_name(list->items[i].kind),
				      list->items[i].text);
		member(writer, "line", list->items[i].line);
		vm_json_end_object(writer);
	}
	vm_json_end_array(writer);
}

static void print_domain(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	const struct vm_transfer_domain *const about = &transfer->about;

	vm_json_member_string(writer, "domain", transfer->domain);
	member(writer, "dir", about->dir);
	if (about->has_owner) {
		vm_json_member_u64(writer, "uid", about->uid);
		vm_json_member_u64(writer, "gid", about->gid);
	}
	member(writer, "catch_all", about->catch_all);
	if (about->fallback.count > 0)
		print_destinations(writer, "default", &about->fallback);
	if (about->has_dirs) {
		vm_json_member_u64(writer, "dir_count", about->dir_count);
		vm_json_member_string(writer, "dir_path", about->dir_path);
	}
}

static void print_flags(struct vm_json_writer *writer, const char *name, const char *rest,
			uint32_t flags)
{
	const uint32_t unnamed = vm_account_flags_unnamed(flags);

	if (flags != unnamed) {
		vm_json_key(writer, name);
		vm_json_begin_array(writer);
		for (uint32_t bit = 1; bit != 0; bit <<= 1)
			if ((flags & ~unnamed & bit) != 0)
				vm_json_string(writer, vm_account_flag_name(bit));
		vm_json_end_array(writer);
	}
	member_number(writer, rest, unnamed);
}

static void print_account(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	const struct vm_account *const account = &transfer->account.account;

	member_address(writer, transfer);
	member_text(writer, "hash", account->hash);
	member_text(writer, "clear", account->clear);
	if (account->kind == VM_ACCOUNT_APOP)
		vm_json_member_bool(writer, "apop", true);
	if (transfer->account.has_quota)
		vm_json_member_string(writer, "quota", account->quota);
	if (transfer->account.has_comment)
		vm_json_member_string(writer, "comment", account->comment);
	print_flags(writer, "flags", "other_flags", account->flags);
	member_text(writer, "home", account->home);
	member_text(writer, "maildir", transfer->account.maildir);
	if (transfer->account.login.when > 0) {
		vm_json_member_u64(writer, "last_login", (uint64_t)transfer->account.login.when);
		member_text(writer, "last_login_from", transfer->account.login.from);
	}
}

static void print_limits(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	const struct vm_limits *const limits = &transfer->limits;

	vm_json_member_string(writer, "domain", transfer->domain);
	for (size_t i = 0; i < VM_LIMIT_MAXIMA; i++) {
		const int32_t number = *vm_limit_maximum(limits, i);

		if (number >= 0)
			vm_json_member_u64(writer, vm_limit_maximum_name(i), (uint64_t)number);
	}
	for (size_t i = 0; i < VM_LIMIT_SIZES; i++)
		member_number(writer, vm_limit_size_name(i), *vm_limit_size(limits, i));
	print_flags(writer, "disabled_flags", "other_disabled_flags", limits->disabled);
	for (size_t i = 0; i < VM_LIMIT_PERMISSIONS; i++) {
		const uint8_t denied = *vm_limit_permission(limits, i);

		if (denied == 0)
			continue;
		vm_json_key(writer, vm_limit_permission_name(i));
		vm_json_begin_array(writer);
		for (size_t act = 0; act < VM_LIMIT_ACTS; act++)
			if ((denied & 1U << act) != 0)
				vm_json_string(writer, vm_limit_act_name(act));
		vm_json_end_array(writer);
	}
}

static void print_vacation(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	const struct vm_transfer_vacation *const vacation = &transfer->vacation;

	member_address(writer, transfer);
	member(writer, "subject", vacation->subject);
	vm_json_member_string(writer, "text", vacation->text);
	member_number(writer, "from", (uint64_t)vacation->from);
	member_number(writer, "until", (uint64_t)vacation->until);
	member_number(writer, "interval", vacation->interval);
	vm_json_member_bool(writer, "active", vacation->is_active);
}

static void print_members(struct vm_json_writer *writer, const struct vm_transfer *transfer)
{
	switch (transfer->type) {
	case VM_TRANSFER_EXPORT:
		vm_json_member_u64(writer, "version", VM_TRANSFER_VERSION);
		member(writer, "source", transfer->name);
		break;
	case VM_TRANSFER_DOMAIN:
		print_domain(writer, transfer);
		break;
	case VM_TRANSFER_ALIAS_DOMAIN:
		vm_json_member_string(writer, "name", transfer->name);
		vm_json_member_string(writer, "domain", transfer->domain);
		break;
	case VM_TRANSFER_DOMAIN_ADMIN:
		member_address(writer, transfer);
		vm_json_member_string(writer, "domain", transfer->name);
		break;
	case VM_TRANSFER_LIMITS:
		print_limits(writer, transfer);
		break;
	case VM_TRANSFER_ACCOUNT:
		print_account(writer, transfer);
		break;
	case VM_TRANSFER_ALIAS:
		member_address(writer, transfer);
		print_destinations(writer, "destinations", &transfer->destinations);
		break;
	case VM_TRANSFER_VACATION:
		print_vacation(writer, transfer);
		break;
	case VM_TRANSFER_IP_MAP:
		vm_json_member_string(writer, "ip", transfer->name);
		vm_json_member_string(writer, "domain", transfer->domain);
		break;
	case VM_TRANSFER_END:
	case VM_TRANSFER_TYPES:
		break;
	}
}

void vm_transfer_print(const struct vm_transfer *transfer, struct vm_buf *out)
{
	struct vm_json_writer writer;

	vm_json_writer_init(&writer, out);
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "type", vm_transfer_type_name(transfer->type));
	print_members(&writer, transfer);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
}
