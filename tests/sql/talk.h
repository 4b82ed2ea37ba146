/* A driver at the end of a pipe, so that a test of another language can stop servers between its calls. */
#ifndef VM_TESTS_SQL_TALK_H
#define VM_TESTS_SQL_TALK_H

#include "sql/sql_driver.h"

/*
 * Reads one JSON object per line from stdin and answers each with one on stdout: {"do": VERB, ...} gets {"outcome": NAME,
 * "error": TEXT, ...}. There is one link.
 *	connect		server: the members of struct vm_sql_server
 *	execute		slot, text, parameters, columns; answers affected
 *	fetch		answers cells
 *	rows		fetches to the end and finishes; answers rows
 *	command		text
 *	ping, finish, disconnect
 * Returns 0 at the end of stdin, 1 when it did not understand a line.
 */
int talk_for(const struct vm_sql_driver *driver);

#endif
