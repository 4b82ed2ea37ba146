/* A small installation for tests of operations: V, Q, the cdb store. Passwords are stand-ins. After cmocka.h. */
#ifndef VM_TESTS_UNIT_OPERATIONS_SITE_H
#define VM_TESTS_UNIT_OPERATIONS_SITE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/store.h"
#include "core/dir_tree.h"
#include "core/maildir_size.h"
#include "core/password_hash.h"
#include "core/password_policy.h"
#include "operations/account_create.h"
#include "operations/domain_create.h"

extern const struct vm_auth_module vm_cdb_module;

struct operations_site {
	char root[64], home[96], qmail[96];
	struct vm_config config;
	struct vm_store *store;
	struct vm_context context;
	struct vm_arena arena;
	struct vm_error err;
};

/* Hashing has tests of its own; here a password of "weak" is refused and every other is stored behind a mark. */
enum vm_status vm_password_policy_check(const struct vm_config *config,
					const struct vm_secret *password, const char *user,
					const char *domain, struct vm_error *err)
{
	(void)config;
	(void)user;
	(void)domain;
	if (strcmp(password->bytes, "weak") == 0)
		return vm_fail_field(err, VM_DENIED, "password", "too weak");
	return VM_OK;
}

enum vm_status vm_password_hash(const struct vm_secret *clear, const char *scheme, uint32_t cost,
				char *out, struct vm_error *err)
{
	(void)scheme;
	(void)cost;
	(void)err;
	(void)snprintf(out, VM_HASH_MAX + 1, "$test$%.100s", clear->bytes);
	return VM_OK;
}

enum vm_status vm_password_check_stored(const char *stored, struct vm_error *err)
{
	return stored[0] == '$' ? VM_OK : vm_fail_field(err, VM_INVALID, "password_hash", "bad");
}

static inline void site_folder(const char *base, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s%s", base, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static inline int site_make(void **state)
{
	struct operations_site *const site = calloc(1, sizeof *site);

	if (site == NULL)
		return -1;
	memcpy(site->root, "/tmp/virtmail-op-XXXXXX", sizeof "/tmp/virtmail-op-XXXXXX");
	if (mkdtemp(site->root) == NULL)
		return -1;
	(void)snprintf(site->home, sizeof site->home, "%s/v", site->root);
	(void)snprintf(site->qmail, sizeof site->qmail, "%s/q", site->root);
	site_folder(site->home, "");
	site_folder(site->qmail, "");
	site_folder(site->qmail, "/users");
	site_folder(site->qmail, "/control");
	site->config = (struct vm_config){
		.home = site->home,
		.uid = getuid(),
		.gid = getgid(),
		.qmail_dir = site->qmail,
		.qmail_cdb_name = "cdb",
		.domains_dir = "domains",
		.auth = "cdb",
		.users_big_dir = true,
		.password_scheme = "test",
		.new_domain_action = "bounce-no-mailbox",
	};
	vm_arena_init(&site->arena, 1024 * 1024);
	if (vm_store_open_with(&vm_cdb_module, &site->config, true, &site->store, &site->err) !=
	    VM_OK)
		return -1;
	site->context = (struct vm_context){ .config = &site->config, .store = site->store };
	*state = site;
	return 0;
}

static inline int site_remove(void **state)
{
	struct operations_site *const site = *state;
	const enum vm_status status = vm_dir_tree_remove(AT_FDCWD, site->root, &site->err);

	vm_store_close(&site->store);
	vm_arena_release(&site->arena);
	free(site);
	return status == VM_OK ? 0 : -1;
}

static inline enum vm_status site_add_domain(struct operations_site *site, const char *name,
					     const char *password)
{
	struct vm_secret secret;
	const struct vm_domain_request request = {
		.domain = name, .uid = getuid(), .gid = getgid(), .password = &secret
	};

	assert_true(vm_secret_set(&secret, password, strlen(password)));
	return vm_domain_create(&site->context, &request, &site->err);
}

static inline enum vm_status site_add_user(struct operations_site *site, const char *user,
					   const char *domain)
{
	const struct vm_account_request request = { .name = { user, domain }, .hash = "$1$a$b" };

	return vm_account_create(&site->context, &request, &site->err);
}

static inline struct vm_account site_get(struct operations_site *site, const char *user,
					 const char *domain)
{
	struct vm_account found = { .user = "" };

	if (vm_store_account_get(site->store, (struct vm_name){ user, domain }, &site->arena,
				 &found, &site->err) != VM_OK)
		fail_msg("get %s@%s: %s", user, domain, site->err.text);
	return found;
}

static inline bool site_has(const struct operations_site *site, const char *path)
{
	char full[256];

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	return access(full, F_OK) == 0;
}

static inline void site_write(const struct operations_site *site, const char *path,
			      const char *text)
{
	char full[256];
	int fd = -1;

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The content of a small file, "" when there is none. */
static inline const char *site_read(const struct operations_site *site, const char *path,
				    char room[1024])
{
	char full[256];
	ssize_t got = 0;
	int fd = -1;

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	fd = open(full, O_RDONLY);
	if (fd >= 0)
		got = read(fd, room, 1023);
	room[got > 0 ? got : 0] = '\0';
	close(fd);
	return room;
}

#define IN_SITE(test) cmocka_unit_test_setup_teardown(test, site_make, site_remove)

#endif
