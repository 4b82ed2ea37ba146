/* The driver of MySQL and MariaDB, over libmariadb. */
#ifndef VM_MYSQL_DRIVER_H
#define VM_MYSQL_DRIVER_H

#include "sql_driver.h"

extern const struct vm_sql_driver vm_mysql_driver;

#endif
