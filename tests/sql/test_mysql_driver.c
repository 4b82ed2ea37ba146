/*
 * What a MySQL or MariaDB server and the driver do together while nothing breaks. The server is the one that VM_TEST_MYSQL_*
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

#include "mysql_driver.h"
#include "sql/outcome.h"
#include "talk.h"

enum { SKIPPED = 77 };

static const struct vm_sql_driver *const driver = &vm_mysql_driver;

static const char *from_environment(const char *name)
{
	const char *const value = getenv(name);

	return value != NULL ? value : "";
}

static struct vm_sql_server socket_server(void)
{
	return (struct vm_sql_server){
		.host = "",
		.socket = from_environment("VM_TEST_MYSQL_SOCKET"),
		.port = (unsigned int)strtoul(from_environment("VM_TEST_MYSQL_PORT"), NULL, 10),
		.user = from_environment("VM_TEST_MYSQL_USER"),
		.password = from_environment("VM_TEST_MYSQL_PASSWORD"),
		.database = from_environment("VM_TEST_MYSQL_DATABASE"),
		.tls = "no",
		.tls_ca = "",
		.tls_certificate = "",
		.tls_key = "",
		.connect_seconds = 10,
		.answer_seconds = 10,
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
			  "size bigint CHECK (size < 1000), small smallint, note text NOT NULL) "
			  "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin") != VM_SQL_OK)
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
		{ "character_set_client", "utf8mb4" },
		{ "character_set_connection", "utf8mb4" },
		{ "character_set_results", "utf8mb4" },
		{ "sql_mode", "NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION" },
		{ "tx_isolation", "READ-COMMITTED" },
		{ "autocommit", "1" },
		{ "innodb_lock_wait_timeout", "9" },
		{ "lock_wait_timeout", "9" },
		{ "max_statement_time", "10.000000" },
	};
	struct vm_error err;
	char cell[128];

	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char words[64];

		(void)snprintf(words, sizeof words, "SELECT @@SESSION.%s", cases[i].setting);
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

		assert_int_equal(execute(*state, 1, "SELECT ?", 1, NULL, 1, &value), VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[0].text, texts[i]);
		assert_int_equal(cells[0].length, strlen(texts[i]));
		driver->finish(*state);
	}
}

static void numbers_and_nulls_come_back_as_they_went(void **state)
{
	const struct vm_sql_value values[] = { number(INT64_MIN), number(INT64_MAX), number(-7),
					       null_value };
	struct vm_sql_cell cells[5];
	struct vm_error err;

	assert_int_equal(execute(*state, 2, "SELECT ?, ?, ?, ?, CAST(-1 AS UNSIGNED)", 5, NULL, 4,
				 values),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "-9223372036854775808");
	assert_string_equal(cells[1].text, "9223372036854775807");
	assert_string_equal(cells[2].text, "-7");
	assert_null(cells[3].text);
	assert_string_equal(cells[4].text, "18446744073709551615");
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
}

static void a_value_is_as_long_as_it_says(void **state)
{
	const struct vm_sql_value value = { .type = VM_SQL_TEXT, .text = "long", .length = 2 };
	const struct vm_sql_value values[] = { value, { .type = VM_SQL_TEXT, .length = 0 } };
	struct vm_sql_cell cells[2];
	struct vm_error err;

	assert_int_equal(execute(*state, 3, "SELECT ?, ?", 2, NULL, 2, values), VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "lo");
	assert_string_equal(cells[1].text, "");
	assert_non_null(cells[1].text);
}

/* The room for a value begins at 256 bytes: one less, just as many, one more, and then a short one again. */
static void a_value_of_each_length_comes_back_whole(void **state)
{
	static const size_t lengths[] = { 254, 255, 256, 257, 3, 4000000, 1, 0, 70000 };
	char *const bytes = malloc(4000000);
	struct vm_sql_cell cells[2];
	struct vm_error err;

	assert_non_null(bytes);
	memset(bytes, 'v', 4000000);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		const struct vm_sql_value values[] = {
			{ .type = VM_SQL_TEXT, .text = bytes, .length = lengths[i] }, text("end")
		};

		assert_int_equal(execute(*state, 4, "SELECT ?, ?", 2, NULL, 2, values), VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_int_equal(cells[0].length, lengths[i]);
		assert_int_equal(strlen(cells[0].text), lengths[i]);
		assert_memory_equal(cells[0].text, bytes, lengths[i]);
		assert_string_equal(cells[1].text, "end");
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
	}
	free(bytes);
}

static void rows_after_a_long_one_are_right_too(void **state)
{
	struct vm_sql_cell cells[1];
	struct vm_error err;

	assert_int_equal(execute(*state, 5,
				 "SELECT 'a' UNION ALL SELECT REPEAT('b', 5000) UNION ALL "
				 "SELECT 'c' UNION ALL SELECT NULL UNION ALL SELECT ''",
				 1, NULL, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "a");
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_int_equal(strspn(cells[0].text, "b"), 5000);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "c");
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_null(cells[0].text);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_string_equal(cells[0].text, "");
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_END);
}

static void rows_come_in_order_and_may_be_left(void **state)
{
	const struct vm_sql_value value = number(3);
	struct vm_sql_cell cells[2];
	struct vm_error err;

	for (int round = 0; round < 4; round++) {
		assert_int_equal(execute(*state, 6,
					 "SELECT seq, -CAST(seq AS SIGNED) FROM seq_1_to_1000 "
					 "WHERE seq <= ? ORDER BY seq",
					 2, NULL, 1, &value),
				 VM_SQL_OK);
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[0].text, "1");
		assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
		assert_string_equal(cells[1].text, "-2");
		if (round % 2 == 0)
			driver->finish(*state);
	}
	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
	driver->finish(*state);
	driver->finish(*state);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_FAILED);
}

static void a_slot_is_prepared_once_and_nothing_else_is_kept(void **state)
{
	const struct vm_sql_value value = number(3);
	char before[64], after[64];

	assert_int_equal(execute(*state, 7, "SELECT ?", 1, NULL, 1, &value), VM_SQL_OK);
	ask(*state,
	    "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE "
	    "VARIABLE_NAME = 'COM_STMT_PREPARE'",
	    before, sizeof before);
	for (int round = 0; round < 4; round++)
		assert_int_equal(execute(*state, 7, "SELECT ?", 1, NULL, 1, &value), VM_SQL_OK);
	for (int round = 0; round < 3; round++)
		assert_int_equal(execute(*state, VM_SQL_NO_SLOT, "SELECT ? + 1", 1, NULL, 1,
					 &value),
				 VM_SQL_OK);
	ask(*state,
	    "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE "
	    "VARIABLE_NAME = 'COM_STMT_PREPARE'",
	    after, sizeof after);
	assert_int_equal(strtol(after, NULL, 10) - strtol(before, NULL, 10), 4);
	/* The slot's and the question's own. */
	assert_string_equal(
		ask(*state,
		    "SELECT COUNT_PREPARED FROM (SELECT VARIABLE_VALUE AS COUNT_PREPARED "
		    "FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = "
		    "'PREPARED_STMT_COUNT') AS counts",
		    after, sizeof after),
		"2");
}

static void affected_rows_are_those_that_matched(void **state)
{
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, ''), "
					       "('b', 1, 1, '')"),
			 2);
	assert_int_equal(count_changed(*state, "UPDATE thing SET size = 1"), 2);
	assert_int_equal(count_changed(*state, "UPDATE thing SET size = 2 WHERE name = 'none'"), 0);
	assert_int_equal(count_changed(*state, "DELETE FROM thing"), 2);
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
	assert_int_equal(execute(*state, 11, "SELECT ?", 1, NULL, 2, values), VM_SQL_FAILED);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?", 1, NULL, 1, values), VM_SQL_OK);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?", 1, NULL, 1, values), VM_SQL_OK);
	assert_int_equal(execute(*state, 12, "SELECT 1 + ?", 1, NULL, 2, values), VM_SQL_FAILED);
	assert_int_equal(driver->ping(*state, &err), VM_SQL_OK);
}

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
		{ { text("12345678901"), number(1), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1000), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(32768), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), text("many"), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), text("12 or so"), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), null_value }, VM_SQL_BAD_VALUE },
		{ { null_value, number(1), number(1), text("") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xff") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xc3") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), number(1), text("\xed\xa0\x80") }, VM_SQL_BAD_VALUE },
		{ { text("c"), number(1), null_value, text("") }, VM_SQL_OK },
	};
	char cell[16];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(execute(*state, 13, insert, 0, NULL, 4, cases[i].values),
				 cases[i].outcome);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "3");
}

/* The server's own errors; those that need an accident are raised by hand, with the server's own number. */
static void every_code_becomes_its_outcome(void **state)
{
	static const struct {
		const char *words;
		enum vm_sql_outcome outcome;
	} cases[] = {
		{ "SELECT * FROM nothing", VM_SQL_FORBIDDEN },
		{ "SELECT nothing FROM thing", VM_SQL_FORBIDDEN },
		{ "SELECT * FROM mysql.global_priv", VM_SQL_FORBIDDEN },
		{ "SET GLOBAL max_connections = 10", VM_SQL_FORBIDDEN },
		{ "USE mysql", VM_SQL_FORBIDDEN },
		{ "USE nowhere", VM_SQL_FORBIDDEN },
		{ "SELEC 1", VM_SQL_FAILED },
		{ "CREATE TEMPORARY TABLE thing (a int)", VM_SQL_FAILED },
		{ "SIGNAL SQLSTATE '45000'", VM_SQL_FAILED },
		{ "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", VM_SQL_CONFLICT },
		{ "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1020", VM_SQL_CONFLICT },
		{ "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 3101", VM_SQL_CONFLICT },
		{ "SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047", VM_SQL_AWAY },
		{ "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114", VM_SQL_FAILED },
		{ "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1836", VM_SQL_READ_ONLY },
		{ "SIGNAL SQLSTATE '25006' SET MYSQL_ERRNO = 1792", VM_SQL_READ_ONLY },
		{ "SELECT 1", VM_SQL_OK },
		/* Last: after it the link is of no use. */
		{ "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1180", VM_SQL_LOST },
		{ "ROLLBACK", VM_SQL_LOST },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(command(*state, cases[i].words), cases[i].outcome);
}

static void the_text_of_an_error_is_one_line(void **state)
{
	const struct vm_sql_value values[] = { text("a\n\x1b[31m"), number(1), null_value,
					       text("") };
	static const char insert[] = "INSERT INTO thing VALUES (?, ?, ?, ?)";

	/* execute() looks at the text. */
	assert_int_equal(execute(*state, 14, insert, 0, NULL, 4, values), VM_SQL_OK);
	assert_int_equal(execute(*state, 14, insert, 0, NULL, 4, values), VM_SQL_DUPLICATE);
}

static void what_a_rolled_back_unit_did_did_not_happen(void **state)
{
	char cell[16];

	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "ROLLBACK"), VM_SQL_OK);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "0");
	assert_int_equal(command(*state, "BEGIN"), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "COMMIT"), VM_SQL_OK);
	assert_string_equal(ask(*state, "SELECT count(*) FROM thing", cell, sizeof cell), "1");
}

static void a_statement_that_went_stale_is_prepared_again(void **state)
{
	struct vm_sql_cell cells[1];
	struct vm_error err;

	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(command(*state, "ALTER TABLE thing MODIFY small text"), VM_SQL_OK);
	assert_int_equal(command(*state, "UPDATE thing SET small = REPEAT('x', 3000)"), VM_SQL_OK);
	assert_int_equal(execute(*state, 15, "SELECT small FROM thing", 1, NULL, 0, NULL),
			 VM_SQL_OK);
	assert_int_equal(driver->fetch(*state, cells, &err), VM_SQL_ROW);
	assert_int_equal(strspn(cells[0].text, "x"), 3000);
}

/* A statement whose shape changes on the server: an error, never cells of another statement, and the link is not used on. */
static void a_statement_that_grew_a_column_is_failed(void **state)
{
	assert_int_equal(execute(*state, 16, "SELECT * FROM thing", 4, NULL, 0, NULL), VM_SQL_OK);
	assert_int_equal(count_changed(*state, "INSERT INTO thing VALUES ('a', 1, 1, '')"), 1);
	assert_int_equal(command(*state, "ALTER TABLE thing ADD extra int"), VM_SQL_OK);
	assert_int_equal(execute(*state, 16, "SELECT * FROM thing", 4, NULL, 0, NULL),
			 VM_SQL_FAILED);
	assert_int_equal(execute(*state, VM_SQL_NO_SLOT, "SELECT 1", 1, NULL, 0, NULL),
			 VM_SQL_LOST);
}

#define WITH_LINK(test) cmocka_unit_test_setup_teardown(test, open_link, close_link)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_LINK(a_link_speaks_as_the_contract_says),
		WITH_LINK(values_come_back_as_they_went),
		WITH_LINK(numbers_and_nulls_come_back_as_they_went),
		WITH_LINK(a_value_is_as_long_as_it_says),
		WITH_LINK(a_value_of_each_length_comes_back_whole),
		WITH_LINK(rows_after_a_long_one_are_right_too),
		WITH_LINK(rows_come_in_order_and_may_be_left),
		WITH_LINK(a_slot_is_prepared_once_and_nothing_else_is_kept),
		WITH_LINK(affected_rows_are_those_that_matched),
		WITH_LINK(another_number_of_columns_or_parameters_is_failed),
		WITH_LINK(bad_values_are_told_from_others),
		WITH_LINK(every_code_becomes_its_outcome),
		WITH_LINK(the_text_of_an_error_is_one_line),
		WITH_LINK(what_a_rolled_back_unit_did_did_not_happen),
		WITH_LINK(a_statement_that_went_stale_is_prepared_again),
		WITH_LINK(a_statement_that_grew_a_column_is_failed),
	};

	if (argc == 2 && strcmp(argv[1], "talk") == 0)
		return talk_for(driver);
	if (getenv("VM_TEST_MYSQL_SOCKET") == NULL)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
