/* A store in SQL: compiled once for each engine, with the names VM_MODULE, VM_MODULE_NAME and VM_DRIVER. */
#include <config.h>

#include "backend.h"
#include "schema.h"

extern const struct vm_sql_driver VM_DRIVER;

/* VM_MODULE is what the loader looks for, vm_auth_module; where modules are linked in, each has a name of its own. */
extern const struct vm_auth_module VM_MODULE;

static enum vm_status open_backend(const struct vm_config *config, bool writable,
				   struct vm_backend **out, struct vm_error *err)
{
	(void)writable; /* a link serves both */
	return vm_sql_open(&VM_MODULE, &VM_DRIVER, config, out, err);
}

static enum vm_status prepare(const struct vm_config *config, struct vm_error *err)
{
	struct vm_sql_servers servers;
	enum vm_status status = VM_OK;

	if (VM_DRIVER.create == NULL)
		return VM_OK;
	status = vm_sql_servers_read(config, &VM_DRIVER, &servers, err);
	if (status != VM_OK)
		return status;
	status = VM_DRIVER.create(&servers.primaries.items[0], err);
	vm_sql_servers_release(&servers);
	return status;
}

static const struct vm_schema_ops schema_ops = {
	.prepare = prepare,
	.state = vm_sql_schema_state,
	.each = vm_sql_schema_each,
	.apply = vm_sql_schema_apply,
	.import = vm_sql_schema_import,
	.take_over = vm_sql_take_domain_tables,
};

__attribute__((visibility("default"))) const struct vm_auth_module VM_MODULE = {
	.api = VM_AUTH_MODULE_API,
	.name = VM_MODULE_NAME,
	.open = open_backend,
	.close = vm_sql_close,
	.ping = vm_sql_ping,
	.read_fresh = vm_sql_read_fresh,
	.schema = &schema_ops,
	.accounts = &vm_sql_account_ops,
	.domains = &vm_sql_domain_ops,
	.logins = &vm_sql_login_ops,
	.aliases = &vm_sql_alias_ops,
	.limits = &vm_sql_limit_ops,
	.ip_maps = &vm_sql_ip_map_ops,
	.relays = &vm_sql_relay_ops,
	.usage = &vm_sql_usage_ops,
	.log = &vm_sql_log_ops,
	.units = &vm_sql_unit_ops,
};
