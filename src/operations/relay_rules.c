/* Builds tcp.smtp.cdb from the administrator's rules and the open windows. */
#include <config.h>

#include "operations/relay_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/relay_file.h"
#include "core/tcp_rules.h"
#include "util/cdb_file.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum {
	RULES_MAX = 16 * 1024 * 1024,
	CDB_MAX = 256 * 1024 * 1024,
	PATH_TEXT_MAX = 1024,
	RULE_ARENA_MAX = 128 * 1024,
};

/* VM_RELAY_INSTRUCTIONS as tcprules compiles it. */
static const char window_data[] = "+RELAYCLIENT=\0+RBLSMTPD=";

/* The administrator's file and what is made of it, by their names in one folder. */
struct place {
	int folder;
	char rules[VM_FILE_NAME_MAX + 1];
	char cdb[VM_FILE_NAME_MAX + 1];
	char lock[VM_FILE_NAME_MAX + 1];
};

static enum vm_status open_place(const struct vm_config *config, struct place *place,
				 struct vm_error *err)
{
	char path[PATH_TEXT_MAX];
	const char *const file = config->tcpserver_file;
	char *slash = NULL;
	const bool fits = file[0] != '\0' ? vm_text_copy(path, sizeof path, file)
					  : vm_text_format(path, sizeof path, "%s/etc/tcp.smtp",
							   config->home);

	place->folder = -1;
	slash = fits ? strrchr(path, '/') : NULL;
	if (slash == NULL || path[0] != '/' || slash == path ||
	    !vm_text_copy(place->rules, sizeof place->rules, slash + 1) ||
	    !vm_text_format(place->cdb, sizeof place->cdb, "%s.cdb", place->rules) ||
	    !vm_text_format(place->lock, sizeof place->lock, "%s.lock", place->rules))
		return vm_fail_field(err, VM_MISCONFIG, "tcpserver_file",
				     "tcpserver_file = %s is not the whole path of a file", file);
	*slash = '\0';
	if (vm_file_open_folder(AT_FDCWD, path, &place->folder, err) == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "the folder %s is missing", path);
	return place->folder >= 0 ? VM_OK : VM_TEMPFAIL;
}

/* A cdb that cannot be read has no rule: it is built anew. */
static bool has_rule(const struct place *place, const char *ip)
{
	struct vm_cdb cdb = { .fd = -1 };
	struct vm_arena arena;
	struct vm_error ignored;
	char *data = NULL;
	size_t length = 0;
	bool found = false;

	if (vm_cdb_open(&cdb, place->folder, place->cdb, &ignored) != VM_OK)
		return false;
	vm_arena_init(&arena, RULE_ARENA_MAX);
	found = vm_cdb_get(&cdb, ip, strlen(ip), &arena, &data, &length, &ignored) == VM_OK;
	vm_arena_release(&arena);
	vm_cdb_close(&cdb);
	return found;
}

/* A walk's own words are lost to "the listing was stopped". */
struct build {
	struct vm_cdb_writer writer;
	struct vm_error err;
};

/*
 * A row that is no address is left out: what old programs or hands put there must not open the relay to a whole network, or
 * to everybody (the key "").
 */
static enum vm_status add_window(void *context, const struct vm_relay *relay)
{
	struct build *const build = context;
	char ip[VM_IP_MAX + 1];

	if (vm_relay_normalize(relay->ip, ip, &build->err) != VM_OK)
		return VM_OK;
	return vm_cdb_writer_add(&build->writer, ip, strlen(ip), window_data, sizeof window_data,
				 &build->err);
}

static enum vm_status add_windows(const struct vm_context *context, struct build *build,
				  struct vm_error *err)
{
	/* A replica may not know the window yet that somebody waits for. */
	const bool was_fresh = vm_store_read_fresh(context->store, true);
	struct vm_error walk = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	build->err.status = VM_OK;
	status = vm_store_relay_each(context->store, add_window, build, &walk);
	(void)vm_store_read_fresh(context->store, was_fresh);
	if (status != VM_OK)
		*err = build->err.status == status ? build->err : walk;
	return status;
}

static enum vm_status add_rules(const struct place *place, struct build *build,
				struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, RULES_MAX);
	status = vm_file_read_all(place->folder, place->rules, &text, err);
	/* Without them an address that the administrator shut out would get in. */
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_MISCONFIG,
				 "%s with tcpserver's rules is missing; an empty one will do",
				 place->rules);
	if (status == VM_OK)
		status = vm_tcp_rules_compile(&build->writer, place->rules, text.bytes, text.length,
					      err);
	vm_buf_release(&text);
	return status;
}

static enum vm_status write_cdb(const struct vm_context *context, const struct place *place, int fd,
				struct vm_error *err)
{
	struct build build;
	enum vm_status status = vm_cdb_writer_init(&build.writer, fd, place->cdb, err);

	if (status != VM_OK)
		return status;
	status = add_rules(place, &build, err);
	if (status == VM_OK)
		status = add_windows(context, &build, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&build.writer, err);
	vm_cdb_writer_abort(&build.writer);
	return status;
}

static enum vm_status compare(const struct place *place, int fd, bool *differs,
			      struct vm_error *err)
{
	struct vm_buf old, new;
	enum vm_status status = VM_OK;

	vm_buf_init(&old, CDB_MAX);
	vm_buf_init(&new, CDB_MAX);
	if (lseek(fd, 0, SEEK_SET) == -1)
		status = vm_fail_errno(err, errno, "%s", place->cdb);
	if (status == VM_OK)
		status = vm_file_read_fd(fd, place->cdb, &new, err);
	if (status == VM_OK)
		status = vm_file_read_all(place->folder, place->cdb, &old, err);
	*differs = status != VM_OK || old.length != new.length ||
		   memcmp(old.bytes, new.bytes, new.length) != 0;
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* With the lock held. */
static enum vm_status build_locked(const struct vm_context *context, const struct place *place,
				   enum vm_relay_rules_mode mode, bool *differs,
				   struct vm_error *err)
{
	struct vm_file_replace replace;
	enum vm_status status =
		vm_file_replace_begin_unsynced(&replace, place->folder, place->cdb, 0644, err);

	if (status != VM_OK)
		return status;
	status = write_cdb(context, place, replace.fd, err);
	*differs = true;
	if (status == VM_OK && mode != VM_RELAY_RULES_WRITE)
		status = compare(place, replace.fd, differs, err);
	if (status == VM_OK && *differs && mode != VM_RELAY_RULES_LOOK)
		return vm_file_replace_commit(&replace, err);
	vm_file_replace_abort(&replace);
	return status;
}

enum vm_status vm_relay_rules_build(const struct vm_context *context, enum vm_relay_rules_mode mode,
				    bool *differs, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	struct place place;
	enum vm_status status = open_place(context->config, &place, err);

	*differs = false;
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, place.folder, place.lock, err);
	if (status == VM_OK)
		status = build_locked(context, &place, mode, differs, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&place.folder);
	return status;
}

/* Whoever has the lock has built with the windows of all that came while it waited: they find theirs. */
static enum vm_status cover(const struct vm_context *context, const struct place *place,
			    const char *ip, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	bool differs = false;
	enum vm_status status = VM_OK;

	if (has_rule(place, ip))
		return VM_OK;
	status = vm_file_lock_take(&lock, place->folder, place->lock, err);
	if (status == VM_OK && !has_rule(place, ip))
		status = build_locked(context, place, VM_RELAY_RULES_WRITE, &differs, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_relay_rules_cover(const struct vm_context *context, const char *ip,
				    struct vm_error *err)
{
	struct place place;
	enum vm_status status = open_place(context->config, &place, err);

	if (status == VM_OK)
		status = cover(context, &place, ip, err);
	vm_file_discard(&place.folder);
	return status;
}
