/* The servers of a store, from the settings' sections. */
#ifndef VM_SQL_SERVERS_H
#define VM_SQL_SERVERS_H

#include "core/config.h"
#include "sql_driver.h"
#include "util/arena.h"

enum { VM_SQL_SERVERS_MAX = 8 };

/* Tried in the order given. Texts live in the arena or in the settings. */
struct vm_sql_role {
	struct vm_sql_server items[VM_SQL_SERVERS_MAX];
	size_t count;
};

struct vm_sql_servers {
	struct vm_arena arena;
	struct vm_sql_role primaries; /* one at least */
	struct vm_sql_role replicas;  /* none: reads go to the primary */
};

/*
 * Section [NAME] holds what all servers share; [NAME.write] and [NAME.read] may say what differs for the primary and the
 * replicas. `host`, `port` and `socket` may be lists with commas. For mysql and pgsql without any of these sections the file
 * of 5.4, etc/vpopmail.mysql or etc/vpopmail.pgsql, is read. VM_MISCONFIG names the setting.
 */
enum vm_status vm_sql_servers_read(const struct vm_config *config,
				   const struct vm_sql_driver *driver, struct vm_sql_servers *out,
				   struct vm_error *err);
void vm_sql_servers_release(struct vm_sql_servers *servers);

#endif
