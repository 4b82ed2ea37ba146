/* The store modules that are linked into every program. */
#include <config.h>

#include "auth/module_registry.h"

extern const struct vm_auth_module vm_cdb_module, vm_mysql_module, vm_pgsql_module,
	vm_sqlite_module;

/* Those in SQL with --enable-static-modules only: their client libraries make every start slower. */
const struct vm_auth_module *const vm_built_in_modules[] = {
	&vm_cdb_module,
#ifdef HAVE_MARIADB
	&vm_mysql_module,
#endif
#ifdef HAVE_PQ
	&vm_pgsql_module,
#endif
#ifdef HAVE_SQLITE
	&vm_sqlite_module,
#endif
	NULL,
};
