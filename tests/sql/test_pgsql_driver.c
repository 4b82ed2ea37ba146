/*
 * What a PostgreSQL server and the driver do together while nothing breaks. The server is the one that VM_TEST_PGSQL_*
 * names; with the argument `talk` it does what a pipe asks for instead.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgsql_driver.h"
#include "sql/outcome.h"
#include "talk.h"

enum { SKIPPED = 77 };

static const struct vm_sql_driver *const driver = &vm_pgsql_driver;

static const char *from_environment(const char *name)
{
	const char *const value = getenv(name);

	return value != NULL ? value : "";
}

static struct vm_sql_server socket_server(void)
{
	return (struct vm_sql_server){
		.host = "",
		.socket = from_environment("VM_TEST_PGSQL_SOCKET"),
		.port = (unsigned int)strtoul(from_environment("VM_TEST_PGSQL_PORT"), NULL, 10),
		.user = from_environment("VM_TEST_PGSQL_USER"),
		.password = from_environment("VM_TEST_PGSQL_PASSWORD"),
		.database = from_environment("VM_TEST_PGSQL_DATABASE"),
		.tls = "no",
		.tls_ca = "",
		.tls_certificate = "",
		.tls_key = "",
		.connect_seconds = 10,
		.answer_seconds = 10,
		.wants_writable = true,
	};
}

static struct vm_sql_link *connect_to(const struct vm_sql_server *server)
{
	struct vm_sql_link *link = NULL;
	struct vm_error err = { .text = "" };

	if (driver->connect(server, &link, &err) != VM_SQL_OK)
		fail_msg("%s", err.text);
	return link;
}

static enum vm_sql_outcome command(struct vm_sql_link *link, const char *text)
{
	struct vm_error err = { .text = "" };
	const enum vm_sql_outcome outcome = driver->command(link, text, &err);

	if (outcome != VM_SQL_OK)
		print_message("%s: %s\n", text, err.text);
	return outcome;
}

/* A link whose tables are its own and vanish with it. */
static int open_link(void **state)
{
	const struct vm_sql_server server = socket_server();
	struct vm_sql_link *const link = connect_to(&server);

	if (command(link, "CREATE TEMPORARY TABLE thing (name varchar(10) PRIMARY KEY, "
			  "size bigint CHECK (size < 1000), small smallint, note text NOT NULL)") !=
	    VM_SQL_OK)
		return -1;
	*state = link;
	return 0;
}

static int close_link(void **state)
{
	struct vm_sql_link *link = *state;

	driver->disconnect(&link);
	assert_null(link);
	driver->disconnect(&link);
	return 0;
}

static struct vm_sql_value text(const char *value)
{
	return (struct vm_sql_value){ .type = VM_SQL_TEXT, .text = value, .length = strlen(value) };
}

static struct vm_sql_value number(int64_t value)
{
	return (struct vm_sql_value){ .type = VM_SQL_INTEGER, .integer = value };
}

static const struct vm_sql_value null_value = { .type = VM_SQL_NULL };

/* Executes in a slot, with what each parameter is. */
static enum vm_sql_outcome execute(struct vm_sql_link *link, unsigned int slot, const char *words,
				   unsigned int columns, uint64_t *affected, unsigned int count,
				   const struct vm_sql_value *values)
{
	const struct vm_sql_call call = { .slot = slot,
					  .text = words,
					  .parameters = values,
					  .parameter_count = count,
					  .columns = columns };
	struct vm_error err = { .status = VM_OK, .text = "" };
	const enum vm_sql_outcome outcome = driver->execute(link, &call, affected, &err);

	if (outcome != VM_SQL_OK) {
		print_message("%s: %s\n", words, err.text);
		assert_int_equal(err.status, vm_sql_status(outcome));
		assert_true(err.text[0] != '\0');
		assert_null(strchr(err.text, '\n'));
	}
	return outcome;
}

static uint64_t count_changed(struct vm_sql_link *link, const char *words)
{
	uint64_t affected = 99;

	assert_int_equal(execute(link, VM_SQL_NO_SLOT, words, 0, &affected, 0, NULL), VM_SQL_OK);
	return affected;
}

/* The one cell of a statement of one row, into `cell`; NULL for NULL. */
static const char *ask(struct vm_sql_link *link, const char *words, char *cell, size_t size)
{
	struct vm_sql_cell cells[1] = { { .text = NULL } };
	struct vm_error err;

	assert_int_equal(execute(link, VM_SQL_NO_SLOT, words, 1, NULL, 0, NULL), VM_SQL_OK);
	assert_int_equal(driver->fetch(link, cells, &err), VM_SQL_ROW);
	if (cells[0].text != NULL)
		(void)snprintf(cell, size, "%s", cells[0].text);
	driver->finish(link);
	return cells[0].text != NULL ? cell : NULL;
}

static void a_link_speaks_as_the_contract_says(void **state)
{
	static const struct {
		const char *setting, *value;
	} cases[] = {
		{ "client_encoding", "UTF8" },
		{ "standard_conforming_strings", "on" },
		{ "default_transaction_isolation", "read committed" },
		{ "transaction_isolation", "read committed" },
		{ "lock_timeout", "9500ms" },
		{ "statement_timeout", "10s" },
		{ "DateStyle", "ISO, MDY" },
		{ "application_name", "virtmail" },
	};
	struct vm_error err;
	char cell[64];

	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char words[64];

		(void)snprintf(words, sizeof words, "SHOW %s", cases[i].setting);
		assert_string_equal(ask(*state, words, cell, sizeof cell), cases[i].value);
	}
}

static void values_come_back_as_they_went(void **state)
{
	static const char *const texts[] = {
		"",
		"plain",
		"it's \"quoted\" `here`",
		"back\\slash \\' \\n",
		"-- no; DROP TABLE thing; /* x */",
		"$1 ? %s",
		"\xf0\x9f\x93\xae \xc3\xa4 \xe2\x82\xac",
		"line\nfeed\ttab\r\x01\x7f",
	};
	struct vm_sql_cell cells[1];
	struct vm_error err;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct vm_sql_value value = text(texts[i]);

		assert_int_equal(execute(*state, 1, "SELECT ?::text", 1, NULL, 1, &value),
				 VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[0].text, texts[i]);
		assert_int_equal(cells[0].length, strlen(texts[i]));
		driver->finish(*state);
	}
}

static void numbers_and_nulls_come_back_as_they_went(void **state)
{
	const struct vm_sql_value values[] = { number(INT64_MIN), number(INT64_MAX), number(-7),
					       null_value, null_value };
	struct vm_sql_cell cells[5];
	struct vm_error err;

	assert_int_equal(execute(*state, 2, "SELECT ?::bigint, ?::bigint, ?::int, ?::int, ?::text",
				 5, NULL, 5, values),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "-9223372036854775808");
	assert_string_equal(cells[1].text, "9223372036854775807");
	assert_string_equal(cells[2].text, "-7");
	assert_null(cells[3].text);
	assert_null(cells[4].text);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
}

static void a_value_is_as_long_as_it_says(void **state)
{
	const struct vm_sql_value value = { .type = VM_SQL_TEXT, .text = "long", .length = 2 };
	const struct vm_sql_value values[] = { value, { .type = VM_SQL_TEXT, .length = 0 } };
	struct vm_sql_cell cells[2];
	struct vm_error err;

	assert_int_equal(execute(*state, 3, "SELECT ?::text, ?::text", 2, NULL, 2, values),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "lo");
	assert_string_equal(cells[1].text, "");
	assert_non_null(cells[1].text);
}

static void values_of_megabytes_come_back_each_time(void **state)
{
	enum { SIZE = 4 * 1024 * 1024 };
	char *const bytes = malloc(SIZE);
	const struct vm_sql_value value = { .type = VM_SQL_TEXT, .text = bytes, .length = SIZE };
	struct vm_sql_cell cells[1];
	struct vm_error err;

	assert_non_null(bytes);
	memset(bytes, 'v', SIZE);
	for (int round = 0; round < 5; round++) {
		assert_int_equal(execute(*state, 4, "SELECT ?::text", 1, NULL, 1, &value),
				 VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_int_equal(cells[0].length, SIZE);
		assert_memory_equal(cells[0].text, bytes, SIZE);
	}
	free(bytes);
}

static void values_beyond_the_maximum_are_bad(void **state)
{
	enum { SIZE = 16 * 1024 * 1024 };
	char *const bytes = calloc(1, SIZE);
	struct vm_sql_value values[2] = { { .type = VM_SQL_TEXT, .text = bytes, .length = SIZE },
					  number(1) };

	assert_non_null(bytes);
	memset(bytes, 'v', SIZE - 1);
	assert_int_equal(execute(*state, 4, "SELECT ?::text", 1, NULL, 1, values),
			 VM_SQL_BAD_VALUE);
	bytes[SIZE - 1] = 'v';
	assert_int_equal(execute(*state, 4, "SELECT ?::text", 1, NULL, 1, values),
			 VM_SQL_BAD_VALUE);
	values[0].length = SIZE / 2;
	values[1] = values[0];
	assert_int_equal(execute(*state, 5, "SELECT ?::text || ?::text", 1, NULL, 2, values),
			 VM_SQL_BAD_VALUE);
	free(bytes);
}

static void rows_come_in_order_and_may_be_left(void **state)
{
	const struct vm_sql_value value = number(3);
	struct vm_sql_cell cells[2];
	struct vm_error err;

	for (int round = 0; round < 4; round++) {
		assert_int_equal(execute(*state, 6,
					 "SELECT i, -i FROM generate_series(1, ?::int) AS i", 2,
					 NULL, 1, &value),
				 VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[0].text, "1");
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[1].text, "-2");
		if (round % 2 == 0)
			driver->finish(*state);
	}
	driver->finish(*state);
	driver->finish(*state);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_FAILED);
}

static void a_slot_is_prepared_once_and_nothing_else_is(void **state)
{
	const struct vm_sql_value value = number(3);
	char cell[64];

	for (int round = 0; round < 4; round++) {
		assert_int_equal(execute(*state, 7, "SELECT ?::int", 1, NULL, 1, &value),
				 VM_SQL_OK);
		assert_int_equal(execute(*state, VM_SQL_NO_SLOT, "SELECT ?::int + 1", 1, NULL, 1,
					 &value),
				 VM_SQL_OK);
	}
	assert_string_equal(ask(*state,
				"SELECT string_agg(name || ' ' || statement, ',') FROM "
				"pg_prepared_statements",
				cell, sizeof cell),
			    "s7 SELECT $1::int");
}

static void affected_rows_are_those_that_matched(void **state)
{
	uint64_t affected = 99;

	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, ''), "
					       "('b', 1, 1, '')"),
			 2);
	assert_int_equal(count_changed(*state, "UPDATE thing SET size = 1"), 2);
	assert_int_equal(count_changed(*state, "UPDATE thing SET size = 2 WHERE name = 'none'"), 0);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '') "
					       "ON CONFLICT DO NOTHING"),
			 0);
	assert_int_equal(count_changed(*state, "DELETE FROM thing"), 2);
	assert_int_equal(execute(*state, VM_SQL_NO_SLOT,
				 "INSERT INTO thing VALUES ('c', 1, 1, '') "
				 "RETURNING name",
				 1, &affected, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(affected, 1);
}

static void another_number_of_columns_or_parameters_is_failed(void **state)
{
	const struct vm_sql_value values[2] = { number(1), number(2) };
	struct vm_sql_cell cells[2];
	struct vm_error err;

	assert_int_equal(execute(*state, 8, "SELECT 1, 2", 1, NULL, 0, NULL), VM_SQL_FAILED);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 9, "SELECT 1", 0, NULL, 0, NULL), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 10, "DELETE FROM thing", 1, NULL, 0, NULL), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 11, "SELECT ?::int", 1, NULL, 2, values), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?::int", 1, NULL, 1, values), VM_SQL_OK);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?::int", 1, NULL, 1, values), VM_SQL_OK);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?::int", 1, NULL, 2, values),
			 VM_SQL_FAILED);
	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
}

/* What is wrong with a value, in each of the ways that a slot is used: whole, prepared, and prepared before. */
static void bad_values_are_told_from_others(void **state)
{
	static const char insert[] = "INSERT INTO thing VALUES (?, ?, ?, ?)";
	const struct {
		struct vm_sql_value values[4];
		enum vm_sql_outcome outcome;
	} cases[] = {
		{ { text("a"), number(1), number(1), text("") }, VM_SQL_OK },
		{ { text("a"), number(1), number(1), text("") }, VM_SQL_DUPLICATE },
		{ { text("b"), number(1), number(1), text("") }, VM_SQL_OK },
		{ { text("a"), number(1), number(1), text("") }, VM_SQL_DUPLICATE },
		{ { text("12345678901"), number(1), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1000), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(32768), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), text("many"), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), null_value }, VM_SQL_BAD_VALUE },
		{ { null_value, number(1), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xff") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xc3") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xed\xa0\x80") }, VM_SQL_BAD_VALUE },
		{ { text("c"),
		    number(1),
		    number(1),
		    { .type = VM_SQL_TEXT, .text = "a\0b", .length = 3 } },
		  VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), null_value, text("") }, VM_SQL_OK },
	};
	char cell[16];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(execute(*state, 13, insert, 0, NULL, 4, cases[i].values),
				 cases[i].outcome);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "3");
}

/* The server's own errors, and for those that need an accident one that is raised by hand. */
static void every_code_becomes_its_outcome(void **state)
{
	static const struct {
		const char *words;
		enum vm_sql_outcome outcome;
	} cases[] = {
		{ "SELECT * FROM nothing", VM_SQL_FORBIDDEN },
		{ "SELECT nothing FROM thing", VM_SQL_FORBIDDEN },
		{ "SELECT * FROM pg_authid", VM_SQL_FORBIDDEN },
		{ "SELECT name + 1 FROM thing", VM_SQL_FORBIDDEN },
		{ "CREATE TABLE nowhere.a (b int)", VM_SQL_FORBIDDEN },
		{ "SELEC 1", VM_SQL_FAILED },
		{ "SELECT 1 / 0", VM_SQL_FAILED },
		{ "CREATE TEMPORARY TABLE thing (a int)", VM_SQL_FAILED },
		{ "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", VM_SQL_CONFLICT },
		{ "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", VM_SQL_FAILED },
		{ "DO $$ BEGIN RAISE SQLSTATE '53300'; END $$", VM_SQL_AWAY },
		{ "DO $$ BEGIN RAISE SQLSTATE '22P05'; END $$", VM_SQL_BAD_VALUE },
		{ "BEGIN", VM_SQL_OK },
		{ "SET TRANSACTION READ ONLY", VM_SQL_OK },
		{ "CREATE TABLE a (b int)", VM_SQL_READ_ONLY },
		{ "ROLLBACK", VM_SQL_OK },
		/* Last: after it the link is of no use. */
		{ "DO $$ BEGIN RAISE SQLSTATE '57014'; END $$", VM_SQL_LOST },
		{ "ROLLBACK", VM_SQL_LOST },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(command(*state, cases[i].words), cases[i].outcome);
}

static void a_failed_transaction_stays_failed_until_rollback(void **state)
{
	struct vm_error err;
	char cell[16];

	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "SELECT 1 / 0"), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 14, "SELECT 1", 1, NULL, 0, NULL), VM_SQL_FAILED);
	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
	assert_int_equal(command(*state, "ROLLBACK"), VM_SQL_OK);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "0");
}

static void commit_of_a_failed_transaction_is_no_success(void **state)
{
	char cell[16];

	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "SELECT 1 / 0"), VM_SQL_FAILED);
	assert_int_equal(command(*state, "COMMIT"), VM_SQL_FAILED);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "0");
	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "COMMIT"), VM_SQL_OK);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "1");
}

static void a_command_may_hold_several_statements(void **state)
{
	char cell[16];

	assert_int_equal(command(*state, "INSERT INTO thing VALUES ('a', 1, 1, ''); SELECT 1; "
					 "INSERT INTO thing VALUES ('b', 1, 1, '')"),
			 VM_SQL_OK);
	assert_int_equal(command(*state, "DELETE FROM thing; SELECT * FROM nothing; SELECT 1"),
			 VM_SQL_FORBIDDEN);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "2");
}

static void a_statement_that_went_stale_is_prepared_again(void **state)
{
	struct vm_sql_cell cells[1];
	struct vm_error err;

	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	for (int round = 0; round < 3; round++)
		assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
				 VM_SQL_OK);
	assert_int_equal(command(*state, "ALTER TABLE thing ALTER COLUMN small TYPE text"),
			 VM_SQL_OK);
	assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "1");
	for (int round = 0; round < 3; round++)
		assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
				 VM_SQL_OK);
	assert_int_equal(command(*state, "DISCARD PLANS; DEALLOCATE ALL"), VM_SQL_OK);
	assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_OK);
}

static void a_statement_that_went_stale_in_a_transaction_is_a_conflict(void **state)
{
	for (int round = 0; round < 3; round++)
		assert_int_equal(execute(*state, 16, "SELECT small FROM thing", 1, NULL, 0, NULL),
				 VM_SQL_OK);
	assert_int_equal(command(*state, "ALTER TABLE thing ALTER COLUMN small TYPE text"),
			 VM_SQL_OK);
	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(execute(*state, 16, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_CONFLICT);
	assert_int_equal(command(*state, "ROLLBACK"), VM_SQL_OK);
	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(execute(*state, 16, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(command(*state, "COMMIT"), VM_SQL_OK);
}

#define WITH_LINK(test) cmocka_unit_test_setup_teardown(test, open_link, close_link)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_LINK(a_link_speaks_as_the_contract_says),
		WITH_LINK(values_come_back_as_they_went),
		WITH_LINK(numbers_and_nulls_come_back_as_they_went),
		WITH_LINK(a_value_is_as_long_as_it_says),
		WITH_LINK(values_of_megabytes_come_back_each_time),
		WITH_LINK(values_beyond_the_maximum_are_bad),
		WITH_LINK(rows_come_in_order_and_may_be_left),
		WITH_LINK(a_slot_is_prepared_once_and_nothing_else_is),
		WITH_LINK(affected_rows_are_those_that_matched),
		WITH_LINK(another_number_of_columns_or_parameters_is_failed),
		WITH_LINK(bad_values_are_told_from_others),
		WITH_LINK(every_code_becomes_its_outcome),
		WITH_LINK(a_failed_transaction_stays_failed_until_rollback),
		WITH_LINK(commit_of_a_failed_transaction_is_no_success),
		WITH_LINK(a_command_may_hold_several_statements),
		WITH_LINK(a_statement_that_went_stale_is_prepared_again),
		WITH_LINK(a_statement_that_went_stale_in_a_transaction_is_a_conflict),
	};

	if (argc == 2 && strcmp(argv[1], "talk") == 0)
		return talk_for(driver);
	if (getenv("VM_TEST_PGSQL_SOCKET") == NULL)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
