/* The engine of the memory store: one for the process, as a database server is one for its clients. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "util/text.h"

/* A test double is the one library that may have file-scope state: two connections must see the same rows. */
static struct {
	struct vm_memory_table now[VM_MEMORY_GROUPS];
	struct vm_memory_table before[VM_MEMORY_GROUPS]; /* as they were when the unit began */
	const struct vm_backend *unit;                   /* who has one open */
	char unit_domain[VM_DOMAIN_MAX + 1];
	bool is_away;
	unsigned int calls;
	unsigned int fail_at; /* number of the call that fails, 0 = none */
	unsigned int lose_at;
	enum vm_status fail_status, lose_status;
	unsigned long number;
} engine;

struct vm_memory_table *vm_memory_table_of(enum vm_memory_group group)
{
	return &engine.now[group];
}

static void clear_tables(struct vm_memory_table tables[VM_MEMORY_GROUPS])
{
	for (size_t i = 0; i < VM_MEMORY_GROUPS; i++)
		vm_memory_table_clear(&tables[i]);
}

void vm_memory_reset(void)
{
	clear_tables(engine.now);
	clear_tables(engine.before);
	memset(&engine, 0, sizeof engine);
}

void vm_memory_set_away(bool away)
{
	engine.is_away = away;
}

void vm_memory_fail(unsigned int skip, enum vm_status status)
{
	engine.fail_at = engine.calls + skip + 1;
	engine.fail_status = status;
}

void vm_memory_lose_answer(unsigned int skip, enum vm_status status)
{
	engine.lose_at = engine.calls + skip + 1;
	engine.lose_status = status;
}

unsigned int vm_memory_calls(void)
{
	return engine.calls;
}

unsigned long vm_memory_next_number(void)
{
	return ++engine.number;
}

enum vm_status vm_memory_enter(struct vm_error *err)
{
	engine.calls++;
	if (engine.is_away)
		return vm_fail(err, VM_TEMPFAIL, "the memory store is away");
	if (engine.calls == engine.fail_at)
		return vm_fail(err, engine.fail_status, "the memory store was told to fail");
	return VM_OK;
}

enum vm_status vm_memory_enter_change(const struct vm_backend *backend, const char *domain,
				      struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);

	if (status != VM_OK)
		return status;
	if (engine.unit != NULL && engine.unit != backend &&
	    strcmp(engine.unit_domain, domain) == 0)
		return vm_fail(err, VM_TEMPFAIL, "someone else works on %s", domain);
	return VM_OK;
}

enum vm_status vm_memory_leave_change(enum vm_status status, struct vm_error *err)
{
	if (status == VM_OK && engine.calls == engine.lose_at)
		return vm_fail(err, engine.lose_status, "the answer of the memory store was lost");
	return status;
}

enum vm_status vm_memory_key(char key[VM_MEMORY_KEY_MAX], const char *domain, const char *user,
			     struct vm_error *err)
{
	if (!vm_text_format(key, VM_MEMORY_KEY_MAX, "%s" VM_MEMORY_PART "%s", domain, user))
		return vm_fail(err, VM_INTERNAL, "a name passes its maximum");
	return VM_OK;
}

static enum vm_status open_backend(const struct vm_config *config, bool writable,
				   struct vm_backend **out, struct vm_error *err)
{
	enum vm_status status = vm_memory_enter(err);

	(void)config; /* no settings */
	(void)writable;
	*out = NULL;
	if (status != VM_OK)
		return status;
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return vm_fail_memory(err);
	(*out)->module = &vm_memory_module;
	return VM_OK;
}

static void rollback(struct vm_backend *backend)
{
	if (engine.unit == NULL || engine.unit != backend)
		return;
	clear_tables(engine.now);
	memcpy(engine.now, engine.before, sizeof engine.now);
	memset(engine.before, 0, sizeof engine.before);
	engine.unit = NULL;
}

static void close_backend(struct vm_backend **backend)
{
	if (*backend == NULL)
		return;
	rollback(*backend);
	free(*backend);
	*backend = NULL;
}

static enum vm_status ping(struct vm_backend *backend, struct vm_error *err)
{
	(void)backend;
	return vm_memory_enter(err);
}

static enum vm_status copy_tables(struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < VM_MEMORY_GROUPS && status == VM_OK; i++)
		status = vm_memory_table_copy(&engine.now[i], &engine.before[i], err);
	if (status != VM_OK)
		clear_tables(engine.before);
	return status;
}

static enum vm_status begin(struct vm_backend *backend, const char *domain, struct vm_error *err)
{
	enum vm_status status = vm_memory_enter(err);

	if (status == VM_OK && engine.unit == backend)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open already");
	if (status == VM_OK && engine.unit != NULL)
		return vm_fail(err, VM_TEMPFAIL, "someone else works on %s", engine.unit_domain);
	if (status == VM_OK)
		status = vm_memory_need_domain(domain, err);
	if (status == VM_OK && !vm_text_copy(engine.unit_domain, sizeof engine.unit_domain, domain))
		status = vm_fail(err, VM_INTERNAL, "a name passes its maximum");
	if (status == VM_OK)
		status = copy_tables(err);
	if (status == VM_OK)
		engine.unit = backend;
	return status;
}

static enum vm_status commit(struct vm_backend *backend, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);

	if (engine.unit != backend)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	if (status != VM_OK) {
		rollback(backend);
		return status;
	}
	clear_tables(engine.before);
	engine.unit = NULL;
	return vm_memory_leave_change(VM_OK, err);
}

static const struct vm_unit_ops unit_ops = {
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
};

const struct vm_auth_module vm_memory_module = {
	.api = VM_AUTH_MODULE_API,
	.name = "memory",
	.open = open_backend,
	.close = close_backend,
	.ping = ping,
	.accounts = &vm_memory_account_ops,
	.domains = &vm_memory_domain_ops,
	.logins = &vm_memory_login_ops,
	.aliases = &vm_memory_alias_ops,
	.limits = &vm_memory_limit_ops,
	.ip_maps = &vm_memory_ip_map_ops,
	.relays = &vm_memory_relay_ops,
	.usage = &vm_memory_usage_ops,
	.log = &vm_memory_log_ops,
	.units = &unit_ops,
};
