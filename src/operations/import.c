/* Makes the domains of a file, has their sections done, and takes in the names that stand beside them. */
#include <config.h>

#include "operations/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/control_file.h"
#include "core/dir_tree.h"
#include "core/qmail_signal.h"
#include "operations/domain_create.h"
#include "operations/host_files.h"
#include "operations/import_internal.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024 };

struct run {
	const struct vm_import *import;
	struct vm_convert convert;
	struct vm_arena line, scratch;
	bool has_new_names;
};

struct vm_convert vm_import_convert(const struct vm_import *import)
{
	return (struct vm_convert){ .config = import->context->config,
				    .to = import->context->store,
				    .mode = import->mode,
				    .overwrite = import->overwrite,
				    .counts = import->counts,
				    .tell = import->tell,
				    .progress = import->progress,
				    .context = import->callback_context };
}

static bool changes(const struct run *run)
{
	return run->import->mode == VM_CONVERT_WRITE;
}

static void note(const struct run *run, enum vm_convert_kind kind, enum vm_convert_outcome outcome,
		 const char *subject, const char *text)
{
	vm_convert_note(&run->convert, kind, outcome, subject, text);
}

/* A change that was refused for good is told, and the rest goes on. */
static enum vm_status note_change(const struct run *run, enum vm_convert_kind kind,
				  enum vm_convert_outcome outcome, const char *subject,
				  enum vm_status status, const struct vm_error *err)
{
	if (status == VM_OK)
		note(run, kind, outcome, subject, "");
	else if (vm_status_is_definite(status))
		note(run, kind, VM_CONVERT_FAILED, subject, err->text);
	return status;
}

/* A folder that is there belongs to its owner, whatever the file says. */
static enum vm_status find_owner(const struct run *run, const struct vm_transfer *about,
				 struct vm_domain_entry *entry, bool *is_there,
				 struct vm_error *err)
{
	struct stat info;
	const enum vm_status status = vm_file_stat(AT_FDCWD, entry->dir, &info, err);

	*is_there = status == VM_OK;
	if (*is_there && info.st_uid == 0 && geteuid() == 0 &&
	    vm_dir_tree_is_empty(AT_FDCWD, entry->dir))
		*is_there = false; /* root was interrupted before it gave the folder away */
	if (*is_there) {
		entry->uid = info.st_uid;
		entry->gid = info.st_gid;
	} else if (geteuid() == 0 && about->about.has_owner) {
		entry->uid = about->about.uid;
		entry->gid = about->about.gid;
	} else {
		entry->uid = run->convert.config->uid;
		entry->gid = run->convert.config->gid;
	}
	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	if (entry->uid == 0 || (geteuid() != 0 && entry->uid != geteuid()))
		return vm_fail_field(err, VM_INVALID, "dir", "%s belongs to another user",
				     entry->dir);
	return VM_OK;
}

static enum vm_status make_folder(const struct vm_domain_entry *entry, struct vm_error *err)
{
	enum vm_status status = vm_file_make_folder(AT_FDCWD, entry->dir, 0700, err);

	if (status == VM_EXISTS)
		status = VM_OK;
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(AT_FDCWD, entry->dir, entry->uid, entry->gid, err);
	if (status == VM_OK)
		status = vm_file_sync_parent(AT_FDCWD, entry->dir, err);
	if (status == VM_TEMPFAIL && err->sys_errno == ENOENT)
		return vm_fail_field(err, VM_INVALID, "dir", "there is no folder to hold %s",
				     entry->dir);
	return status;
}

/* The domain gets the folder that the file names, with what is in it. Each step may have been done before. */
static enum vm_status adopt_folder(const struct run *run, const struct vm_transfer *about,
				   struct vm_error *err)
{
	struct vm_domain_entry entry = { .name = about->domain,
					 .real = about->domain,
					 .dir = about->about.dir };
	bool is_there = false;
	enum vm_status status = vm_domain_check_new(about->domain, err);

	if (status == VM_OK)
		status = vm_base_dir_check(entry.dir, err);
	if (status == VM_OK && strlen(entry.dir) > VM_PATH_MAX)
		status = vm_fail_field(err, VM_INVALID, "dir", "%.100s is too long", entry.dir);
	if (status == VM_OK)
		status = find_owner(run, about, &entry, &is_there, err);
	if (status == VM_OK && !changes(run))
		return VM_OK;
	if (status == VM_OK && !is_there)
		status = make_folder(&entry, err);
	if (status == VM_OK)
		status = vm_store_domain_insert(run->convert.to, &entry, err);
	return status;
}

static enum vm_status make_domain(const struct run *run, const struct vm_transfer *about,
				  struct vm_error *err)
{
	const struct vm_domain_request request = { .domain = about->domain,
						   .uid = run->convert.config->uid,
						   .gid = run->convert.config->gid,
						   .without_postmaster = true,
						   .optimize = true };

	if (run->import->keep_paths && about->about.dir != NULL)
		return adopt_folder(run, about, err);
	return changes(run) ? vm_domain_create(run->import->context, &request, err)
			    : vm_domain_check_new(about->domain, err);
}

/* Files of qmail where an earlier run was interrupted; done before is done. */
static enum vm_status tell_host(const struct run *run, const struct vm_domain *domain,
				struct vm_error *err)
{
	const struct vm_domain_entry entry = { .name = domain->name,
					       .real = domain->name,
					       .dir = domain->dir,
					       .uid = domain->uid,
					       .gid = domain->gid };

	return changes(run) ? vm_host_files_add(run->import->context, &entry, true, err) : VM_OK;
}

/* Where the domain would be, for a rehearsal. */
static enum vm_status imagine_domain(struct run *run, const struct vm_transfer *about,
				     struct vm_domain *out, struct vm_error *err)
{
	const struct vm_config *const config = run->convert.config;
	const bool keeps = run->import->keep_paths && about->about.dir != NULL;
	const char *const dir = keeps ? vm_arena_strdup(&run->scratch, about->about.dir)
				      : vm_arena_printf(&run->scratch, "%s/%s/%s", config->home,
							config->domains_dir, about->domain);

	*out = (struct vm_domain){ .name = vm_arena_strdup(&run->scratch, about->domain),
				   .dir = dir,
				   .uid = config->uid,
				   .gid = config->gid };
	return out->name == NULL || dir == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status add_domain(struct run *run, const struct vm_transfer *about,
				 struct vm_domain *out, struct vm_error *err)
{
	enum vm_status status = make_domain(run, about, err);

	status = note_change(run, VM_CONVERT_DOMAIN, VM_CONVERT_ADDED, about->domain, status, err);
	if (status != VM_OK)
		return status;
	run->has_new_names = true;
	return changes(run) ? vm_store_domain_get(run->convert.to, about->domain, &run->scratch,
						  out, err)
			    : imagine_domain(run, about, out, err);
}

static void compare_domain(struct run *run, const struct vm_transfer *about,
			   const struct vm_domain *there)
{
	char text[VM_CONVERT_TEXT_MAX];

	if (!run->import->keep_paths || about->about.dir == NULL ||
	    strcmp(about->about.dir, there->dir) == 0) {
		note(run, VM_CONVERT_DOMAIN, VM_CONVERT_EQUAL, about->domain, "");
		return;
	}
	(void)vm_text_format(text, sizeof text, "is in %.200s", there->dir);
	note(run, VM_CONVERT_DOMAIN, VM_CONVERT_DIFFERENT, about->domain, text);
}

/*
 * An addition that was interrupted is ended before anything of the section is added: what is half made has no postmaster, and
 * who ends it later would take it away with all that is in it by then.
 */
static enum vm_status make_way(const struct run *run, const char *name, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (changes(run))
		status = vm_domain_make_way(run->import->context, name, err);
	return status == VM_EXISTS ? VM_OK : status;
}

/* VM_OK: the domain is there, or would be. Definite: it was told why not. */
static enum vm_status find_domain(struct run *run, const struct vm_transfer *about,
				  struct vm_domain *out, struct vm_error *err)
{
	char text[VM_CONVERT_TEXT_MAX];
	enum vm_status status = make_way(run, about->domain, err);

	if (status == VM_OK)
		status = vm_store_domain_get(run->convert.to, about->domain, &run->scratch, out,
					     err);
	if (status == VM_NOT_FOUND) {
		status = add_domain(run, about, out, err);
	} else if (status == VM_OK && out->is_alias) {
		(void)vm_text_format(text, sizeof text,
				     "is an alias of %s; nothing of its section is taken in",
				     out->name);
		note(run, VM_CONVERT_DOMAIN, VM_CONVERT_FAILED, about->domain, text);
		return VM_EXISTS;
	} else if (status == VM_OK) {
		compare_domain(run, about, out);
	}
	return status == VM_OK ? tell_host(run, out, err) : status;
}

static enum vm_status import_section(struct run *run, const struct vm_import_section *section,
				     struct vm_error *err)
{
	const struct vm_import *const import = run->import;
	struct vm_import_reader reader;
	struct vm_transfer about;
	struct vm_domain domain;
	enum vm_status status = vm_import_reader_init(&reader, import, section, err);

	vm_arena_clear(&run->line);
	vm_arena_clear(&run->scratch);
	if (status == VM_OK)
		status = vm_import_reader_next(&reader, &run->line, &about, err);
	vm_import_reader_release(&reader);
	if (status == VM_OK)
		status = find_domain(run, &about, &domain, err);
	if (status == VM_OK)
		return import->section(import->callback_context, section, &domain, err);
	return vm_status_is_definite(status) ? VM_OK : status;
}

static enum vm_status add_alias(struct run *run, const struct vm_transfer *alias,
				struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (changes(run))
		status = vm_domain_add_alias(run->import->context, alias->name, alias->domain, err);
	else
		status = vm_domain_check_new(alias->name, err);
	return note_change(run, VM_CONVERT_DOMAIN, VM_CONVERT_ADDED, alias->name, status, err);
}

static enum vm_status import_alias(struct run *run, const struct vm_transfer *alias,
				   struct vm_error *err)
{
	char text[VM_CONVERT_TEXT_MAX];
	struct vm_domain there;
	enum vm_status status =
		vm_store_domain_get(run->convert.to, alias->name, &run->scratch, &there, err);

	if (status == VM_NOT_FOUND)
		return add_alias(run, alias, err);
	if (status != VM_OK)
		return status;
	if (there.is_alias && strcmp(there.name, alias->domain) == 0) {
		note(run, VM_CONVERT_DOMAIN, VM_CONVERT_EQUAL, alias->name, "");
		return VM_OK;
	}
	if (!there.is_alias || !run->import->overwrite) {
		(void)vm_text_format(text, sizeof text, there.is_alias ? "is an alias of %s" : "%s",
				     there.is_alias ? there.name : "is no alias here");
		note(run, VM_CONVERT_DOMAIN, VM_CONVERT_DIFFERENT, alias->name, text);
		return VM_OK;
	}
	if (changes(run))
		status = vm_host_files_remove(run->import->context, alias->name, err);
	if (status == VM_OK && changes(run))
		status = vm_store_domain_remove(run->convert.to, alias->name, err);
	if (status == VM_OK && changes(run))
		status = vm_domain_add_alias(run->import->context, alias->name, alias->domain, err);
	return note_change(run, VM_CONVERT_DOMAIN, VM_CONVERT_REPLACED, alias->name, status, err);
}

static enum vm_status import_map(struct run *run, const struct vm_transfer *line,
				 struct vm_error *err)
{
	struct vm_ip_map map, there;
	enum vm_convert_outcome outcome = VM_CONVERT_ADDED;
	enum vm_status status = VM_OK;

	(void)vm_text_copy(map.ip, sizeof map.ip, line->name);           /* was checked */
	(void)vm_text_copy(map.domain, sizeof map.domain, line->domain); /* was checked */
	status = vm_store_ip_map_get(run->convert.to, map.ip, &there, err);
	if (status == VM_OK && strcmp(map.domain, there.domain) == 0) {
		note(run, VM_CONVERT_IP_MAP, VM_CONVERT_EQUAL, map.ip, "");
		return VM_OK;
	}
	if (status == VM_OK && !run->import->overwrite) {
		note(run, VM_CONVERT_IP_MAP, VM_CONVERT_DIFFERENT, map.ip, "is mapped elsewhere");
		return VM_OK;
	}
	if (status == VM_OK)
		outcome = VM_CONVERT_REPLACED;
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	if (status == VM_OK && changes(run))
		status = vm_store_ip_map_put(run->convert.to, &map, err);
	return note_change(run, VM_CONVERT_IP_MAP, outcome, map.ip, status, err);
}

static enum vm_status import_loose(struct run *run, const struct vm_import_loose *where,
				   struct vm_error *err)
{
	struct vm_transfer line;
	enum vm_status status = VM_INTERNAL;

	vm_arena_clear(&run->line);
	vm_arena_clear(&run->scratch);
	status = vm_import_read_at(run->import, where, &run->line, &line, err);
	if (status == VM_OK && line.type == VM_TRANSFER_ALIAS_DOMAIN)
		status = import_alias(run, &line, err);
	else if (status == VM_OK)
		status = import_map(run, &line, err);
	return vm_status_is_definite(status) ? VM_OK : status;
}

/* What was put off while there were many names. */
static enum vm_status finish_names(const struct run *run, struct vm_error *err)
{
	const char *const qmail = run->convert.config->qmail_dir;
	enum vm_status status = VM_OK;

	if (!changes(run) || run->import->index->section_count == 0)
		return VM_OK;
	status = vm_control_compile(qmail, err);
	return status == VM_OK && run->has_new_names ? vm_qmail_send_reload(qmail, NULL, err)
						     : status;
}

enum vm_status vm_import_run(const struct vm_import *import, struct vm_error *err)
{
	const struct vm_import_index *const index = import->index;
	struct run run = { .import = import, .convert = vm_import_convert(import) };
	struct vm_error why;
	enum vm_status status = vm_convert_connect(&run.convert, err);
	enum vm_status last = VM_OK;

	vm_arena_init(&run.line, VM_IMPORT_LINE_ARENA_MAX);
	vm_arena_init(&run.scratch, SCRATCH_MAX);
	for (size_t i = 0; status == VM_OK && i < index->section_count; i++)
		status = import_section(&run, &index->sections[i], err);
	/* Domains that were made are to be served, however the rest ended. */
	last = finish_names(&run, &why);
	if (status == VM_OK && last != VM_OK) {
		*err = why;
		status = last;
	}
	for (size_t i = 0; status == VM_OK && i < index->loose_count; i++)
		status = import_loose(&run, &index->loose[i], err);
	vm_arena_release(&run.scratch);
	vm_arena_release(&run.line);
	return status;
}
