/* A small installation of the cdb store in a folder of its own: Q/users, one domain, an open backend. After cmocka.h. */
#ifndef VM_TESTS_UNIT_CDB_SITE_H
#define VM_TESTS_UNIT_CDB_SITE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/auth_module.h"
#include "core/dir_tree.h"
#include "util/arena.h"

extern const struct vm_auth_module vm_cdb_module;

#define SITE_DOMAIN "example.com"

struct cdb_site {
	char root[64];
	char qmail[96];
	char dir[96]; /* D of SITE_DOMAIN */
	int folder;   /* D, open */
	struct vm_config config;
	struct vm_backend *backend;
	struct vm_arena arena;
	unsigned int warnings;
	char warning[512];
};

static inline void site_warned(void *context, const char *text)
{
	struct cdb_site *const site = context;

	site->warnings++;
	(void)snprintf(site->warning, sizeof site->warning, "%s", text);
}

static inline void site_open(struct cdb_site *site)
{
	struct vm_error err;

	assert_int_equal(vm_cdb_module.open(&site->config, true, &site->backend, &err), VM_OK);
	site->backend->warning.warn = site_warned;
	site->backend->warning.context = site;
}

static inline void site_add_domain(struct cdb_site *site, const char *name, const char *dir)
{
	const struct vm_domain_entry entry = {
		.name = name, .real = name, .dir = dir, .uid = getuid(), .gid = getgid()
	};
	struct vm_error err;

	assert_int_equal(site->backend->module->domains->insert(site->backend, &entry, &err),
			 VM_OK);
}

static inline int site_make(void **state)
{
	struct cdb_site *const site = calloc(1, sizeof *site);
	char path[128];

	if (site == NULL)
		return -1;
	memcpy(site->root, "/tmp/virtmail-cdb-XXXXXX", sizeof "/tmp/virtmail-cdb-XXXXXX");
	if (mkdtemp(site->root) == NULL)
		return -1;
	(void)snprintf(site->qmail, sizeof site->qmail, "%s/q", site->root);
	(void)snprintf(site->dir, sizeof site->dir, "%s/%s", site->root, SITE_DOMAIN);
	(void)snprintf(path, sizeof path, "%s/users", site->qmail);
	if (mkdir(site->qmail, 0755) != 0 || mkdir(path, 0755) != 0 || mkdir(site->dir, 0700) != 0)
		return -1;
	site->config.qmail_dir = site->qmail;
	site->config.qmail_cdb_name = "cdb";
	vm_arena_init(&site->arena, 256 * 1024 * 1024);
	site->folder = open(site->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	site_open(site);
	site_add_domain(site, SITE_DOMAIN, site->dir);
	*state = site;
	return 0;
}

static inline int site_remove(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	int result = 0;

	vm_cdb_module.close(&site->backend);
	vm_arena_release(&site->arena);
	close(site->folder);
	if (vm_dir_tree_remove(AT_FDCWD, site->root, &err) != VM_OK)
		result = -1;
	free(site);
	return result;
}

static inline struct vm_account site_account(const char *user, const char *comment)
{
	return (struct vm_account){
		.user = user,
		.domain = SITE_DOMAIN,
		.hash = "$1$abcdefgh$0123456789012345678901",
		.kind = VM_ACCOUNT_POP,
		.comment = comment,
		.home = "",
		.quota = "NOQUOTA",
		.clear = "",
	};
}

static inline enum vm_status site_insert(struct cdb_site *site, const char *user,
					 const char *comment)
{
	const struct vm_account account = site_account(user, comment);
	struct vm_error err = { .status = VM_OK };
	const enum vm_status status =
		site->backend->module->accounts->insert(site->backend, &account, &err);

	if (status != VM_OK && status != VM_EXISTS)
		print_message("insert %s: %s\n", user, err.text);
	return status;
}

static inline enum vm_status site_update(struct cdb_site *site, const char *user,
					 const char *comment)
{
	const struct vm_account account = site_account(user, comment);
	struct vm_error err;

	return site->backend->module->accounts->update(site->backend, &account, NULL, &err);
}

static inline enum vm_status site_delete(struct cdb_site *site, const char *user)
{
	const struct vm_name name = { user, SITE_DOMAIN };
	struct vm_error err;

	return site->backend->module->accounts->remove(site->backend, name, &err);
}

/* The comment of an account; NULL when there is none; the test fails on "later". */
static inline const char *site_comment(struct cdb_site *site, const char *user)
{
	const struct vm_name name = { user, SITE_DOMAIN };
	struct vm_account found;
	struct vm_error err = { .status = VM_OK };
	const enum vm_status status = site->backend->module->accounts->get(site->backend, name,
									   &site->arena, &found,
									   &err);

	if (status != VM_OK && status != VM_NOT_FOUND)
		fail_msg("get %s: %s", user, err.text);
	return status == VM_OK ? found.comment : NULL;
}

static inline enum vm_status site_get(struct cdb_site *site, const char *user, struct vm_error *err)
{
	const struct vm_name name = { user, SITE_DOMAIN };
	struct vm_account found;

	return site->backend->module->accounts->get(site->backend, name, &site->arena, &found, err);
}

static inline uint64_t site_count(struct cdb_site *site)
{
	uint64_t count = 0;
	struct vm_error err = { .status = VM_OK };

	if (site->backend->module->accounts->count(site->backend, SITE_DOMAIN, &count, &err) !=
	    VM_OK)
		fail_msg("count: %s", err.text);
	return count;
}

/* Adds user000000 ... in units of 1,000. */
static inline void site_fill(struct cdb_site *site, unsigned int first, unsigned int count)
{
	const struct vm_unit_ops *const units = site->backend->module->units;
	struct vm_error err = { .status = VM_OK };

	for (unsigned int i = first; i < first + count; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "user%06u", i);
		if ((i - first) % 1000 == 0)
			assert_int_equal(units->begin(site->backend, SITE_DOMAIN, &err), VM_OK);
		assert_int_equal(site_insert(site, user, user), VM_OK);
		if ((i - first) % 1000 == 999 || i + 1 == first + count)
			assert_int_equal(units->commit(site->backend, &err), VM_OK);
	}
}

static inline enum vm_status site_fold(struct cdb_site *site, struct vm_error *err)
{
	return site->backend->module->fold(site->backend, SITE_DOMAIN, err);
}

/* The size of a file of D, -1 when it is not there. */
static inline long site_size(const struct cdb_site *site, const char *name)
{
	struct stat found;

	return fstatat(site->folder, name, &found, 0) == 0 ? (long)found.st_size : -1;
}

static inline char *site_read(const struct cdb_site *site, const char *name, size_t *length)
{
	const long size = site_size(site, name);
	const int fd = openat(site->folder, name, O_RDONLY);
	char *const text = size < 0 ? NULL : malloc((size_t)size + 1);

	if (fd < 0 || text == NULL) {
		fail_msg("cannot read %s", name);
		abort(); /* fail_msg does not return; the compiler has not heard of it */
	}
	assert_int_equal(read(fd, text, (size_t)size), size);
	text[size] = '\0';
	close(fd);
	if (length != NULL)
		*length = (size_t)size;
	return text;
}

static inline void site_write(const struct cdb_site *site, const char *name, const void *bytes,
			      size_t length)
{
	const int fd = openat(site->folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

static inline void site_write_text(const struct cdb_site *site, const char *name, const char *text)
{
	site_write(site, name, text, strlen(text));
}

#endif
