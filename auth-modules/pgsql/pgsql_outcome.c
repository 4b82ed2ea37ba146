/* Maps PostgreSQL's error codes (its manual, appendix A) to outcomes. */
#include <config.h>

#include <string.h>

#include "pgsql_outcome.h"

/* A code, or the beginning that a whole class shares; a code stands before its class. */
static const struct {
	const char *code;
	enum vm_sql_outcome outcome;
} outcomes[] = {
	{ "23505", VM_SQL_DUPLICATE }, /* unique_violation */
	{ "40001", VM_SQL_CONFLICT },  /* serialization_failure */
	{ "40P01", VM_SQL_CONFLICT },  /* deadlock_detected */
	{ "55P03", VM_SQL_CONFLICT },  /* lock_not_available: lock_timeout */
	{ "57P03", VM_SQL_AWAY },      /* cannot_connect_now: starting, recovering, going down */
	{ "53300", VM_SQL_AWAY },      /* too_many_connections */
	{ "08001", VM_SQL_AWAY },      /* sqlclient_unable_to_establish_sqlconnection */
	{ "08004", VM_SQL_AWAY },      /* sqlserver_rejected_establishment_of_sqlconnection */
	{ "40003", VM_SQL_LOST },      /* statement_completion_unknown */
	{ "57014", VM_SQL_LOST },      /* query_canceled: by an operator or statement_timeout */
	{ "57P01", VM_SQL_LOST },      /* admin_shutdown, pg_terminate_backend */
	{ "57P02", VM_SQL_LOST },      /* crash_shutdown */
	{ "57P04", VM_SQL_LOST },      /* database_dropped */
	{ "57P05", VM_SQL_LOST },      /* idle_session_timeout */
	{ "25P03", VM_SQL_LOST },      /* idle_in_transaction_session_timeout */
	{ "08003", VM_SQL_LOST },      /* connection_does_not_exist */
	{ "08006", VM_SQL_LOST },      /* connection_failure */
	{ "25006", VM_SQL_READ_ONLY }, /* read_only_sql_transaction */
	{ "28", VM_SQL_FORBIDDEN },    /* invalid authorization: user, password, pg_hba.conf */
	{ "3D000", VM_SQL_FORBIDDEN }, /* invalid_catalog_name: no such database */
	{ "3F000", VM_SQL_FORBIDDEN }, /* invalid_schema_name */
	{ "42P01", VM_SQL_FORBIDDEN }, /* undefined_table */
	{ "42703", VM_SQL_FORBIDDEN }, /* undefined_column */
	{ "42501", VM_SQL_FORBIDDEN }, /* insufficient_privilege */
	/* The column is there, of a type that ours never is: a table that is not Virtmail's. */
	{ "42804", VM_SQL_FORBIDDEN }, /* datatype_mismatch */
	{ "42883",
	  VM_SQL_FORBIDDEN }, /* undefined_function: no operator for such a pair of types */
	{ "22001", VM_SQL_BAD_VALUE }, /* string_data_right_truncation */
	{ "22003", VM_SQL_BAD_VALUE }, /* numeric_value_out_of_range */
	{ "22021", VM_SQL_BAD_VALUE }, /* character_not_in_repertoire: not UTF-8 */
	{ "22P02", VM_SQL_BAD_VALUE }, /* invalid_text_representation: not a number */
	{ "22P05", VM_SQL_BAD_VALUE }, /* untranslatable_character: the database is not UTF-8 */
	{ "23502", VM_SQL_BAD_VALUE }, /* not_null_violation */
	{ "23514", VM_SQL_BAD_VALUE }, /* check_violation */
};

enum vm_sql_outcome vm_pgsql_outcome(const char *sqlstate)
{
	if (sqlstate == NULL || strlen(sqlstate) != 5)
		return VM_SQL_FAILED;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		if (strncmp(sqlstate, outcomes[i].code, strlen(outcomes[i].code)) == 0)
			return outcomes[i].outcome;
	}
	return VM_SQL_FAILED;
}
