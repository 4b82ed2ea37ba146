/* The driver of SQLite: a file on this host; the database of a server is its path. */
#ifndef VM_SQLITE_DRIVER_H
#define VM_SQLITE_DRIVER_H

#include "sql_driver.h"

extern const struct vm_sql_driver vm_sqlite_driver;

/* Makes the empty file, 0600 and its folder's owner's, unless there is one. */
enum vm_status vm_sqlite_create(const char *path, struct vm_error *err);

#endif
