/* The driver of SQLite: a file on this host; the database of a server is its path. */
#ifndef VM_SQLITE_DRIVER_H
#define VM_SQLITE_DRIVER_H

#include "sql_driver.h"

extern const struct vm_sql_driver vm_sqlite_driver;

/* As vm_sql_driver's create: the file is 0600 and belongs to who owns its folder, for it holds the passwords. */
enum vm_status vm_sqlite_create(const struct vm_sql_server *server, struct vm_error *err);

#endif
