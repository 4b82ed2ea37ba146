/* What a session sends to which server, with a driver that answers as a test says. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"
#include "util/text.h"

enum { TRACE_MAX = 1024, RULES_MAX = 4, ALWAYS = 1000 };

/* `times` calls of `verb` at the server `host` have this outcome; all others go well, and find no row. */
struct rule {
	const char *verb, *host;
	enum vm_sql_outcome outcome;
	unsigned int times;
};

static struct {
	struct rule rules[RULES_MAX];
	size_t rule_count;
	char trace[TRACE_MAX]; /* "connect a; BEGIN a; " */
} stage;

struct vm_sql_link {
	const char *host;
	bool is_open;
};

static struct vm_sql_link links[3];

static void expect_at(const char *verb, const char *host, enum vm_sql_outcome outcome,
		      unsigned int times)
{
	assert_true(stage.rule_count < RULES_MAX);
	stage.rules[stage.rule_count++] = (struct rule){ verb, host, outcome, times };
}

static enum vm_sql_outcome act(const char *verb, const char *host, enum vm_sql_outcome usual,
			       struct vm_error *err)
{
	const size_t length = strlen(stage.trace);
	enum vm_sql_outcome outcome = usual;

	assert_true(vm_text_format(stage.trace + length, sizeof stage.trace - length, "%s %s; ",
				   verb, host));
	for (size_t i = 0; i < stage.rule_count; i++) {
		struct rule *const rule = &stage.rules[i];

		if (rule->times == 0 || strcmp(rule->verb, verb) != 0 ||
		    strcmp(rule->host, host) != 0)
			continue;
		rule->times--;
		outcome = rule->outcome;
		break;
	}
	vm_fail(err, VM_TEMPFAIL, "%s at %s", verb, host);
	return outcome;
}

static enum vm_sql_outcome connect_to(const struct vm_sql_server *server, struct vm_sql_link **out,
				      struct vm_error *err)
{
	const enum vm_sql_outcome outcome = act("connect", server->host, VM_SQL_OK, err);

	if (outcome != VM_SQL_OK)
		return outcome;
	*out = &links[server->host[0] - 'a'];
	assert_false((*out)->is_open);
	**out = (struct vm_sql_link){ server->host, true };
	return outcome;
}

static void disconnect(struct vm_sql_link **link)
{
	struct vm_error ignored;

	if (*link == NULL)
		return;
	(void)act("leave", (*link)->host, VM_SQL_OK, &ignored); /* only noted */
	(*link)->is_open = false;
	*link = NULL;
}

static enum vm_sql_outcome ping(struct vm_sql_link *link, struct vm_error *err)
{
	return act("ping", link->host, VM_SQL_OK, err);
}

static enum vm_sql_outcome execute(struct vm_sql_link *link, const struct vm_sql_call *call,
				   uint64_t *affected, struct vm_error *err)
{
	if (affected != NULL)
		*affected = 1;
	return act(call->columns > 0 ? "read" : "change", link->host, VM_SQL_OK, err);
}

static enum vm_sql_outcome fetch(struct vm_sql_link *link, struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	static const struct vm_sql_cell number = { "1", 1 };

	cells[0] = number;
	return act("fetch", link->host, VM_SQL_END, err);
}

static void finish(struct vm_sql_link *link)
{
	assert_true(link->is_open);
}

static enum vm_sql_outcome command(struct vm_sql_link *link, const char *text, struct vm_error *err)
{
	return act(text, link->host, VM_SQL_OK, err);
}

static const struct vm_sql_driver driver = {
	.name = "stage",
	.dialect = VM_SQL_MYSQL,
	.connect = connect_to,
	.disconnect = disconnect,
	.ping = ping,
	.execute = execute,
	.fetch = fetch,
	.finish = finish,
	.command = command,
};

/* Primaries a and b, replica c. */
static void open_session(struct vm_sql_session *session, size_t replicas)
{
	struct vm_sql_servers servers = {
		.primaries = { .items = { { .host = "a", .answer_seconds = 30 }, { .host = "b" } },
			       .count = 2 },
		.replicas = { .items = { { .host = "c", .answer_seconds = 30 } },
			      .count = replicas }
	};

	memset(&stage, 0, sizeof stage);
	vm_arena_init(&servers.arena, 64);
	vm_sql_session_init(session, &driver, &servers);
}

static void close_session(struct vm_sql_session *session, const char *trace)
{
	assert_string_equal(stage.trace, trace);
	vm_sql_session_release(session);
}

static enum vm_status change(struct vm_sql_session *session, struct vm_error *err)
{
	const struct vm_sql_values none = { .count = 0 };

	return vm_sql_change(session, VM_SQL_REVISION_RAISE, &none, NULL, err);
}

static enum vm_status take(void *context, const struct vm_sql_cell *cells, struct vm_error *err)
{
	(void)context;
	(void)err;
	assert_string_equal(cells[0].text, "1");
	return VM_OK;
}

static enum vm_status read_rows(struct vm_sql_session *session, bool believes_absence, size_t *rows,
				struct vm_error *err)
{
	const struct vm_sql_values none = { .count = 0 };
	const struct vm_sql_reader reader = { .take = take, .believes_absence = believes_absence };

	return vm_sql_read(session, VM_SQL_REVISION_GET, &none, &reader, rows, err);
}

static void change_goes_on_at_the_next_server_where_one_takes_none(void **state)
{
	static const enum vm_sql_outcome refusals[] = { VM_SQL_READ_ONLY, VM_SQL_AWAY };
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		open_session(&session, 0);
		expect_at("change", "a", refusals[i], ALWAYS);
		assert_int_equal(change(&session, &err), VM_OK);
		assert_int_equal(change(&session, &err), VM_OK); /* it stays there */
		close_session(&session,
			      "connect a; change a; leave a; connect b; change b; change b; ");
	}
}

static void change_that_all_servers_refuse_is_later(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_READ_ONLY, ALWAYS);
	expect_at("connect", "b", VM_SQL_AWAY, ALWAYS);
	assert_int_equal(change(&session, &err), VM_TEMPFAIL);
	close_session(&session,
		      "connect a; change a; leave a; connect b; connect a; change a; leave a; ");
}

static void change_whose_answer_was_lost_is_not_sent_again(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_LOST, 1);
	assert_int_equal(change(&session, &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "may have happened"));
	close_session(&session, "connect a; change a; leave a; ");
}

static void change_alone_is_repeated_after_a_conflict(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_CONFLICT, 2);
	assert_int_equal(change(&session, &err), VM_OK);
	close_session(&session, "connect a; change a; change a; change a; ");
}

static enum vm_status change_twice(struct vm_sql_session *session, void *context,
				   struct vm_error *err)
{
	enum vm_status status = change(session, err);

	(void)context;
	if (status == VM_OK)
		status = change(session, err);
	return status;
}

static void unit_is_repeated_whole_after_a_conflict_at_its_commit(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("COMMIT", "a", VM_SQL_CONFLICT, 1);
	assert_int_equal(vm_sql_in_unit(&session, change_twice, NULL, &err), VM_OK);
	close_session(&session, "connect a; BEGIN a; change a; change a; COMMIT a; ROLLBACK a; "
				"BEGIN a; change a; change a; COMMIT a; ");
}

static void unit_is_repeated_whole_after_a_conflict_inside(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_CONFLICT, 1);
	assert_int_equal(vm_sql_in_unit(&session, change_twice, NULL, &err), VM_OK);
	close_session(&session, "connect a; BEGIN a; change a; ROLLBACK a; BEGIN a; change a; "
				"change a; COMMIT a; ");
}

static void unit_of_a_node_that_lost_its_cluster_is_repeated_at_the_next(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_AWAY, ALWAYS);
	assert_int_equal(vm_sql_in_unit(&session, change_twice, NULL, &err), VM_OK);
	close_session(&session, "connect a; BEGIN a; change a; leave a; connect b; BEGIN b; "
				"change b; change b; COMMIT b; ");
}

static void unit_whose_commit_was_lost_is_not_repeated(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("COMMIT", "a", VM_SQL_LOST, 1);
	assert_int_equal(vm_sql_in_unit(&session, change_twice, NULL, &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "may have happened"));
	assert_false(vm_sql_may_repeat(&session, 0));
	close_session(&session, "connect a; BEGIN a; change a; change a; COMMIT a; leave a; ");
}

static void what_follows_a_conflict_in_a_unit_is_never_sent(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;

	(void)state;
	open_session(&session, 0);
	expect_at("change", "a", VM_SQL_CONFLICT, 1);
	assert_int_equal(vm_sql_begin(&session, &err), VM_OK);
	assert_int_equal(change(&session, &err), VM_TEMPFAIL);
	assert_int_equal(change(&session, &err), VM_TEMPFAIL);
	assert_int_equal(vm_sql_commit(&session, &err), VM_TEMPFAIL);
	assert_true(vm_sql_may_repeat(&session, 0));
	close_session(&session, "connect a; BEGIN a; change a; ROLLBACK a; ");
}

static void unit_that_always_conflicts_ends_as_later(void **state)
{
	struct vm_sql_session session;

	(void)state;
	open_session(&session, 0);
	session.had_conflict = true;
	assert_false(vm_sql_may_repeat(&session, ALWAYS));
	close_session(&session, "");
}

static void row_of_a_replica_needs_no_primary(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 0;

	(void)state;
	open_session(&session, 1);
	expect_at("fetch", "c", VM_SQL_ROW, 1);
	assert_int_equal(read_rows(&session, false, &rows, &err), VM_OK);
	assert_int_equal(rows, 1);
	close_session(&session, "connect c; read c; fetch c; fetch c; ");
}

static void no_row_at_a_replica_is_asked_for_at_the_primary(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 0;

	(void)state;
	open_session(&session, 1);
	expect_at("fetch", "a", VM_SQL_ROW, 1);
	assert_int_equal(read_rows(&session, false, &rows, &err), VM_OK);
	assert_int_equal(rows, 1);
	close_session(&session,
		      "connect c; read c; fetch c; connect a; read a; fetch a; fetch a; ");
}

static void no_row_at_a_replica_without_a_primary_is_later(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 0;

	(void)state;
	open_session(&session, 1);
	expect_at("connect", "a", VM_SQL_AWAY, ALWAYS);
	expect_at("connect", "b", VM_SQL_READ_ONLY, ALWAYS);
	assert_int_equal(read_rows(&session, false, &rows, &err), VM_TEMPFAIL);
	close_session(&session, "connect c; read c; fetch c; connect a; connect b; ");
}

static void absence_is_believed_where_it_is_the_usual_thing(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 1;

	(void)state;
	open_session(&session, 1);
	assert_int_equal(read_rows(&session, true, &rows, &err), VM_OK);
	assert_int_equal(rows, 0);
	close_session(&session, "connect c; read c; fetch c; ");
}

static void primary_answers_for_a_replica_that_is_gone(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 1;

	(void)state;
	open_session(&session, 1);
	expect_at("connect", "c", VM_SQL_AWAY, ALWAYS);
	assert_int_equal(read_rows(&session, true, &rows, &err), VM_OK);
	assert_int_equal(rows, 0);
	close_session(&session, "connect c; connect a; read a; fetch a; ");
}

static void replica_that_is_gone_is_not_waited_for_at_every_question(void **state)
{
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 1;

	(void)state;
	open_session(&session, 1);
	expect_at("connect", "c", VM_SQL_AWAY, 1);
	assert_int_equal(read_rows(&session, true, &rows, &err), VM_OK);
	assert_int_equal(read_rows(&session, true, &rows, &err), VM_OK);
	session.replicas_rest_until = 0; /* time goes by */
	assert_int_equal(read_rows(&session, true, &rows, &err), VM_OK);
	close_session(&session, "connect c; connect a; read a; fetch a; read a; fetch a; "
				"connect c; read c; fetch c; ");
}

static void read_goes_on_at_the_next_server_where_one_cannot_tell(void **state)
{
	static const enum vm_sql_outcome outcomes[] = { VM_SQL_LOST, VM_SQL_CONFLICT, VM_SQL_AWAY,
							VM_SQL_READ_ONLY };
	struct vm_sql_session session;
	struct vm_error err;
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		open_session(&session, 0);
		expect_at("read", "a", outcomes[i], ALWAYS);
		expect_at("fetch", "b", VM_SQL_ROW, 1);
		assert_int_equal(read_rows(&session, false, &rows, &err), VM_OK);
		assert_int_equal(rows, 1);
		close_session(&session,
			      "connect a; read a; leave a; connect b; read b; fetch b; fetch b; ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(change_goes_on_at_the_next_server_where_one_takes_none),
		cmocka_unit_test(change_that_all_servers_refuse_is_later),
		cmocka_unit_test(change_whose_answer_was_lost_is_not_sent_again),
		cmocka_unit_test(change_alone_is_repeated_after_a_conflict),
		cmocka_unit_test(unit_is_repeated_whole_after_a_conflict_at_its_commit),
		cmocka_unit_test(unit_is_repeated_whole_after_a_conflict_inside),
		cmocka_unit_test(unit_of_a_node_that_lost_its_cluster_is_repeated_at_the_next),
		cmocka_unit_test(unit_whose_commit_was_lost_is_not_repeated),
		cmocka_unit_test(what_follows_a_conflict_in_a_unit_is_never_sent),
		cmocka_unit_test(unit_that_always_conflicts_ends_as_later),
		cmocka_unit_test(row_of_a_replica_needs_no_primary),
		cmocka_unit_test(no_row_at_a_replica_is_asked_for_at_the_primary),
		cmocka_unit_test(no_row_at_a_replica_without_a_primary_is_later),
		cmocka_unit_test(absence_is_believed_where_it_is_the_usual_thing),
		cmocka_unit_test(primary_answers_for_a_replica_that_is_gone),
		cmocka_unit_test(replica_that_is_gone_is_not_waited_for_at_every_question),
		cmocka_unit_test(read_goes_on_at_the_next_server_where_one_cannot_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
