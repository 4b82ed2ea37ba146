/* Compares this host with the store, and writes what differs. */
#include <config.h>

#include "operations/host_sync.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assign_file.h"
#include "core/assign_text.h"
#include "core/control_file.h"
#include "core/qmail_signal.h"
#include "operations/catch_all.h"
#include "operations/domain_names.h"
#include "operations/relay_rules.h"
#include "util/file.h"
#include "util/text.h"

/* Names that users/assign had and the store does not know any more. */
struct gone {
	struct vm_arena *arena;
	const char **names;
	size_t count, capacity;
};

static enum vm_status add_gone(void *context, const char *name, struct vm_error *err)
{
	struct gone *const gone = context;

	if (gone->count == gone->capacity) {
		const size_t capacity = gone->capacity == 0 ? 64 : gone->capacity * 2;
		const char **const names = reallocarray(gone->names, capacity, sizeof *names);

		if (names == NULL)
			return vm_fail_memory(err);
		gone->names = names;
		gone->capacity = capacity;
	}
	gone->names[gone->count] = vm_arena_strdup(gone->arena, name);
	return gone->names[gone->count++] == NULL ? vm_fail_memory(err) : VM_OK;
}

/* The folder above a domain's, which is BASE/domains or one of its hash folders. */
static enum vm_status make_parent(const struct vm_domain_entry *entry, struct vm_error *err)
{
	char parent[VM_PATH_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(parent, sizeof parent, "%.*s",
			    (int)(strrchr(entry->dir, '/') - entry->dir), entry->dir))
		return vm_fail(err, VM_INTERNAL, "%s is too long", entry->dir);
	status = vm_file_make_folder(AT_FDCWD, parent, 0711, err);
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, parent, entry->uid, entry->gid, err);
	return status == VM_EXISTS ? VM_OK : status;
}

static enum vm_status make_folder(const struct vm_context *context,
				  const struct vm_domain_entry *entry, struct vm_error *err)
{
	const struct vm_domain domain = {
		.name = entry->name, .dir = entry->dir, .uid = entry->uid, .gid = entry->gid
	};
	enum vm_status status = make_parent(entry, err);

	if (status == VM_OK)
		status = vm_file_make_folder(AT_FDCWD, entry->dir, 0700, err);
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, entry->dir, entry->uid, entry->gid, err);
	if (status == VM_OK)
		status =
			vm_catch_all_set(context, &domain, context->config->new_domain_action, err);
	return status == VM_EXISTS ? VM_OK : status; /* another vsync was faster */
}

/* Before the names are published: mail for a domain without a folder would wait. */
static enum vm_status make_folders(const struct vm_context *context, enum vm_sync_mode mode,
				   const struct vm_domain_names *names, struct vm_host_sync *out,
				   struct vm_error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct vm_domain_entry *const entry = &names->entries[i];
		struct stat info;
		enum vm_status status = VM_OK;

		if (strcmp(entry->name, entry->real) != 0)
			continue;
		status = vm_file_stat(AT_FDCWD, entry->dir, &info, err);
		if (status == VM_NOT_FOUND) {
			status = mode == VM_SYNC_LOOK ? VM_OK : make_folder(context, entry, err);
			out->folders++;
		}
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

/* Names that a control file lacks, in one change. */
static enum vm_status add_control_lines(const struct vm_context *context, enum vm_sync_mode mode,
					const struct vm_domain_names *names,
					struct vm_host_sync *out, struct vm_error *err)
{
	const char **missing = calloc(names->count + 1, sizeof *missing);
	size_t count = 0;
	enum vm_status status = VM_OK;

	if (missing == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < names->count; i++) {
		const struct vm_control_presence *const found = &names->presence[i];

		if ((!found->rcpthosts && !found->morercpthosts) || !found->virtualdomains ||
		    found->locals)
			missing[count++] = names->names[i];
	}
	out->control = count;
	if (count > 0 && mode != VM_SYNC_LOOK)
		status = vm_control_add(context->config->qmail_dir, missing, count, false, err);
	free(missing);
	return status;
}

static enum vm_status write_files(const struct vm_context *context, enum vm_sync_mode mode,
				  struct vm_domain_names *names, struct vm_host_sync *out,
				  struct vm_error *err)
{
	const struct vm_assign assign = { .qmail_dir = context->config->qmail_dir,
					  .cdb_name = context->config->qmail_cdb_name };
	struct gone gone = { .arena = &names->arena };
	struct vm_assign_wanted wanted = {
		.entries = names->entries, .count = names->count, .gone = add_gone, .context = &gone
	};
	enum vm_status status = vm_assign_sync(&assign, &wanted, mode, err);

	out->added = wanted.added;
	out->removed = wanted.removed;
	out->altered = wanted.altered;
	if (status == VM_OK)
		status = add_control_lines(context, mode, names, out, err);
	if (status == VM_OK && gone.count > 0 && mode != VM_SYNC_LOOK)
		status = vm_control_remove(context->config->qmail_dir, gone.names, gone.count, err);
	if (status == VM_OK && out->control + gone.count > 0 && mode != VM_SYNC_LOOK)
		status = vm_qmail_send_reload(context->config->qmail_dir, NULL, err);
	free(gone.names);
	return status;
}

enum vm_status vm_host_sync(const struct vm_context *context, enum vm_sync_mode mode,
			    struct vm_host_sync *out, struct vm_error *err)
{
	struct vm_domain_names names = { .count = 0 };
	enum vm_status status = VM_OK;

	*out = (struct vm_host_sync){ .domains = 0 };
	if (!vm_store_domains_are_shared(context->store))
		return vm_fail(err, VM_UNSUPPORTED,
			       "the store's domains are this host's own: there is nothing to do");
	status = vm_domain_names_load(context, NULL, &names, err);
	out->domains = names.count;
	if (status == VM_OK)
		status = make_folders(context, mode, &names, out, err);
	if (status == VM_OK)
		status = write_files(context, mode, &names, out, err);
	vm_domain_names_release(&names);
	return status;
}

enum vm_status vm_host_sync_relays(const struct vm_context *context, enum vm_sync_mode mode,
				   bool *differs, struct vm_error *err)
{
	*differs = false;
	if (!context->config->roaming_users || !context->config->rebuild_tcpserver_file)
		return VM_OK;
	return vm_relay_rules_build(context,
				    mode == VM_SYNC_LOOK ? VM_RELAY_RULES_LOOK
							 : VM_RELAY_RULES_COMPARE,
				    differs, err);
}
