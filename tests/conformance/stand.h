/*
 * Where every store module proves that it keeps the promises of auth_module.h: a small installation, two connections
 * to the store (as two processes have) and a door in front of it. A new module adds a row to `modules`.
 */
#ifndef VM_TESTS_CONFORMANCE_STAND_H
#define VM_TESTS_CONFORMANCE_STAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../auth-modules/memory/memory.h"
#include "auth/store.h"
#include "core/dir_tree.h"

extern const struct vm_auth_module vm_cdb_module, vm_sqlite_module, vm_mysql_module,
	vm_pgsql_module;

struct stand;
static inline bool use_sqlite(struct stand *stand);
static inline bool use_mysql(struct stand *stand);
static inline bool use_pgsql(struct stand *stand);

#define DOMAIN "example.com"
#define OTHER  "other.example"
#define ALIAS  "alias.example"

static const struct candidate {
	const struct vm_auth_module *module;
	void (*reset)(void);
	bool is_shared;                   /* other processes see it */
	bool (*use)(struct stand *stand); /* its settings; false: there is no server for it here */
} modules[] = {
	{ &vm_memory_module, vm_memory_reset, false, NULL }, { &vm_cdb_module, NULL, true, NULL },
#ifdef HAVE_SQLITE
	{ &vm_sqlite_module, NULL, true, use_sqlite },
#endif
#ifdef HAVE_MARIADB
	{ &vm_mysql_module, NULL, true, use_mysql },
#endif
#ifdef HAVE_PQ
	{ &vm_pgsql_module, NULL, true, use_pgsql },
#endif
};

/* Which of them the running tests are about; set by main alone. */
static const struct candidate *candidate;

struct stand {
	char root[64], qmail[96], dir[96], other_dir[96];
	struct vm_config config;
	struct vm_config_entry entries[12];
	char file[96];
	struct vm_backend *backend, *second;
	struct vm_store *store;
	struct vm_arena arena;
	struct vm_error err;
};

/* Shorter calls of the raw interface: OPS(accounts)->get(stand->backend, ...). */
#define OPS(group) (candidate->module->group)

static inline void must(enum vm_status status, const struct vm_error *err)
{
	if (status != VM_OK)
		fail_msg("%s: %s", vm_status_name(status), err->text);
}

static inline enum vm_status stand_add_domain(struct stand *stand, const char *name,
					      const char *real, const char *dir)
{
	const struct vm_domain_entry entry = {
		.name = name, .real = real, .dir = dir, .uid = geteuid(), .gid = getegid()
	};

	return OPS(domains)->insert(stand->backend, &entry, &stand->err);
}

static inline void stand_set(struct stand *stand, const char *section, const char *name,
			     const char *value)
{
	stand->entries[stand->config.entry_count++] =
		(struct vm_config_entry){ section, name, value, 0 };
	stand->config.entries = stand->entries;
}

static inline bool use_sqlite(struct stand *stand)
{
	int fd = -1;

	(void)snprintf(stand->file, sizeof stand->file, "%s/store.sqlite", stand->root);
	fd = open(stand->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	close(fd);
	stand_set(stand, "sqlite", "file", stand->file);
	return true;
}

/* A server that the caller of the tests has started: VM_TEST_MYSQL_HOST and the like. */
static inline bool use_server(struct stand *stand, const char *section, const char *prefix,
			      const char *const *names)
{
	for (; *names != NULL; names++) {
		char variable[64];
		const char *value = NULL;

		(void)snprintf(variable, sizeof variable, "VM_TEST_%s_%s", prefix, *names);
		for (char *byte = variable; *byte != '\0'; byte++)
			if (*byte >= 'a' && *byte <= 'z')
				*byte -= 'a' - 'A';
		value = getenv(variable);
		if (value != NULL && value[0] != '\0')
			stand_set(stand, section, *names, value);
	}
	return stand->config.entry_count > 0;
}

static inline bool use_mysql(struct stand *stand)
{
	static const char *const names[] = { "host",     "port", "socket", "user", "password",
					     "database", "tls",  "tls_ca", NULL };

	return use_server(stand, "mysql", "MYSQL", names);
}

static inline bool use_pgsql(struct stand *stand)
{
	static const char *const names[] = { "host",     "port",    "user",        "password",
					     "database", "sslmode", "sslrootcert", NULL };

	return use_server(stand, "pgsql", "PGSQL", names);
}

/* A server outlives a test: what the one before has left goes. */
static inline void stand_clean(struct stand *stand)
{
	const struct vm_page page = { "", 100 };
	struct vm_domain_list domains;
	struct vm_ip_map_list maps;
	uint64_t removed = 0;

	must(OPS(domains)->list(stand->backend, page, &stand->arena, &domains, &stand->err),
	     &stand->err);
	for (size_t i = 0; i < domains.count; i++)
		must(OPS(domains)->remove(stand->backend, domains.items[i].name, &stand->err),
		     &stand->err);
	must(OPS(ip_maps)->list(stand->backend, page, &stand->arena, &maps, &stand->err),
	     &stand->err);
	for (size_t i = 0; i < maps.count; i++)
		must(OPS(ip_maps)->remove(stand->backend, maps.items[i].ip, &stand->err),
		     &stand->err);
	must(OPS(relays)->expire(stand->backend, INT32_MAX, &removed, &stand->err), &stand->err);
	must(OPS(log)->purge(stand->backend, INT32_MAX, INT32_MAX, &removed, &stand->err),
	     &stand->err);
}

static inline int stand_make(void **state)
{
	struct stand *const stand = calloc(1, sizeof *stand);
	char path[128];

	if (stand == NULL)
		return -1;
	*state = stand;
	memcpy(stand->root, "/tmp/virtmail-stand-XXXXXX", sizeof "/tmp/virtmail-stand-XXXXXX");
	if (mkdtemp(stand->root) == NULL)
		return -1;
	(void)snprintf(stand->qmail, sizeof stand->qmail, "%s/q", stand->root);
	(void)snprintf(stand->dir, sizeof stand->dir, "%s/" DOMAIN, stand->root);
	(void)snprintf(stand->other_dir, sizeof stand->other_dir, "%s/" OTHER, stand->root);
	if (mkdir(stand->qmail, 0755) != 0 || mkdir(stand->dir, 0700) != 0 ||
	    mkdir(stand->other_dir, 0700) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/users", stand->qmail);
	if (mkdir(path, 0755) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/etc", stand->root);
	if (mkdir(path, 0755) != 0)
		return -1;
	stand->config.home = stand->root;
	stand->config.qmail_dir = stand->qmail;
	stand->config.qmail_cdb_name = "cdb";
	vm_arena_init(&stand->arena, 256 * 1024 * 1024);
	if (candidate->use != NULL && !candidate->use(stand))
		return -1;
	must(candidate->module->open(&stand->config, true, &stand->backend, &stand->err),
	     &stand->err);
	if (candidate->module->schema != NULL) {
		must(OPS(schema)->apply(stand->backend, &stand->err), &stand->err);
		must(OPS(schema)->import(stand->backend, NULL, 0, true, &stand->err), &stand->err);
		stand_clean(stand);
	}
	must(candidate->module->open(&stand->config, true, &stand->second, &stand->err),
	     &stand->err);
	must(vm_store_open_with(candidate->module, &stand->config, true, &stand->store,
				&stand->err),
	     &stand->err);
	must(stand_add_domain(stand, DOMAIN, DOMAIN, stand->dir), &stand->err);
	must(stand_add_domain(stand, OTHER, OTHER, stand->other_dir), &stand->err);
	must(stand_add_domain(stand, ALIAS, DOMAIN, stand->dir), &stand->err);
	return 0;
}

static inline int stand_remove(void **state)
{
	struct stand *const stand = *state;
	int result = 0;

	vm_store_close(&stand->store);
	candidate->module->close(&stand->second);
	candidate->module->close(&stand->backend);
	vm_arena_release(&stand->arena);
	if (candidate->reset != NULL)
		candidate->reset();
	if (vm_dir_tree_remove(AT_FDCWD, stand->root, &stand->err) != VM_OK)
		result = -1;
	free(stand);
	return result;
}

static inline struct vm_name name_of(const char *user)
{
	return (struct vm_name){ user, DOMAIN };
}

static inline struct vm_account account_of(const char *user)
{
	return (struct vm_account){
		.user = user,
		.domain = DOMAIN,
		.hash = "$1$abcdefgh$0123456789012345678901",
		.kind = VM_ACCOUNT_POP,
		.comment = "somebody",
		.home = "",
		.quota = "NOQUOTA",
		.clear = "",
	};
}

static inline enum vm_status stand_insert(struct stand *stand, const char *user)
{
	const struct vm_account account = account_of(user);

	return OPS(accounts)->insert(stand->backend, &account, &stand->err);
}

static inline enum vm_status stand_get(struct stand *stand, const char *user,
				       struct vm_account *out)
{
	return OPS(accounts)->get(stand->backend, name_of(user), &stand->arena, out, &stand->err);
}

static inline uint64_t stand_count(struct stand *stand)
{
	uint64_t count = 0;

	must(OPS(accounts)->count(stand->backend, DOMAIN, &count, &stand->err), &stand->err);
	return count;
}

static inline void assert_same_account(const struct vm_account *a, const struct vm_account *b)
{
	assert_string_equal(a->user, b->user);
	assert_string_equal(a->domain, b->domain);
	assert_string_equal(a->hash, b->hash);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_string_equal(a->comment, b->comment);
	assert_string_equal(a->home, b->home);
	assert_string_equal(a->quota, b->quota);
	assert_string_equal(a->clear, b->clear);
}

/* `make check` alone runs without servers; ./check starts them (REQUIRE_DATABASES). */
static inline bool stand_has_server(void)
{
	struct stand nothing = { .root = "/nonexistent" };
	const char *const only = getenv("VM_TEST_MODULE");

	if (only != NULL && strcmp(only, candidate->module->name) != 0)
		return false;
	return candidate->use == NULL || candidate->use == use_sqlite || candidate->use(&nothing);
}

#define AT_STAND(test) cmocka_unit_test_setup_teardown(test, stand_make, stand_remove)

/* Runs an array of tests once for each module that they are about; the number of failures. */
#define RUN_FOR_MODULES(condition, tests, failures)                                             \
	do {                                                                                    \
		for (size_t m_ = 0; m_ < sizeof modules / sizeof *modules; m_++) {              \
			candidate = &modules[m_];                                               \
			if (!(condition) || !stand_has_server())                                \
				continue;                                                       \
			(void)printf("# module %s\n", candidate->module->name);                 \
			(failures) += _cmocka_run_group_tests(candidate->module->name, (tests), \
							      sizeof(tests) / sizeof *(tests),  \
							      NULL, NULL);                      \
		}                                                                               \
	} while (0)

#define RUN_FOR_EACH_MODULE(tests, failures) RUN_FOR_MODULES(true, tests, failures)

#endif
