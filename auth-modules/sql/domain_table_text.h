/* Names and texts of statements about one domain's table or view: the only names that come from data. */
#ifndef VM_SQL_DOMAIN_TABLE_TEXT_H
#define VM_SQL_DOMAIN_TABLE_TEXT_H

#include "session.h"

enum { VM_SQL_TABLE_MAX = 64 }; /* bytes of a table's name in MySQL */

#define VM_SQL_ACCOUNT_COLUMNS "pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell"

/* What stands in place of a domain's table. */
#define VM_SQL_DOMAIN_VIEW \
	"SELECT " VM_SQL_ACCOUNT_COLUMNS ", pw_clear_passwd FROM vpopmail WHERE pw_domain = '@D'"

/*
 * A view gives no value for pw_domain, so that an account which the old programs add has to be given its domain. PostgreSQL
 * has rules for that; in MySQL a trigger finds it by the home, which old programs always put below the domain's folder.
 */
#define VM_SQL_MYSQL_HOME_DEFAULT "ALTER TABLE vpopmail ALTER pw_domain SET DEFAULT ''"
#define VM_SQL_MYSQL_HOME_DROP    "DROP TRIGGER IF EXISTS vpopmail_domain_of_home"
#define VM_SQL_MYSQL_HOME_TRIGGER                                                  \
	"CREATE TRIGGER vpopmail_domain_of_home BEFORE INSERT ON vpopmail "        \
	"FOR EACH ROW SET NEW.pw_domain = IF(NEW.pw_domain <> '', NEW.pw_domain, " \
	"(SELECT d.name FROM domains d WHERE d.name = d.real_name AND "            \
	"LEFT(NEW.pw_dir, CHAR_LENGTH(d.dir) + 1) = CONCAT(d.dir, '/') "           \
	"ORDER BY CHAR_LENGTH(d.dir) DESC LIMIT 1))"
#define VM_SQL_PGSQL_INSERT_RULE                                                         \
	"CREATE OR REPLACE RULE account_added AS ON INSERT TO \"@T\" DO INSTEAD "        \
	"INSERT INTO vpopmail (" VM_SQL_ACCOUNT_COLUMNS ", pw_clear_passwd, pw_domain) " \
	"VALUES (NEW.pw_name, NEW.pw_passwd, NEW.pw_uid, NEW.pw_gid, NEW.pw_gecos, "     \
	"NEW.pw_dir, NEW.pw_shell, NEW.pw_clear_passwd, '@D')"

struct vm_sql_domain_table {
	const char *name;
	const char *domain; /* whose it is */
	bool has_clear;
};

/* What old programs call the domain's table; false for a name that they could not have had. */
bool vm_sql_domain_table_name(enum vm_sql_dialect dialect, const char *domain,
			      char out[VM_SQL_TABLE_MAX + 1]);

/*
 * Run a text with @T (the table), @K (what an old table is called afterwards), @N (a view while it is made), @D (the domain)
 * and @C (the clear password's column, or NULL) filled in; the second reads one number. The names have passed
 * vm_sql_domain_table_name(), so that no byte needs quoting.
 */
enum vm_status vm_sql_domain_table_run(struct vm_sql_session *session,
				       const struct vm_sql_domain_table *table, const char *text,
				       struct vm_error *err);
enum vm_status vm_sql_domain_table_count(struct vm_sql_session *session,
					 const struct vm_sql_domain_table *table, const char *text,
					 int64_t *out, struct vm_error *err);

#endif
