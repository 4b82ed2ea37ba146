/* Opens and closes a store on an SQL engine. */
#include <config.h>

#include "backend.h"

#include <stdlib.h>

struct vm_sql_session *vm_sql_session_of(struct vm_backend *backend)
{
	return &((struct vm_sql_backend *)backend)->session; /* its first member */
}

enum vm_status vm_sql_open(const struct vm_auth_module *module, const struct vm_sql_driver *driver,
			   const struct vm_config *config, struct vm_backend **out,
			   struct vm_error *err)
{
	struct vm_sql_backend *const backend = calloc(1, sizeof *backend);
	struct vm_sql_servers servers;
	enum vm_status status = VM_INTERNAL;

	*out = NULL;
	if (backend == NULL)
		return vm_fail_memory(err);
	status = vm_sql_servers_read(config, driver, &servers, err);
	if (status != VM_OK) {
		free(backend);
		return status;
	}
	backend->backend.module = module;
	vm_sql_session_init(&backend->session, driver, &servers);
	backend->session.makes_views = config->domain_views;
	/* With replicas the primary may be away, and reading goes on. */
	if (servers.replicas.count == 0)
		status = vm_sql_session_connect(&backend->session, err);
	/* A server that refuses us may be set right: until then every call says why, and a daemon goes on. */
	if (status == VM_MISCONFIG)
		status = VM_OK;
	*out = &backend->backend;
	if (status != VM_OK)
		vm_sql_close(out);
	return status;
}

void vm_sql_close(struct vm_backend **backend)
{
	struct vm_sql_backend *const own = (struct vm_sql_backend *)*backend;

	if (own == NULL)
		return;
	vm_sql_rollback(&own->session);
	vm_sql_session_release(&own->session);
	free(own);
	*backend = NULL;
}

enum vm_status vm_sql_ping(struct vm_backend *backend, struct vm_error *err)
{
	return vm_sql_session_ping(vm_sql_session_of(backend), err);
}

bool vm_sql_read_fresh(struct vm_backend *backend, bool fresh)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);

	session->is_fresh = fresh;
	return session->servers.replicas.count > 0;
}
