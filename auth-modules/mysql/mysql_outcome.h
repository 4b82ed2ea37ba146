/* What the error numbers of MySQL, MariaDB and their client library mean to us. */
#ifndef VM_MYSQL_OUTCOME_H
#define VM_MYSQL_OUTCOME_H

#include "sql_driver.h"

/*
 * FAILED for a number that is in no table. While connecting a broken connection is AWAY, and nothing was sent;
 * afterwards an error of the network or of TLS is LOST.
 */
enum vm_sql_outcome vm_mysql_outcome(unsigned int number, bool is_connecting);

#endif
