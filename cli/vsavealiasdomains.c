/* vsavealiasdomains: brings alias domains of users/assign into a store that keeps domains itself. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "cli/owner_child.h"
#include "core/assign_file.h"

struct options {
	struct vm_common_options common;
	bool all;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'A', "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL,
	  "all alias domains of users/assign", 0, 0, NULL },
	{ 'h', NULL, VM_OPTION_HELP, 0, NULL, "print the options", 0, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024 };

static void print(struct vm_session *session, const struct vm_domain_entry *entry)
{
	if (!session->json) {
		vm_session_printf(session, "Alias: %s Real domain: %s saved\n", entry->name,
				  entry->real);
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "alias", entry->name);
	vm_json_member_string(&session->writer, "domain", entry->real);
	vm_session_end(session);
}

/* One that is there already is saved; one that is there and is somebody else's is told. */
static enum vm_status save(struct vm_session *session, const struct vm_domain_entry *entry,
			   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain there;
	enum vm_status status = vm_store_domain_insert(session->context.store, entry, err);

	if (status == VM_EXISTS) {
		vm_arena_init(&arena, 65536);
		status = vm_store_domain_get(session->context.store, entry->name, &arena, &there,
					     err);
		if (status == VM_OK && strcmp(there.name, entry->real) != 0)
			status = vm_fail_field(err, VM_EXISTS, "domain",
					       "%s stands for %s in the store", entry->name,
					       there.name);
		vm_arena_release(&arena);
	}
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				       entry->real);
	if (status == VM_OK)
		print(session, entry);
	return status;
}

static enum vm_status save_all(struct vm_session *session, const struct vm_assign *assign,
			       const char *real, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_assign_list(assign, real, after, PAGE, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_domain_entry *const entry = &list.items[i];
			struct vm_error why = { .status = VM_OK };
			enum vm_status one = VM_OK;

			if (strcmp(entry->name, entry->real) != 0)
				one = save(session, entry, &why);
			if (one != VM_OK)
				vm_session_raise_exit_code(session,
							   vm_session_complain(session, one, &why));
			memcpy(after, entry->name, strlen(entry->name) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

/* The alias need not stand in users/assign: vsync brings it there. */
static enum vm_status save_pair(struct vm_session *session, const char *real, const char *alias,
				struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(session->context.store, real, &arena, &domain, err);
	if (status == VM_NOT_FOUND || (status == VM_OK && domain.is_alias))
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", real);
	if (status == VM_OK)
		status = save(session,
			      &(struct vm_domain_entry){ alias, domain.name, domain.dir, domain.uid,
							 domain.gid },
			      err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_assign assign = { session->context.config->qmail_dir,
					  session->context.config->qmail_cdb_name };
	char names[2][VM_DOMAIN_MAX + 1];

	if (options.all == (count > 0))
		return vm_fail(err, VM_INVALID, "give a domain, or -A for all");
	if (!vm_store_domains_are_shared(session->context.store))
		return vm_fail(err, VM_UNSUPPORTED,
			       "the store %s keeps alias domains in users/assign itself",
			       vm_store_name(session->context.store));
	for (int i = 0; i < count; i++) {
		const enum vm_status status =
			vm_session_domain(session, operands[i], names[i], err);

		if (status != VM_OK)
			return status;
	}
	return count == 2 ? save_pair(session, names[0], names[1], err)
			  : save_all(session, &assign, count == 1 ? names[0] : NULL, err);
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vsavealiasdomains", "[domain [alias]]",
			   "Brings alias domains of users/assign into the store.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 2,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
