/* The steps by which libvpopmail's clients make a domain known to qmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "core/assign_file.h"
#include "core/assign_text.h"
#include "core/control_file.h"
#include "core/qmail_signal.h"
#include "operations/host_files.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { ARENA_MAX = 65536, PATH_TEXT_MAX = 1024, NAME_MAX_BYTES = 200, FILE_MODE = 0644 };
enum { KIND_ASSIGN = 1, KINDS = 3 };

static struct vm_assign assign_of(const struct vm_context *context)
{
	return (struct vm_assign){ .qmail_dir = context->config->qmail_dir,
				   .cdb_name = context->config->qmail_cdb_name };
}

/* Into the store, where it may be already. */
static enum vm_status keep(const struct vm_context *context, const struct vm_domain_entry *entry,
			   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain there;
	struct vm_error ignored;
	enum vm_status status = vm_store_domain_insert(context->store, entry, err);

	if (status != VM_EXISTS)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	if (vm_store_domain_get(context->store, entry->name, &arena, &there, &ignored) == VM_OK &&
	    strcmp(there.name, entry->real) == 0 && strcmp(there.dir, entry->dir) == 0)
		status = VM_OK;
	vm_arena_release(&arena);
	return status == VM_OK
		       ? status
		       : vm_fail_field(err, status, "domain", "%s exists already", entry->name);
}

VM_EXPORT int add_domain_assign(char *alias_domain, char *real_domain, char *dir, uid_t uid,
				gid_t gid)
{
	const struct vm_context *const context = vm_compat_context();
	char alias[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const struct vm_domain_entry entry = {
		.name = alias, .real = real, .dir = dir, .uid = uid, .gid = gid
	};
	enum vm_status status = VM_INTERNAL;
	int code = vm_compat_parse_domain(alias_domain, alias);

	if (code == VA_SUCCESS)
		code = vm_compat_parse_domain(real_domain, real);
	if (code != VA_SUCCESS || dir == NULL)
		return code != VA_SUCCESS ? code : VA_NULL_POINTER;
	status = keep(context, &entry, &err);
	if (status == VM_OK)
		status = vm_host_files_add(context, &entry, OptimizeAddDomain != 0, &err);
	return vm_compat_answer(status, &err);
}

/* A name out of the store, and out of this host's users/assign. */
static enum vm_status forget(const struct vm_context *context, const char *name,
			     struct vm_error *err)
{
	const struct vm_assign assign = assign_of(context);
	enum vm_status status = vm_store_domain_remove(context->store, name, err);

	if ((status == VM_OK || status == VM_NOT_FOUND) &&
	    vm_store_domains_are_shared(context->store))
		status = vm_assign_remove(&assign, &name, 1, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* The store wants the aliases of a domain to go first. */
VM_EXPORT int del_domain_assign(char **names, int count, char *real_domain, char *dir, uid_t uid,
				gid_t gid)
{
	const struct vm_context *const context = vm_compat_context();
	char real[VM_DOMAIN_MAX + 1], name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	bool has_real = false;
	int code = vm_compat_parse_domain(real_domain, real);

	(void)dir; /* the lines are known by their names */
	(void)uid;
	(void)gid;
	for (int i = 0; i < count && names != NULL && code == VA_SUCCESS; i++) {
		code = vm_compat_parse_domain(names[i], name);
		if (code == VA_SUCCESS && strcmp(name, real) == 0)
			has_real = true;
		else if (code == VA_SUCCESS)
			code = vm_compat_answer(forget(context, name, &err), &err);
	}
	if (code == VA_SUCCESS && has_real)
		code = vm_compat_answer(forget(context, real, &err), &err);
	return code;
}

VM_EXPORT int del_control(char **names, int count)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	if (context == NULL || names == NULL || count < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		const char *const name = names[i];

		if (name == NULL ||
		    vm_compat_answer(vm_control_remove(context->config->qmail_dir, &name, 1, &err),
				     &err) != VA_SUCCESS)
			return -1;
	}
	return 0;
}

VM_EXPORT int update_newu(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_assign assign;
	struct vm_error err;

	if (context == NULL)
		return -1;
	assign = assign_of(context);
	return vm_compat_answer(vm_assign_compile(&assign, &err), &err) == VA_SUCCESS ? 0 : -1;
}

VM_EXPORT int compile_morercpthosts(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	return context != NULL && vm_compat_answer(vm_control_compile(context->config->qmail_dir,
								      &err),
						   &err) == VA_SUCCESS
		       ? 0
		       : -1;
}

VM_EXPORT int count_rcpthosts(void)
{
	const struct vm_context *const context = vm_compat_context();
	char path[PATH_TEXT_MAX];
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_MISCONFIG;
	int lines = 0;

	vm_buf_init(&text, VM_CONTROL_FILE_MAX);
	if (context != NULL &&
	    vm_text_format(path, sizeof path, "%s/control/rcpthosts", context->config->qmail_dir))
		status = vm_file_read_all(AT_FDCWD, path, &text, &err);
	if (status == VM_OK && text.length > 0) {
		for (size_t i = 0; i < text.length; i++)
			lines += text.bytes[i] == '\n';
		lines += text.bytes[text.length - 1] != '\n';
	}
	vm_buf_release(&text);
	return status == VM_OK || status == VM_NOT_FOUND ? lines : -1;
}

/* A file that is changed under its lock, "FILE.lock". */
struct edit {
	int folder;
	struct vm_file_lock lock;
	char name[NAME_MAX_BYTES];
	mode_t mode;
	struct vm_buf old_text, new_text;
};

static enum vm_status edit_open(struct edit *edit, const char *file, struct vm_error *err)
{
	char lock[NAME_MAX_BYTES + 8];
	const char *name = NULL;
	struct stat stat = { .st_mode = FILE_MODE };
	enum vm_status status = VM_INTERNAL;

	*edit = (struct edit){ .folder = -1, .lock = { -1 } };
	vm_buf_init(&edit->old_text, VM_CONTROL_FILE_MAX);
	vm_buf_init(&edit->new_text, VM_CONTROL_FILE_MAX);
	status = vm_compat_open_folder(file, &edit->folder, &name, err);
	if (status == VM_OK && !vm_text_copy(edit->name, sizeof edit->name, name))
		status = vm_fail(err, VM_INVALID, "%s is too long", name);
	(void)vm_text_format(lock, sizeof lock, "%s.lock", edit->name); /* fits */
	if (status == VM_OK)
		status = vm_file_lock_take(&edit->lock, edit->folder, lock, err);
	if (status == VM_OK)
		status = vm_file_read_all(edit->folder, edit->name, &edit->old_text, err);
	if (status == VM_OK)
		status = vm_file_stat(edit->folder, edit->name, &stat, err);
	edit->mode = stat.st_mode & 0777;
	return status;
}

static enum vm_status edit_write(struct edit *edit, struct vm_error *err)
{
	const enum vm_status status = vm_buf_check(&edit->new_text, edit->name, err);

	return status == VM_OK
		       ? vm_file_replace_with(edit->folder, edit->name, edit->mode,
					      edit->new_text.bytes, edit->new_text.length, err)
		       : status;
}

static void edit_close(struct edit *edit)
{
	vm_buf_release(&edit->old_text);
	vm_buf_release(&edit->new_text);
	vm_file_lock_release(&edit->lock);
	vm_file_discard(&edit->folder);
}

static bool is_one_of(const char *start, size_t length, char *const *lines, int count)
{
	for (int i = 0; i < count; i++)
		if (lines[i] != NULL && strlen(lines[i]) == length &&
		    memcmp(lines[i], start, length) == 0)
			return true;
	return false;
}

/* The text without these lines; how many they were. */
static int drop_lines(struct edit *edit, char *const *lines, int count)
{
	const char *at = edit->old_text.bytes;
	const char *const end = at + edit->old_text.length;
	int dropped = 0;

	while (at < end) {
		const char *const lf = memchr(at, '\n', (size_t)(end - at));
		const size_t length = (size_t)((lf == NULL ? end : lf) - at);

		if (is_one_of(at, length, lines, count)) {
			dropped++;
		} else {
			vm_buf_append(&edit->new_text, at, length);
			vm_buf_append_byte(&edit->new_text, '\n');
		}
		at += length + 1;
	}
	return dropped;
}

VM_EXPORT int remove_lines(char *file, char **lines, int count)
{
	struct edit edit;
	struct vm_error err;
	enum vm_status status = VM_INVALID;
	int dropped = -1;

	if (file == NULL || lines == NULL || count < 0)
		return -1;
	status = edit_open(&edit, file, &err);
	if (status == VM_OK)
		dropped = drop_lines(&edit, lines, count);
	if (dropped > 0 && edit_write(&edit, &err) != VM_OK)
		dropped = -1;
	edit_close(&edit);
	return status == VM_NOT_FOUND ? 0 : dropped;
}

/* The domain line that a text is. False when it is none. */
static bool parse_entry(const char *line, struct vm_domain_entry *out, struct vm_buf *room)
{
	struct vm_assign_cursor cursor = { .number = 0 };
	struct vm_assign_line parsed;
	struct vm_assign_field name;
	struct vm_error err;
	size_t real = 0, dir = 0;

	vm_buf_printf(room, "%s\n.\n", line);
	cursor.text = room->bytes;
	cursor.length = room->length;
	if (room->failed || vm_assign_next(&cursor, &parsed, &err) != VM_OK || !parsed.is_domain)
		return false;
	name = vm_assign_domain(&parsed);
	real = parsed.field[VM_ASSIGN_USER].length;
	dir = parsed.field[VM_ASSIGN_HOME].length;
	/* Cut into texts where they stand: each ends at a ':' or '-' that is not needed any more. */
	room->bytes[(name.start - room->bytes) + (ptrdiff_t)name.length] = '\0';
	room->bytes[(parsed.field[VM_ASSIGN_USER].start - room->bytes) + (ptrdiff_t)real] = '\0';
	room->bytes[(parsed.field[VM_ASSIGN_HOME].start - room->bytes) + (ptrdiff_t)dir] = '\0';
	*out = (struct vm_domain_entry){ .name = name.start,
					 .real = parsed.field[VM_ASSIGN_USER].start,
					 .dir = parsed.field[VM_ASSIGN_HOME].start,
					 .uid = parsed.uid,
					 .gid = parsed.gid };
	return true;
}

static enum vm_status add_assign_line(struct edit *edit, const char *line, struct vm_error *err)
{
	struct vm_domain_entry entry;
	struct vm_buf room;
	bool changed = false;
	enum vm_status status = VM_INVALID;

	vm_buf_init(&room, VM_ASSIGN_LINE_MAX);
	if (parse_entry(line, &entry, &room))
		status = vm_assign_edit(edit->old_text.bytes, edit->old_text.length, &entry, NULL,
					0, &edit->new_text, &changed, err);
	if (status == VM_OK && changed)
		status = edit_write(edit, err);
	vm_buf_release(&room);
	return status;
}

static enum vm_status add_plain_line(struct edit *edit, char *line, struct vm_error *err)
{
	if (drop_lines(edit, &line, 1) > 0)
		return VM_OK; /* it is there */
	vm_buf_append_text(&edit->new_text, line);
	vm_buf_append_byte(&edit->new_text, '\n');
	return edit_write(edit, err);
}

VM_EXPORT int update_file(char *file, char *line, int kind)
{
	struct edit edit;
	struct vm_error err;
	enum vm_status status = VM_INVALID;

	if (file == NULL || line == NULL || strchr(line, '\n') != NULL || kind < KIND_ASSIGN ||
	    kind > KINDS)
		return -1;
	status = edit_open(&edit, file, &err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = kind == KIND_ASSIGN ? add_assign_line(&edit, line, &err)
					     : add_plain_line(&edit, line, &err);
	edit_close(&edit);
	return status == VM_OK ? 0 : -1;
}

VM_EXPORT int signal_process(char *name, int sig)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	return context != NULL && name != NULL && strcmp(name, "qmail-send") == 0 &&
			       sig == SIGHUP &&
			       vm_qmail_send_reload(context->config->qmail_dir, NULL, &err) == VM_OK
		       ? 0
		       : -1;
}

static enum vm_status save_alias(const struct vm_context *context, const char *real,
				 const char *alias, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain, there;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(context->store, real, &arena, &domain, err);
	if (status != VM_OK)
		goto out;
	status = vm_store_domain_get(context->store, alias, &arena, &there, err);
	if (status == VM_OK && strcmp(there.name, domain.name) != 0)
		status = vm_fail_field(err, VM_EXISTS, "domain", "%s stands for %s", alias,
				       there.name);
	else if (status == VM_NOT_FOUND)
		status = vm_store_domain_insert(context->store,
						&(struct vm_domain_entry){ alias, domain.name,
									   domain.dir, domain.uid,
									   domain.gid },
						err);
out:
	vm_arena_release(&arena);
	return status;
}

/* The names may come in either order, as vaddaliasdomain takes them. */
VM_EXPORT int vcreate_sql_aliasdomain(char *real_domain, char *alias_domain)
{
	const struct vm_context *const context = vm_compat_context();
	char real[VM_DOMAIN_MAX + 1], alias[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;
	int code = vm_compat_parse_domain(real_domain, real);

	if (code == VA_SUCCESS)
		code = vm_compat_parse_domain(alias_domain, alias);
	if (code != VA_SUCCESS)
		return code;
	status = save_alias(context, real, alias, &err);
	if (status == VM_NOT_FOUND)
		status = save_alias(context, alias, real, &err);
	return vm_compat_answer(status, &err);
}

VM_EXPORT int vdelete_sql_aliasdomain(char *alias_domain)
{
	const struct vm_context *const context = vm_compat_context();
	char alias[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain found;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;
	const int code = vm_compat_parse_domain(alias_domain, alias);

	if (code != VA_SUCCESS)
		return code;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(context->store, alias, &arena, &found, &err);
	if (status == VM_OK)
		status = found.is_alias ? vm_store_domain_remove(context->store, alias, &err)
					: vm_fail_field(&err, VM_INVALID, "domain",
							"%s is no alias", alias);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VA_SUCCESS : vm_compat_answer(status, &err);
}
