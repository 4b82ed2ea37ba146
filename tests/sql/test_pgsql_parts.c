/* The parts of the PostgreSQL driver that need no server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgsql_outcome.h"
#include "pgsql_placeholders.h"

static void every_code_of_the_table_has_its_outcome(void **state)
{
	static const struct {
		const char *code;
		enum vm_sql_outcome outcome;
	} cases[] = {
		{ "23505", VM_SQL_DUPLICATE }, { "40001", VM_SQL_CONFLICT },
		{ "40P01", VM_SQL_CONFLICT },  { "55P03", VM_SQL_CONFLICT },
		{ "57P03", VM_SQL_AWAY },      { "53300", VM_SQL_AWAY },
		{ "08001", VM_SQL_AWAY },      { "08004", VM_SQL_AWAY },
		{ "57P01", VM_SQL_LOST },      { "57P02", VM_SQL_LOST },
		{ "57014", VM_SQL_LOST },      { "08003", VM_SQL_LOST },
		{ "08006", VM_SQL_LOST },      { "40003", VM_SQL_LOST },
		{ "25006", VM_SQL_READ_ONLY }, { "28000", VM_SQL_FORBIDDEN },
		{ "28P01", VM_SQL_FORBIDDEN }, { "3D000", VM_SQL_FORBIDDEN },
		{ "42P01", VM_SQL_FORBIDDEN }, { "42703", VM_SQL_FORBIDDEN },
		{ "42501", VM_SQL_FORBIDDEN }, { "22001", VM_SQL_BAD_VALUE },
		{ "22003", VM_SQL_BAD_VALUE }, { "22021", VM_SQL_BAD_VALUE },
		{ "22P02", VM_SQL_BAD_VALUE }, { "22P05", VM_SQL_BAD_VALUE },
		{ "23502", VM_SQL_BAD_VALUE }, { "23514", VM_SQL_BAD_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(vm_pgsql_outcome(cases[i].code), cases[i].outcome);
}

static void a_code_of_no_table_is_failed(void **state)
{
	static const char *const codes[] = { "42601", "53100", "53200", "XX000",  "58030",
					     "25P02", "",      "2350",  "235055", "28" };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		assert_int_equal(vm_pgsql_outcome(codes[i]), VM_SQL_FAILED);
	assert_int_equal(vm_pgsql_outcome(NULL), VM_SQL_FAILED);
}

static void check_text(const char *text, unsigned int count, const char *expected)
{
	struct vm_buf out;
	struct vm_error err;

	vm_buf_init(&out, VM_PGSQL_STATEMENT_MAX);
	assert_int_equal(vm_pgsql_number_placeholders(text, &out), count);
	assert_int_equal(vm_buf_check(&out, "statement", &err), VM_OK);
	assert_string_equal(out.bytes, expected);
	vm_buf_release(&out);
}

static void placeholders_are_numbered_from_one(void **state)
{
	(void)state;
	check_text("SELECT 1", 0, "SELECT 1");
	check_text("?", 1, "$1");
	check_text("UPDATE t SET a = ?, b = ? WHERE c = ?", 3,
		   "UPDATE t SET a = $1, b = $2 WHERE c = $3");
	check_text("VALUES (?,?,?,?,?,?,?,?,?,?,?)", 11,
		   "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)");
}

static void a_statement_over_the_maximum_fails(void **state)
{
	struct vm_buf out;
	struct vm_error err;

	(void)state;
	vm_buf_init(&out, 8);
	assert_int_equal(vm_pgsql_number_placeholders("SELECT ?, ?", &out), 2);
	assert_int_equal(vm_buf_check(&out, "statement", &err), VM_TEMPFAIL);
	vm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_of_the_table_has_its_outcome),
		cmocka_unit_test(a_code_of_no_table_is_failed),
		cmocka_unit_test(placeholders_are_numbered_from_one),
		cmocka_unit_test(a_statement_over_the_maximum_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
