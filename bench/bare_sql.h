/* The least that asks a database: one connection, prepared statements, text values. One implementation for each engine. */
#ifndef VM_BENCH_BARE_SQL_H
#define VM_BENCH_BARE_SQL_H

#include "bare.h"

enum { BARE_SQL_COLUMNS = 32, BARE_SQL_PLACE = 5 };

/* What it takes of a statement, which is `?` for each value; the same pointer is the same statement. */
typedef char bare_sql_cells[BARE_SQL_COLUMNS][256];

/* place: folder of the socket or its path, port, user, password, database. 0: no connection. */
int bare_sql_open(char **place);

/* Columns of the first row into cells; 0 without a row or when anything fails. */
int bare_sql_row(const char *statement, const char *const *values, int count, bare_sql_cells cells);

/* 1 when it was done. */
int bare_sql_change(const char *statement, const char *const *values, int count);

/* BEGIN, COMMIT; 1 when it was done. */
int bare_sql_command(const char *text);

void bare_sql_close(void);

/* The statements that a login, a delivery and a lookup cannot do without. */
#define BARE_SQL_DOMAIN                                                                 \
	"SELECT r.name, r.dir, r.uid, r.gid FROM domains a JOIN domains r ON r.name = " \
	"a.real_name WHERE a.name = ?"
#define BARE_SQL_ACCOUNT                                                                          \
	"SELECT pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd " \
	"FROM vpopmail WHERE pw_name = ? AND pw_domain = ?"
#define BARE_SQL_ALIAS "SELECT alias, valias_line FROM valias WHERE domain = ? AND alias = ?"
#define BARE_SQL_LIMITS                                                                  \
	"SELECT diskquota, maxmsgcount, defaultquota, defaultmaxmsgcount, disable_pop, " \
	"disable_imap, disable_smtp, disable_webmail FROM limits WHERE domain = ?"

/* Notes the last login: a command to say before, and a change of ip, time, user, domain. The engines differ in it. */
extern const char bare_sql_before_login[], bare_sql_login[];

enum { BARE_SQL_HASH = 1, BARE_SQL_HOME = 5 }; /* columns of BARE_SQL_ACCOUNT */

#endif
