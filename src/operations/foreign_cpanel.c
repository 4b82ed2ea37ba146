/*
 * Reads what cPanel keeps of an account's mail: etc/DOMAIN/passwd (user:x:uid:gid:comment:Maildir:shell), etc/DOMAIN/shadow
 * (user:hash:...), etc/DOMAIN/quota (user:bytes) and, in Exim's form, valiases/DOMAIN (or va/DOMAIN, in its backups).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/quota.h"
#include "operations/foreign_internal.h"
#include "util/file.h"
#include "util/folder_names.h"
#include "util/text.h"

enum { DOMAINS_MAX = 100000, ARENA_MAX = 64 * 1024 * 1024, WHERE_MAX = 256, WORDS_MAX = 1000 };

struct folder {
	struct vm_foreign_out *out;
	int root, etc;
	struct vm_arena arena; /* names, then one domain's files */
	const char **domains;
	size_t count;
};

/* The lines "NAME:VALUE" of one small file, sorted by name. */
struct row {
	const char *name, *value;
	size_t number;
};

struct rows {
	char where[WHERE_MAX]; /* "etc/example.org/shadow" */
	struct row *items;
	size_t count;
};

static int row_by_name(const void *one, const void *other)
{
	const struct row *const a = one, *const b = other;

	return strcmp(a->name, b->name);
}

static int by_text(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static enum vm_status add_domain(void *context, int etc, const char *name, struct vm_error *err)
{
	struct folder *const folder = context;
	char domain[VM_DOMAIN_MAX + 1];
	struct stat info;

	if (name[0] == '.' || vm_file_stat(etc, name, &info, err) != VM_OK ||
	    !S_ISDIR(info.st_mode))
		return VM_OK;
	if (vm_domain_parse(name, &folder->out->policy, domain, err) != VM_OK ||
	    strcmp(domain, name) != 0) {
		vm_foreign_skip(folder->out, name, 0, "it is no domain's name");
		return VM_OK;
	}
	if (folder->count == DOMAINS_MAX)
		return vm_fail(err, VM_LIMIT, "more than %d domains", DOMAINS_MAX);
	folder->domains[folder->count] = vm_arena_strdup(&folder->arena, name);
	return folder->domains[folder->count++] == NULL ? vm_fail_memory(err) : VM_OK;
}

/* One file's text in the arena; NULL when there is none. Links are not followed: the tree was an account's own. */
static enum vm_status read_text(struct folder *folder, const char *where, struct vm_arena *arena,
				char **out, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	*out = NULL;
	vm_buf_init(&text, ARENA_MAX / 4);
	status = vm_file_read_all(folder->root, where, &text, err);
	if (status == VM_OK) {
		*out = vm_arena_strndup(arena, text.bytes, text.length);
		if (*out == NULL)
			status = vm_fail_memory(err);
	}
	vm_buf_release(&text);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static enum vm_status read_rows(struct folder *folder, const char *domain, const char *file,
				struct vm_arena *arena, struct rows *out, struct vm_error *err)
{
	char *rest = NULL;
	size_t number = 0;
	enum vm_status status = VM_INTERNAL;

	*out = (struct rows){ .count = 0 };
	if (!vm_text_format(out->where, sizeof out->where, "%s/%s%s%s",
			    file[0] == 'v' ? file : "etc", domain, file[0] == 'v' ? "" : "/",
			    file[0] == 'v' ? "" : file))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", domain);
	status = read_text(folder, out->where, arena, &rest, err);
	if (status != VM_OK || rest == NULL)
		return status;
	out->items = vm_arena_alloc_array(arena, count_lines(rest), sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	while (rest != NULL) {
		char *const line = vm_foreign_cut(&rest, '\n');
		char *value = line;
		const char *const name = vm_foreign_cut(&value, ':');

		number++;
		if (name[0] == '\0' || name[0] == '#')
			continue;
		if (value == NULL)
			vm_foreign_skip(folder->out, out->where, number, "it has no ':'");
		else
			out->items[out->count++] = (struct row){ name, value, number };
	}
	qsort(out->items, out->count, sizeof *out->items, row_by_name);
	return VM_OK;
}

static const struct row *find_row(const struct rows *rows, const char *name)
{
	const struct row wanted = { name, NULL, 0 };

	return rows->count == 0 ? NULL
				: bsearch(&wanted, rows->items, rows->count, sizeof *rows->items,
					  row_by_name);
}

/* The n-th field behind the name, in the arena. */
static const char *field(struct vm_arena *arena, const struct row *row, size_t index)
{
	char *rest = vm_arena_strdup(arena, row->value);
	const char *value = NULL;

	for (size_t i = 0; i <= index; i++)
		value = vm_foreign_cut(&rest, ':');
	return value == NULL ? "" : value;
}

/* 0 and nothing is no quota. */
static void find_quota(const struct folder *folder, const struct rows *quotas, const char *user,
		       char out[VM_QUOTA_MAX + 1])
{
	const struct row *const row = find_row(quotas, user);
	struct vm_quota quota = { 0 };

	if (row != NULL && row->value[0] != '\0' &&
	    !vm_text_parse_u64(row->value, INT64_MAX, &quota.bytes))
		vm_foreign_skip(folder->out, quotas->where, row->number,
				"the quota of %s is no number: none is set", user);
	vm_quota_print(&quota, out);
}

/* Where the mail is. NULL: it is not said. */
static const char *find_home(const struct folder *folder, const struct rows *users,
			     const struct row *user, struct vm_arena *arena)
{
	const char *const path = field(arena, user, 4);

	if (path[0] == '/')
		return path;
	if (path[0] != '\0')
		vm_foreign_skip(folder->out, users->where, user->number,
				"%s: the home %.100s is no absolute path", user->name, path);
	return NULL;
}

static enum vm_status put_accounts(struct folder *folder, const char *domain,
				   const struct rows *users, struct vm_arena *arena,
				   struct vm_error *err)
{
	struct rows hashes, quotas;
	enum vm_status status = read_rows(folder, domain, "shadow", arena, &hashes, err);

	if (status == VM_OK)
		status = read_rows(folder, domain, "quota", arena, &quotas, err);
	for (size_t i = 0; status == VM_OK && i < users->count; i++) {
		const struct row *const user = &users->items[i];
		const struct row *const hash = find_row(&hashes, user->name);
		struct vm_transfer transfer = { .type = VM_TRANSFER_ACCOUNT,
						.user = user->name,
						.domain = domain };
		char quota[VM_QUOTA_MAX + 1];

		find_quota(folder, &quotas, user->name, quota);
		if (hash == NULL)
			vm_foreign_skip(folder->out, users->where, user->number,
					"%s has no line in shadow: nobody can log in", user->name);
		transfer.account.account =
			(struct vm_account){ .hash = hash == NULL ? "" : field(arena, hash, 0),
					     .kind = VM_ACCOUNT_POP,
					     .quota = quota,
					     .comment = field(arena, user, 3),
					     .home = "",
					     .clear = "" };
		transfer.account.has_quota = true;
		transfer.account.has_comment = transfer.account.account.comment[0] != '\0';
		transfer.account.maildir = find_home(folder, users, user, arena);
		status = vm_foreign_put_or_skip(
			folder->out, &transfer,
			&(struct vm_foreign_origin){ users->where, user->number, user->name }, err);
	}
	return status;
}

/* False: Exim knows it, and we have no place for it. */
static bool read_destination(char *word, struct vm_destination *out)
{
	const size_t length = strlen(word);

	*out = (struct vm_destination){ .kind = VM_DESTINATION_FORWARD, .text = word };
	if (word[0] == '|') {
		out->kind = VM_DESTINATION_PROGRAM;
		out->text = word + 1 + strspn(word + 1, "| \t");
	} else if (word[0] == '/' && strcmp(word, "/dev/null") != 0) {
		out->kind = word[length - 1] == '/' ? VM_DESTINATION_MAILDIR : VM_DESTINATION_MBOX;
	} else if (strcmp(word, "/dev/null") == 0 || vm_text_starts_with(word, ":blackhole:")) {
		out->kind = VM_DESTINATION_COMMENT;
		out->text = " mail is thrown away";
	} else if (word[0] == ':' || strchr(word, '@') == NULL) {
		return false;
	}
	return true;
}

/* What cPanel calls the default address. */
static const char *find_catch_all(const struct folder *folder, const struct rows *aliases,
				  struct vm_arena *arena)
{
	const struct row *const row = find_row(aliases, "*");
	char *rest = row == NULL ? NULL : vm_arena_strdup(arena, row->value);
	char *const word = vm_foreign_next_word(&rest);

	if (row == NULL)
		return NULL;
	if (word == NULL || vm_text_starts_with(word, ":fail:"))
		return "bounce-no-mailbox";
	if (vm_text_starts_with(word, ":blackhole:") || strcmp(word, "/dev/null") == 0)
		return "delete";
	if (word[0] != '|' && word[0] != '/' && strchr(word, '@') != NULL &&
	    strchr(word, ' ') == NULL && rest == NULL)
		return word;
	vm_foreign_skip(folder->out, aliases->where, row->number,
			"the default address \"%.100s\" has no place here", word);
	return NULL;
}

/* The lines of an alias; an account of that name keeps its copy, as cPanel has it. */
static enum vm_status put_alias(struct folder *folder, const struct rows *aliases,
				const struct row *row, const struct vm_transfer *base,
				bool is_account, struct vm_arena *arena, struct vm_error *err)
{
	struct vm_transfer transfer = *base;
	struct vm_destination_list *const list = &transfer.destinations;
	char *rest = vm_arena_strdup(arena, row->value);
	char *word = NULL;

	list->items = vm_arena_alloc_array(arena, WORDS_MAX + 1, sizeof *list->items);
	if (rest == NULL || list->items == NULL)
		return vm_fail_memory(err);
	while (list->count < WORDS_MAX && (word = vm_foreign_next_word(&rest)) != NULL) {
		if (read_destination(word, &list->items[list->count]))
			list->count++;
		else
			vm_foreign_skip(folder->out, aliases->where, row->number,
					"%s: the destination \"%.100s\" has no place here",
					transfer.user, word);
	}
	if (list->count == 0)
		return VM_OK;
	if (is_account) {
		struct vm_destination *const own = &list->items[list->count++];

		own->kind = VM_DESTINATION_MAILBOX;
		own->text = vm_arena_printf(arena, "%s@%s", transfer.user, transfer.domain);
		if (own->text == NULL)
			return vm_fail_memory(err);
	}
	return vm_foreign_put_or_skip(
		folder->out, &transfer,
		&(struct vm_foreign_origin){ aliases->where, row->number, row->name }, err);
}

static enum vm_status put_aliases(struct folder *folder, const char *domain,
				  const struct rows *users, const struct rows *aliases,
				  struct vm_arena *arena, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < aliases->count; i++) {
		const struct row *const row = &aliases->items[i];
		struct vm_transfer transfer = { .type = VM_TRANSFER_ALIAS };
		struct vm_address address;

		if (strcmp(row->name, "*") == 0)
			continue;
		if (vm_address_parse(row->name, &folder->out->policy, &address, err) != VM_OK ||
		    strcmp(address.domain, domain) != 0) {
			vm_foreign_skip(folder->out, aliases->where, row->number,
					"%.100s is no address of %s", row->name, domain);
			continue;
		}
		transfer.user = address.user;
		transfer.domain = domain;
		status = put_alias(folder, aliases, row, &transfer,
				   find_row(users, address.user) != NULL, arena, err);
	}
	return status;
}

static enum vm_status put_domain(struct folder *folder, const char *domain, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_DOMAIN, .domain = domain };
	struct rows users, aliases;
	struct vm_arena arena;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = read_rows(folder, domain, "passwd", &arena, &users, err);
	if (status == VM_OK)
		status = read_rows(folder, domain, "valiases", &arena, &aliases, err);
	if (status == VM_OK && aliases.count == 0)
		status = read_rows(folder, domain, "va", &arena, &aliases, err);
	if (status == VM_OK) {
		transfer.about.catch_all = find_catch_all(folder, &aliases, &arena);
		status = vm_foreign_put_domain(
			folder->out, &transfer,
			&(struct vm_foreign_origin){ aliases.where, 0, domain }, err);
	}
	if (status == VM_OK)
		status = put_accounts(folder, domain, &users, &arena, err);
	if (status == VM_OK)
		status = put_aliases(folder, domain, &users, &aliases, &arena, err);
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_foreign_cpanel(struct vm_foreign_out *out, struct vm_error *err)
{
	const char *const name = out->foreign->name;
	struct folder folder = { .out = out, .root = -1, .etc = -1 };
	enum vm_status status = vm_file_open_folder(AT_FDCWD, name, &folder.root, err);

	vm_arena_init(&folder.arena, ARENA_MAX);
	folder.domains = vm_arena_alloc_array(&folder.arena, DOMAINS_MAX, sizeof *folder.domains);
	if (status == VM_OK)
		status = vm_file_open_folder(folder.root, "etc", &folder.etc, err);
	if (status == VM_NOT_FOUND || (status == VM_TEMPFAIL && err->sys_errno == ENOTDIR))
		status = vm_fail_field(err, VM_INVALID, "file", "%s is no folder with a folder etc",
				       name);
	if (status == VM_OK && folder.domains == NULL)
		status = vm_fail_memory(err);
	if (status == VM_OK)
		status = vm_folder_each_name(folder.etc, "etc", add_domain, &folder, err);
	if (status == VM_OK)
		qsort(folder.domains, folder.count, sizeof *folder.domains, by_text);
	for (size_t i = 0; status == VM_OK && i < folder.count; i++)
		status = put_domain(&folder, folder.domains[i], err);
	vm_arena_release(&folder.arena);
	vm_file_discard(&folder.etc);
	vm_file_discard(&folder.root);
	return status;
}
