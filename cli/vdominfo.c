/* vdominfo: shows domains. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cli/command.h"

enum field {
	FIELD_NAME = 1,
	FIELD_UID = 2,
	FIELD_GID = 4,
	FIELD_DIR = 8,
	FIELD_TOTAL = 16,
	FIELD_REAL = 32,
	FIELD_ALL = 64,
};

struct options {
	struct vm_common_options common;
	uint32_t fields;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'a', "all", VM_OPTION_BITS, offsetof(struct options, fields), NULL,
	  "all fields in 5.4's words (default in a pipe)", FIELD_ALL, 0, NULL },
	{ 'n', "name", VM_OPTION_BITS, offsetof(struct options, fields), NULL, "the name",
	  FIELD_NAME, 0, NULL },
	{ 'u', "uid", VM_OPTION_BITS, offsetof(struct options, fields), NULL, "the owner",
	  FIELD_UID, 0, NULL },
	{ 'g', "gid", VM_OPTION_BITS, offsetof(struct options, fields), NULL, "the group",
	  FIELD_GID, 0, NULL },
	{ 'd', "dir", VM_OPTION_BITS, offsetof(struct options, fields), NULL, "the folder",
	  FIELD_DIR, 0, NULL },
	{ 't', "total", VM_OPTION_BITS, offsetof(struct options, fields), NULL,
	  "the number of accounts", FIELD_TOTAL, 0, NULL },
	{ 'r', "real", VM_OPTION_BITS, offsetof(struct options, fields), NULL, "the real name",
	  FIELD_REAL, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024 };

static enum vm_status count_accounts(struct vm_session *session,
				     const struct vm_domain_entry *entry, uint64_t *out,
				     struct vm_error *err)
{
	const struct vm_domain domain = {
		.name = entry->real, .dir = entry->dir, .uid = entry->uid, .gid = entry->gid
	};
	struct vm_dir_control dirs;
	const enum vm_status status =
		vm_store_dirs_get(session->context.store, &domain, &dirs, err);

	*out = status == VM_OK ? dirs.count : 0;
	return status;
}

static void print_json(struct vm_session *session, const struct vm_domain_entry *entry,
		       uint64_t count)
{
	struct vm_json_writer *const writer = &session->writer;

	vm_session_begin(session);
	vm_json_member_string(writer, "domain", entry->name);
	vm_json_member_string(writer, "real_domain", entry->real);
	vm_json_member_u64(writer, "uid", entry->uid);
	vm_json_member_u64(writer, "gid", entry->gid);
	vm_json_member_string(writer, "dir", entry->dir);
	vm_json_member_u64(writer, "accounts", count);
	vm_session_end(session);
}

static void print_selected(struct vm_session *session, const struct vm_domain_entry *entry,
			   uint64_t count)
{
	if ((options.fields & FIELD_NAME) != 0)
		vm_session_printf(session, "%s\n", entry->name);
	if ((options.fields & FIELD_UID) != 0)
		vm_session_printf(session, "%lu\n", (unsigned long)entry->uid);
	if ((options.fields & FIELD_GID) != 0)
		vm_session_printf(session, "%lu\n", (unsigned long)entry->gid);
	if ((options.fields & FIELD_DIR) != 0)
		vm_session_printf(session, "%s\n", entry->dir);
	if ((options.fields & FIELD_TOTAL) != 0)
		vm_session_printf(session, "%" PRIu64 "\n", count);
	if ((options.fields & FIELD_REAL) != 0)
		vm_session_printf(session, "%s\n", entry->real);
}

/* For a person; -a prints the words of 5.4 on a terminal too. */
static bool is_table(const struct vm_session *session)
{
	return session->is_terminal && options.fields == 0;
}

static void print_headings(struct vm_session *session)
{
	vm_session_printf(session, "%-32s %8s %7s %7s  %s\n", "DOMAIN", "ACCOUNTS", "UID", "GID",
			  "FOLDER");
}

static void print_row(struct vm_session *session, const struct vm_domain_entry *entry,
		      uint64_t count)
{
	if (strcmp(entry->name, entry->real) != 0)
		vm_session_printf(session, "%-32s %8s %7s %7s  alias of %s\n", entry->name, "-",
				  "-", "-", entry->real);
	else
		vm_session_printf(session, "%-32s %8" PRIu64 " %7lu %7lu  %s\n", entry->name, count,
				  (unsigned long)entry->uid, (unsigned long)entry->gid, entry->dir);
}

static enum vm_status print(struct vm_session *session, const struct vm_domain_entry *entry,
			    struct vm_error *err)
{
	uint64_t count = 0;
	const enum vm_status status = count_accounts(session, entry, &count, err);

	if (status != VM_OK)
		return status;
	if (session->json) {
		print_json(session, entry, count);
		return VM_OK;
	}
	if (options.fields != 0 && (options.fields & FIELD_ALL) == 0) {
		print_selected(session, entry, count);
		return VM_OK;
	}
	if (is_table(session)) {
		print_row(session, entry, count);
		return VM_OK;
	}
	if (strcmp(entry->name, entry->real) == 0)
		vm_session_printf(session, "domain: %s\n", entry->name);
	else
		vm_session_printf(session, "domain: %s (alias of %s)\n", entry->name, entry->real);
	vm_session_printf(session, "uid:    %lu\ngid:    %lu\ndir:    %s\nusers:  %" PRIu64 "\n",
			  (unsigned long)entry->uid, (unsigned long)entry->gid, entry->dir, count);
	return VM_OK;
}

static enum vm_status print_aliases(struct vm_session *session, const char *real,
				    struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_aliases(session->context.store, real,
						 (struct vm_page){ after, PAGE }, &arena, &list,
						 err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const char *const name = list.items[i].name;

			if (session->json)
				vm_session_report(session, "alias", name);
			else if (is_table(session))
				vm_session_printf(session, "%-32s %8s %7s %7s  alias of %s\n", name,
						  "-", "-", "-", real);
			else
				vm_session_printf(session, "alias: %s\n", name);
			memcpy(after, name, strlen(name) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status show_one(struct vm_session *session, const char *text, struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = vm_session_domain(session, text, name, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND) /* the text of 5.4 here is another than elsewhere */
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "Invalid domain name");
	if (status == VM_OK) {
		const struct vm_domain_entry entry = { domain.name, domain.name, domain.dir,
						       domain.uid, domain.gid };

		status = print(session, &entry, err);
	}
	if (status == VM_OK)
		status = print_aliases(session, domain.name, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status show_name(void *context, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	struct vm_session *const session = context;
	const enum vm_status status = print(session, entry, err);

	if (!session->json && !is_table(session))
		vm_session_printf(session, "\n");
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	if (is_table(session))
		print_headings(session);
	if (count > 0)
		return show_one(session, operands[0], err);
	return vm_store_each_name(session->context.store, show_name, session, err);
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "domain", -11, "Invalid domain name", true },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vdominfo", "[domain]", "Shows domains.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
