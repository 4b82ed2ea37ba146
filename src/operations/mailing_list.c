/* Finds, makes and changes ezmlm's lists. */
#include <config.h>

#include "operations/mailing_list.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alias_kind.h"
#include "core/dir_tree.h"
#include "util/child_process.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/folder_names.h"
#include "util/line_reader.h"
#include "util/text.h"

enum {
	FILE_MAX = 64 * 1024,
	PATH_BYTES = 1024,
	ALIAS_MAX = 255, /* bytes; a file has no longer name */
	NAME_BYTES = ALIAS_MAX + 17,
	LINE_BYTES = 1024,
	SECONDS = 300,
	ARGUMENTS = 6,
	SCRATCH_MAX = 16 * 1024 * 1024,
	PAGE = 500,
};

static const char prefix[] = ".qmail-";

/* The name in file names: dots are colons. */
static void file_name(const char *name, char out[NAME_BYTES])
{
	(void)vm_text_format(out, NAME_BYTES, "%s%s", prefix, name); /* fits */
	for (char *c = strchr(out + sizeof prefix - 1, '.'); c != NULL; c = strchr(c, '.'))
		*c = ':';
}

/* ezmlm-make links the file to DIR/editor, which is gone where the removal of a list was interrupted. */
static bool is_list_link(const struct vm_domain *domain, int folder, const char *file)
{
	char target[PATH_BYTES];
	const ssize_t got = readlinkat(folder, file, target, sizeof target - 1);
	const size_t length = strlen(domain->dir);

	if (got < 0)
		return false;
	target[got] = '\0';
	if (target[0] == '/' &&
	    (strncmp(target, domain->dir, length) != 0 || target[length] != '/'))
		return false;
	return vm_text_ends_with(target, "/editor");
}

/* Is it a link of ezmlm's, or its first line, as every list's is? Suffixes such as -owner have other programs first. */
static enum vm_status is_list_file(const struct vm_domain *domain, int folder, const char *file,
				   bool *out, struct vm_error *err)
{
	struct vm_buf text;
	struct stat info;
	enum vm_status status = vm_file_stat(folder, file, &info, err);

	*out = status == VM_OK && S_ISLNK(info.st_mode) && is_list_link(domain, folder, file);
	if (status != VM_OK || !S_ISREG(info.st_mode) || info.st_size > FILE_MAX)
		return status == VM_NOT_FOUND ? VM_OK : status;
	vm_buf_init(&text, FILE_MAX);
	status = vm_file_read_all(folder, file, &text, err);
	if (status == VM_OK) {
		text.bytes[strcspn(text.bytes, "\n")] = '\0';
		*out = strstr(text.bytes, "/ezmlm-reject") != NULL ||
		       strstr(text.bytes, "/ezmlm-send") != NULL;
	}
	vm_buf_release(&text);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status open_domain(const struct vm_domain *domain, int *out, struct vm_error *err)
{
	const enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, out, err);

	return status == VM_NOT_FOUND ? vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing",
						domain->dir, domain->name)
				      : status;
}

/* ---- finding ---- */

struct finder {
	const struct vm_domain *domain;
	enum vm_status (*each)(void *context, const char *name, struct vm_error *err);
	void *context;
};

static enum vm_status find(void *context, int folder, const char *file, struct vm_error *err)
{
	const struct finder *const finder = context;
	char name[NAME_BYTES];
	bool is_list = false;
	enum vm_status status = VM_OK;

	if (!vm_text_starts_with(file, prefix) ||
	    !vm_text_copy(name, sizeof name, file + sizeof prefix - 1))
		return VM_OK;
	status = is_list_file(finder->domain, folder, file, &is_list, err);
	if (status != VM_OK || !is_list)
		return status;
	for (char *c = strchr(name, ':'); c != NULL; c = strchr(c, ':'))
		*c = '.';
	return finder->each(finder->context, name, err);
}

enum vm_status vm_mailing_list_each(const struct vm_domain *domain,
				    enum vm_status (*each)(void *context, const char *name,
							   struct vm_error *err),
				    void *context, struct vm_error *err)
{
	struct finder finder = { domain, each, context };
	int folder = -1;
	enum vm_status status = open_domain(domain, &folder, err);

	if (status == VM_OK)
		status = vm_folder_each_name(folder, domain->dir, find, &finder, err);
	vm_file_discard(&folder);
	return status;
}

static enum vm_status require(const struct vm_domain *domain, const char *name,
			      struct vm_error *err)
{
	char file[NAME_BYTES];
	bool is_list = false;
	int folder = -1;
	enum vm_status status = open_domain(domain, &folder, err);

	file_name(name, file);
	if (status == VM_OK)
		status = is_list_file(domain, folder, file, &is_list, err);
	vm_file_discard(&folder);
	if (status == VM_OK && !is_list)
		return vm_fail_field(err, VM_NOT_FOUND, "list", "there is no list %s@%s", name,
				     domain->name);
	return status;
}

/* ---- ezmlm's programs ---- */

static enum vm_status run_program(const struct vm_context *context, const struct vm_domain *domain,
				  const char *program, const char *const *arguments, int output,
				  struct vm_error *err)
{
	static const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	char path[PATH_BYTES];
	const char *argv[ARGUMENTS + 2] = { path };
	struct vm_child_result result;
	enum vm_status status = VM_INTERNAL;

	for (size_t i = 0; i < ARGUMENTS && arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	if (!vm_text_format(path, sizeof path, "%s/%s", context->config->ezmlm_dir, program))
		return vm_fail(err, VM_MISCONFIG, "ezmlm_dir is too long");
	if (access(path, X_OK) != 0)
		return vm_fail(err, VM_MISCONFIG, "%s cannot be run: %s", path, strerror(errno));
	status = vm_child_run(&(struct vm_child){ .argv = argv,
						  .environment = environment,
						  .folder = domain->dir,
						  .stdin_fd = -1,
						  .stdout_fd = output,
						  .stderr_fd = -1,
						  .seconds = SECONDS },
			      &result, err);
	if (status == VM_OK && (result.signalled || result.code != 0))
		status = vm_fail(err, VM_TEMPFAIL, "%s ended with %s %d", program,
				 result.signalled ? "signal" : "code", result.code);
	return status;
}

static const char *const parts[] = {
	[VM_LIST_SUBSCRIBERS] = NULL,
	[VM_LIST_MODERATORS] = "mod",
	[VM_LIST_DIGEST] = "digest",
	[VM_LIST_DENIED] = "deny",
};

/* PROGRAM DIR [PART] [ADDRESS] */
static enum vm_status run_on(const struct vm_context *context, const struct vm_domain *domain,
			     const char *name, const char *program, enum vm_list_part part,
			     const char *address, int output, struct vm_error *err)
{
	char dir[PATH_BYTES];
	const char *arguments[ARGUMENTS] = { dir, NULL };
	size_t count = 1;
	enum vm_status status = require(domain, name, err);

	if (status == VM_OK && !vm_text_format(dir, sizeof dir, "%s/%s", domain->dir, name))
		status = vm_fail(err, VM_INVALID, "the list's path is too long");
	if (parts[part] != NULL)
		arguments[count++] = parts[part];
	if (address != NULL)
		arguments[count] = address;
	return status == VM_OK ? run_program(context, domain, program, arguments, output, err)
			       : status;
}

enum vm_status vm_mailing_list_add(const struct vm_context *context, const struct vm_domain *domain,
				   const char *name, enum vm_list_part part, const char *address,
				   struct vm_error *err)
{
	return run_on(context, domain, name, "ezmlm-sub", part, address, -1, err);
}

enum vm_status vm_mailing_list_drop(const struct vm_context *context,
				    const struct vm_domain *domain, const char *name,
				    enum vm_list_part part, const char *address,
				    struct vm_error *err)
{
	return run_on(context, domain, name, "ezmlm-unsub", part, address, -1, err);
}

enum vm_status vm_mailing_list_addresses(const struct vm_context *context,
					 const struct vm_domain *domain, const char *name,
					 enum vm_list_part part,
					 void (*each)(void *context, const char *address),
					 void *hearer, struct vm_error *err)
{
	struct vm_line_reader reader = { .fd = -1 };
	char *line = NULL;
	size_t length = 0;
	int fd = memfd_create("addresses", MFD_CLOEXEC);
	enum vm_status status = VM_INTERNAL;

	if (fd < 0)
		return vm_fail_errno(err, errno, "memfd_create");
	status = run_on(context, domain, name, "ezmlm-list", part, NULL, fd, err);
	if (status == VM_OK && lseek(fd, 0, SEEK_SET) != 0)
		status = vm_fail_errno(err, errno, "lseek");
	if (status == VM_OK)
		status = vm_line_reader_init(&reader, fd, "ezmlm-list", LINE_BYTES, err);
	while (status == VM_OK) {
		status = vm_line_reader_next(&reader, &line, &length, err);
		if (status == VM_OK && length > 0)
			each(hearer, line);
		if (status == VM_NOT_FOUND) {
			status = VM_OK; /* the end */
			break;
		}
	}
	vm_line_reader_release(&reader);
	vm_file_discard(&fd);
	return status;
}

/* ---- making ---- */

/* The lists of a domain besides one. */
struct count {
	const struct vm_domain *domain;
	const char *besides;
	int folder;
	int64_t found;
};

static enum vm_status count_file(void *context, const char *name, struct vm_error *err)
{
	struct count *const count = context;

	(void)err;
	count->found += strcmp(name, count->besides) != 0;
	return VM_OK;
}

/* An alias of the store that sends to ezmlm; one that is in a file was counted there. */
static enum vm_status count_alias(struct count *count, const struct vm_alias *alias, char *last,
				  struct vm_error *err)
{
	char file[NAME_BYTES];
	bool is_file = false;
	enum vm_status status = VM_OK;

	if (vm_alias_kind_of(alias->line, count->domain->name) != VM_ALIAS_LIST ||
	    strcmp(alias->user, last) == 0 || strcmp(alias->user, count->besides) == 0)
		return VM_OK;
	if (!vm_text_copy(last, ALIAS_MAX + 1, alias->user))
		return vm_fail(err, VM_INTERNAL, "the name of an alias is long");
	file_name(alias->user, file);
	status = is_list_file(count->domain, count->folder, file, &is_file, err);
	count->found += status == VM_OK && !is_file;
	return status;
}

static enum vm_status count_aliases(struct vm_store *store, struct count *count,
				    struct vm_error *err)
{
	char after[ALIAS_MAX + 1] = "", last[ALIAS_MAX + 1] = "";
	struct vm_arena arena;
	struct vm_alias_list list = { .more = true };
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_alias_list(store, count->domain->name,
					     (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = count_alias(count, &list.items[i], last, err);
		if (status == VM_OK && list.more && list.count > 0 &&
		    !vm_text_copy(after, sizeof after, list.items[list.count - 1].user))
			status = vm_fail(err, VM_INTERNAL, "the name of an alias is long");
	}
	vm_arena_release(&arena);
	return status;
}

/* May the domain have `name` as a list beside the others, of files and of aliases alike? */
static enum vm_status check_limit(const struct vm_context *context, const struct vm_domain *domain,
				  int folder, const char *name, struct vm_error *err)
{
	struct count count = { domain, name, folder, 0 };
	struct vm_limits limits;
	enum vm_status status = vm_store_limits_get(context->store, domain->name, &limits, err);

	if (status != VM_OK || limits.max_lists < 0)
		return status;
	status = vm_mailing_list_each(domain, count_file, &count, err);
	if (status == VM_OK && count.found < limits.max_lists)
		status = count_aliases(context->store, &count, err);
	if (status == VM_OK && count.found >= limits.max_lists)
		return vm_fail_field(err, VM_LIMIT, "list", "%s may have %d mailing lists",
				     domain->name, limits.max_lists);
	return status;
}

/* Nobody else may have the name: an account, lines of an alias, a file or a folder. */
static enum vm_status check_free(const struct vm_context *context, const struct vm_domain *domain,
				 int folder, const char *name, struct vm_error *err)
{
	const struct vm_name whole = { name, domain->name };
	char file[NAME_BYTES];
	struct vm_arena arena;
	struct vm_account account;
	struct vm_alias_list lines;
	struct stat info;
	enum vm_status status = VM_INTERNAL;

	file_name(name, file);
	vm_arena_init(&arena, 1024 * 1024);
	status = vm_store_account_get(context->store, whole, &arena, &account, err);
	if (status == VM_NOT_FOUND)
		status = vm_store_alias_get(context->store, whole, &arena, &lines, err);
	if (status == VM_NOT_FOUND)
		status = vm_file_stat(folder, file, &info, err);
	if (status == VM_NOT_FOUND)
		status = vm_file_stat(folder, name, &info, err);
	vm_arena_release(&arena);
	if (status == VM_OK)
		return vm_fail_field(err, VM_EXISTS, "list", "%s@%s is taken", name, domain->name);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

struct remover {
	const char *file; /* ".qmail-LIST" */
	const char *dir;  /* D/LIST */
};

/* ".qmail-LIST-..." that is ezmlm's, by where it leads or by what it says. */
static enum vm_status remove_file(void *context, int folder, const char *file, struct vm_error *err)
{
	const struct remover *const remover = context;
	const size_t length = strlen(remover->file);
	char target[PATH_BYTES] = "";
	struct vm_buf text;
	ssize_t got = 0;
	bool is_its = false;
	enum vm_status status = VM_OK;

	if (strncmp(file, remover->file, length) != 0 || file[length] != '-')
		return VM_OK;
	got = readlinkat(folder, file, target, sizeof target - 1);
	if (got > 0)
		is_its = strncmp(target, remover->dir, strlen(remover->dir)) == 0 &&
			 target[strlen(remover->dir)] == '/';
	if (got < 0) {
		vm_buf_init(&text, FILE_MAX);
		status = vm_file_read_all(folder, file, &text, err);
		is_its = status == VM_OK && strstr(text.bytes, "/ezmlm-") != NULL &&
			 strstr(text.bytes, remover->dir) != NULL;
		vm_buf_release(&text);
	}
	if (status == VM_OK && is_its)
		status = vm_file_remove(folder, file, err);
	return status;
}

static enum vm_status remove_all(const struct vm_domain *domain, int folder, const char *name,
				 struct vm_error *err)
{
	char file[NAME_BYTES], dir[PATH_BYTES];
	struct remover remover = { .file = file, .dir = dir };
	enum vm_status status = VM_OK;

	file_name(name, file);
	if (!vm_text_format(dir, sizeof dir, "%s/%s", domain->dir, name))
		return vm_fail(err, VM_INVALID, "the list's path is too long");
	status = vm_folder_each_name(folder, domain->dir, remove_file, &remover, err);
	if (status == VM_OK)
		status = vm_dir_tree_remove_synced(folder, name, err);
	if (status == VM_OK)
		status = vm_file_remove(folder, file, err);
	if (status == VM_OK)
		status = vm_file_sync_parent(folder, file, err);
	return status;
}

static enum vm_status make(const struct vm_context *context, const struct vm_domain *domain,
			   int folder, const char *name, struct vm_error *err)
{
	char file[NAME_BYTES], dir[PATH_BYTES], dot[PATH_BYTES];
	const char *const arguments[ARGUMENTS] = { dir, dot, name, domain->name, NULL };
	struct vm_error ignored;
	enum vm_status status = VM_INTERNAL;

	file_name(name, file);
	if (!vm_text_format(dir, sizeof dir, "%s/%s", domain->dir, name) ||
	    !vm_text_format(dot, sizeof dot, "%s/%s", domain->dir, file))
		return vm_fail(err, VM_INVALID, "the list's path is too long");
	status = run_program(context, domain, "ezmlm-make", arguments, -1, err);
	if (status == VM_OK)
		status = vm_file_sync_filesystem(folder, domain->dir, err);
	if (status != VM_OK) /* what was made of it is nobody's */
		(void)remove_all(domain, folder, name, &ignored);
	return status;
}

enum vm_status vm_mailing_list_create(const struct vm_context *context,
				      const struct vm_domain *domain, const char *name,
				      struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	int folder = -1;
	enum vm_status status = open_domain(domain, &folder, err);

	if (status == VM_OK) /* two at once must not pass the limit together */
		status = vm_file_lock_take(&lock, folder, ".lists.lock", err);
	if (status == VM_OK)
		status = check_limit(context, domain, folder, name, err);
	if (status == VM_OK)
		status = check_free(context, domain, folder, name, err);
	if (status == VM_OK)
		status = make(context, domain, folder, name, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	return status;
}

static enum vm_status add_alias(const struct vm_context *context, const struct vm_domain *domain,
				const struct vm_alias *alias, const struct vm_limits *limits,
				struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	int folder = -1;
	enum vm_status status = open_domain(domain, &folder, err);

	if (status == VM_OK)
		status = vm_file_lock_take(&lock, folder, ".lists.lock", err);
	if (status == VM_OK)
		status = check_limit(context, domain, folder, alias->user, err);
	if (status == VM_OK)
		status = vm_store_alias_insert_within(context->store, alias, limits, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_mailing_list_alias_add(const struct vm_context *context,
					 const struct vm_alias *alias,
					 const struct vm_limits *limits, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(context->store, alias->domain, &arena, &domain, err);
	if (status == VM_OK)
		status = add_alias(context, &domain, alias, limits, err);
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_mailing_list_remove(const struct vm_domain *domain, const char *name,
				      struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	int folder = -1;
	enum vm_status status = require(domain, name, err);

	if (status == VM_OK)
		status = open_domain(domain, &folder, err);
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, folder, ".lists.lock", err);
	if (status == VM_OK)
		status = remove_all(domain, folder, name, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	return status;
}
