/* One call to the cdb store as a program, so that faults can be put into it: cdb_change ROOT VERB [USER [COMMENT]]. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth_module.h"
#include "util/text.h"

extern const struct vm_auth_module vm_cdb_module;

static const char domain[] = "example.com";
enum { PATH = 512, ARENA_MAX = 64 * 1024 * 1024, PAGE = 100000, LATER = 111 };

static int fail(enum vm_status status, const struct vm_error *err)
{
	fprintf(stderr, "%s: %s\n", vm_status_name(status), err->text);
	return vm_status_is_definite(status) ? 1 : LATER;
}

static struct vm_account make_account(const char *user, const char *comment)
{
	static const char long_text[] =
		"................................................................";

	return (struct vm_account){ .user = user,
				    .domain = domain,
				    .hash = "$1$hash",
				    .kind = VM_ACCOUNT_POP,
				    .comment = comment,
				    .home = "",
				    .quota = "NOQUOTA",
				    .clear = long_text };
}

/* The list, the count and the single lookups must tell the same story. */
static enum vm_status dump(struct vm_backend *backend, struct vm_error *err)
{
	const struct vm_page page = { "", PAGE };
	struct vm_account_list list;
	struct vm_arena arena;
	uint64_t count = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_cdb_module.accounts->list(backend, domain, page, &arena, &list, err);
	if (status == VM_OK)
		status = vm_cdb_module.accounts->count(backend, domain, &count, err);
	if (status == VM_OK && count != list.count)
		status = vm_fail(err, VM_INTERNAL, "%" PRIu64 " counted, %zu listed", count,
				 list.count);
	for (size_t i = 0; i < list.count && status == VM_OK; i++) {
		const struct vm_name name = { list.items[i].user, domain };
		struct vm_account found;

		if (i % 97 != 0 && strncmp(name.user, "bulk", 4) == 0)
			continue;
		status = vm_cdb_module.accounts->get(backend, name, &arena, &found, err);
		if (status == VM_OK && strcmp(found.comment, list.items[i].comment) != 0)
			status = vm_fail(err, VM_INTERNAL, "%s differs", name.user);
		printf("%s:%s\n", name.user, list.items[i].comment);
	}
	printf("%" PRIu64 "\n", count);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status fill(struct vm_backend *backend, unsigned long count, struct vm_error *err)
{
	enum vm_status status = vm_cdb_module.units->begin(backend, domain, err);

	for (unsigned long i = 0; i < count && status == VM_OK; i++) {
		char user[32];
		struct vm_account account;

		(void)snprintf(user, sizeof user, "bulk%06lu", i);
		account = make_account(user, "bulk");
		status = vm_cdb_module.accounts->insert(backend, &account, err);
	}
	return status == VM_OK ? vm_cdb_module.units->commit(backend, err) : status;
}

static enum vm_status make_domain(struct vm_backend *backend, const char *root, const char *name,
				  struct vm_error *err)
{
	char dir[PATH];
	const struct vm_domain_entry entry = {
		.name = name, .real = name, .dir = dir, .uid = getuid(), .gid = getgid()
	};

	(void)snprintf(dir, sizeof dir, "%s/%s", root, domain);
	return vm_cdb_module.domains->insert(backend, &entry, err);
}

static enum vm_status run(struct vm_backend *backend, char **argv, struct vm_error *err)
{
	const char *const verb = argv[2], *const user = argv[3] == NULL ? "" : argv[3];
	const struct vm_account account =
		make_account(user, argv[3] == NULL || argv[4] == NULL ? "" : argv[4]);
	const struct vm_name name = { user, domain };

	if (strcmp(verb, "dump") == 0)
		return dump(backend, err);
	if (strcmp(verb, "fill") == 0)
		return fill(backend, strtoul(user, NULL, 10), err);
	if (strcmp(verb, "domain") == 0)
		return make_domain(backend, argv[1], user, err);
	if (strcmp(verb, "insert") == 0)
		return vm_cdb_module.accounts->insert(backend, &account, err);
	if (strcmp(verb, "update") == 0)
		return vm_cdb_module.accounts->update(backend, &account, NULL, err);
	if (strcmp(verb, "remove") == 0)
		return vm_cdb_module.accounts->remove(backend, name, err);
	if (strcmp(verb, "fold") == 0)
		return vm_cdb_module.fold(backend, domain, err);
	return vm_fail(err, VM_INTERNAL, "no verb %s", verb);
}

static void print_warning(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "warning: %s\n", text);
}

int main(int argc, char **argv)
{
	char qmail[PATH];
	const struct vm_config config = { .qmail_dir = qmail, .qmail_cdb_name = "cdb" };
	struct vm_backend *backend = NULL;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	if (argc < 3)
		return LATER;
	(void)snprintf(qmail, sizeof qmail, "%s/q", argv[1]);
	status = vm_cdb_module.open(&config, true, &backend, &err);
	if (status == VM_OK) {
		backend->warning.warn = print_warning;
		status = run(backend, argv, &err);
	}
	vm_cdb_module.close(&backend);
	return status == VM_OK ? 0 : fail(status, &err);
}
