/* An open connection to MySQL or MariaDB, shared by the files of the driver. */
#ifndef VM_MYSQL_LINK_H
#define VM_MYSQL_LINK_H

#include <mysql.h>

#include "sql_driver.h"

/* One column of a result; `bytes` grows to the longest value that came. */
struct vm_mysql_cell {
	char *bytes;
	unsigned long capacity, length;
	my_bool is_null, is_cut;
};

/* A prepared statement and where its rows go. */
struct vm_mysql_statement {
	MYSQL_STMT *handle; /* NULL: not prepared yet */
	unsigned int columns;
	struct vm_mysql_cell *cells;
};

struct vm_sql_link {
	MYSQL mysql;
	struct vm_mysql_statement slots[VM_SQL_SLOTS_MAX];
	struct vm_mysql_statement slotless;
	struct vm_mysql_statement *current; /* NULL, or the one whose rows are fetched */
	bool is_lost; /* broken, or out of step with the server: every call is LOST */
};

/* A new link, connected; the contract is that of struct vm_sql_driver. */
enum vm_sql_outcome vm_mysql_connect(const struct vm_sql_server *server, struct vm_sql_link **out,
				     struct vm_error *err);

/* Fills err with what the server or the library said. */
enum vm_sql_outcome vm_mysql_fail(unsigned int number, const char *text, bool is_connecting,
				  struct vm_error *err);

#endif
