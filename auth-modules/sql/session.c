/* Talks to the database: connects, repeats what may be repeated, and turns outcomes into answers. */
#include <config.h>

#include "session.h"

#include <string.h>
#include <time.h>

#include "outcome.h"
#include "util/clock.h"
#include "util/text.h"

enum {
	IDLE_MS =
		1000, /* a link that was idle so long is asked for a sign before a change goes over it */
	CONFLICTS_MAX = 20,  /* repetitions of a unit */
	CONFLICT_WAIT_MS = 5 /* before the first; each waits longer, up to CONFLICT_WAIT_MAX_MS */
};
enum { CONFLICT_WAIT_MAX_MS = 100, CONFLICTS_MS_MAX = 20 * 1000 };
enum { REPLICAS_REST_MS = 2000 /* before replicas that did not answer are tried again */ };

void vm_sql_session_init(struct vm_sql_session *session, const struct vm_sql_driver *driver,
			 const struct vm_sql_servers *servers)
{
	*session = (struct vm_sql_session){ .driver = driver, .servers = *servers };
}

void vm_sql_session_release(struct vm_sql_session *session)
{
	session->driver->disconnect(&session->primary);
	session->driver->disconnect(&session->replica);
	session->in_unit = false;
	vm_sql_servers_release(&session->servers);
}

void vm_sql_add_text(struct vm_sql_values *values, const char *text)
{
	values->items[values->count++] =
		(struct vm_sql_value){ .type = VM_SQL_TEXT, .text = text, .length = strlen(text) };
}

void vm_sql_add_number(struct vm_sql_values *values, int64_t number)
{
	values->items[values->count++] =
		(struct vm_sql_value){ .type = VM_SQL_INTEGER, .integer = number };
}

/* What an engine would refuse, or worse repair, and what would end a transaction in some of them. */
static enum vm_status check_values(const struct vm_sql_values *values, struct vm_error *err)
{
	for (unsigned int i = 0; i < values->count; i++)
		if (values->items[i].type == VM_SQL_TEXT && !vm_text_is_utf8(values->items[i].text))
			return vm_fail(err, VM_INVALID, "a text is not UTF-8");
	return VM_OK;
}

/* A role's servers, the link to one of them, and which that is. */
struct place {
	const struct vm_sql_role *role;
	struct vm_sql_link **link;
	size_t *at;
};

static struct place primary_place(struct vm_sql_session *session)
{
	return (struct place){ &session->servers.primaries, &session->primary,
			       &session->primary_at };
}

static void go_on(const struct place *place)
{
	*place->at = (*place->at + 1) % place->role->count;
}

/* The first server that can be reached, from the one that could be last time. */
static enum vm_sql_outcome connect_place(const struct vm_sql_driver *driver,
					 const struct place *place, struct vm_error *err)
{
	enum vm_sql_outcome outcome = VM_SQL_AWAY;

	if (*place->link != NULL)
		return VM_SQL_OK;
	for (size_t i = 0; i < place->role->count; i++) {
		outcome = driver->connect(&place->role->items[*place->at], place->link, err);
		if (outcome == VM_SQL_OK)
			return outcome;
		go_on(place);
	}
	return outcome;
}

static enum vm_sql_outcome connect_primary(struct vm_sql_session *session, struct vm_error *err)
{
	const struct place place = primary_place(session);
	const bool was_connected = session->primary != NULL;
	const enum vm_sql_outcome outcome = connect_place(session->driver, &place, err);

	if (!was_connected)
		session->primary_used = vm_clock_monotonic_ms();
	return outcome;
}

/* After LOST: the server has rolled an open transaction back, or will. */
static void drop_primary(struct vm_sql_session *session)
{
	session->driver->disconnect(&session->primary);
}

/* The server is there and does nothing for us: a demoted primary, a node that lost its cluster. Another may be right. */
static bool is_refusal(enum vm_sql_outcome outcome)
{
	return outcome == VM_SQL_AWAY || outcome == VM_SQL_READ_ONLY;
}

static void leave_primary(struct vm_sql_session *session)
{
	const struct place place = primary_place(session);

	if (session->primary == NULL)
		return;
	drop_primary(session);
	go_on(&place);
}

/*
 * A link to the primary that may be written to. A resident program's old link is asked for a sign first: to find it dead
 * before a change is sent costs nothing, to find out afterwards costs the answer.
 */
static enum vm_sql_outcome fresh_primary(struct vm_sql_session *session, struct vm_error *err)
{
	if (session->primary != NULL &&
	    vm_clock_monotonic_ms() - session->primary_used >= IDLE_MS &&
	    session->driver->ping(session->primary, err) != VM_SQL_OK)
		drop_primary(session);
	return connect_primary(session, err);
}

/* Says what an outcome that is not OK means, and forgets links that are no good any more. */
static enum vm_status settle(struct vm_sql_session *session, enum vm_sql_outcome outcome,
			     bool is_change, struct vm_error *err)
{
	const enum vm_status status = vm_sql_status(outcome);

	session->primary_used = vm_clock_monotonic_ms();
	if (session->in_unit && (outcome == VM_SQL_CONFLICT || is_refusal(outcome)))
		session->had_conflict = true;
	if (is_refusal(outcome))
		leave_primary(session);
	if (outcome == VM_SQL_LOST)
		drop_primary(session);
	if (outcome == VM_SQL_LOST && is_change) {
		char text[VM_ERROR_TEXT_MAX];

		(void)vm_text_copy(text, sizeof text, err->text);
		return vm_fail(err, VM_TEMPFAIL,
			       "%.140s; it may have happened, running it again is safe", text);
	}
	err->status = status;
	return status;
}

enum vm_status vm_sql_session_connect(struct vm_sql_session *session, struct vm_error *err)
{
	return settle(session, connect_primary(session, err), false, err);
}

enum vm_status vm_sql_session_ping(struct vm_sql_session *session, struct vm_error *err)
{
	enum vm_sql_outcome outcome = connect_primary(session, err);

	if (outcome == VM_SQL_OK)
		outcome = session->driver->ping(session->primary, err);
	if (outcome == VM_SQL_LOST && !session->in_unit) {
		drop_primary(session);
		outcome = connect_primary(session, err);
		if (outcome == VM_SQL_OK)
			outcome = session->driver->ping(session->primary, err);
	}
	return settle(session, outcome, false, err);
}

static struct vm_sql_call call_of(const struct vm_sql_session *session, enum vm_sql_statement_id id,
				  const struct vm_sql_values *values)
{
	const struct vm_sql_statement *const statement = &vm_sql_statements[id];

	return (struct vm_sql_call){ .slot = (unsigned int)id,
				     .text = statement->texts[session->driver->dialect],
				     .parameters = values->items,
				     .parameter_count = values->count,
				     .columns = statement->columns };
}

/* What came of reading: the engine's outcome, and the reader's own status. */
struct reading {
	enum vm_sql_outcome outcome;
	enum vm_status status;
	size_t rows;
};

static void fetch_rows(const struct vm_sql_session *session, struct vm_sql_link *link,
		       const struct vm_sql_reader *reader, struct reading *reading,
		       struct vm_error *err)
{
	struct vm_sql_cell cells[VM_SQL_COLUMNS_MAX];

	while (reading->status == VM_OK) {
		reading->outcome = session->driver->fetch(link, cells, err);
		if (reading->outcome != VM_SQL_ROW)
			break;
		reading->rows++;
		reading->status = reader->take(reader->context, cells, err);
	}
	session->driver->finish(link);
	if (reading->outcome == VM_SQL_ROW || reading->outcome == VM_SQL_END)
		reading->outcome = VM_SQL_OK;
}

static struct reading read_over(const struct vm_sql_session *session, struct vm_sql_link *link,
				const struct vm_sql_call *call, const struct vm_sql_reader *reader,
				struct vm_error *err)
{
	struct reading reading = { .outcome = session->driver->execute(link, call, NULL, err),
				   .status = VM_OK };

	if (reading.outcome == VM_SQL_OK)
		fetch_rows(session, link, reader, &reading, err);
	return reading;
}

/* May another server know better? Of CONFLICT too: a node of Galera that has lost sight of the others says so first. */
static bool is_unsure(enum vm_sql_outcome outcome)
{
	return outcome == VM_SQL_LOST || outcome == VM_SQL_CONFLICT || is_refusal(outcome);
}

/* From a role's link, which is connected when it is not; over another one when it breaks or is unsure before the first row. */
static struct reading read_place(const struct vm_sql_session *session, const struct place *place,
				 const struct vm_sql_call *call, const struct vm_sql_reader *reader,
				 struct vm_error *err)
{
	struct reading reading = { .outcome = VM_SQL_OK, .status = VM_OK };
	bool was_connected = *place->link != NULL;

	for (size_t left = place->role->count + was_connected; left > 0; left--) {
		reading.outcome = connect_place(session->driver, place, err);
		if (reading.outcome != VM_SQL_OK)
			return reading;
		reading = read_over(session, *place->link, call, reader, err);
		if (!is_unsure(reading.outcome))
			return reading;
		session->driver->disconnect(place->link);
		if (!was_connected || reading.outcome != VM_SQL_LOST)
			go_on(place);
		if (reading.rows > 0)
			return reading;
		was_connected = false;
	}
	return reading;
}

/* A unit ends with its connection, and with a conflict: what came after would not be the unit's. */
static enum vm_status check_unit(const struct vm_sql_session *session, struct vm_error *err)
{
	if (session->primary == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the connection was lost inside a unit of work");
	if (session->had_conflict)
		return vm_fail(err, VM_TEMPFAIL, "another change was in the way of a unit of work");
	return VM_OK;
}

static struct reading read_primary(struct vm_sql_session *session, const struct vm_sql_call *call,
				   const struct vm_sql_reader *reader, struct vm_error *err)
{
	const struct place place = primary_place(session);

	if (!session->in_unit)
		return read_place(session, &place, call, reader, err);
	if (check_unit(session, err) != VM_OK)
		return (struct reading){ .outcome = VM_SQL_FAILED, .status = VM_OK };
	return read_over(session, session->primary, call, reader, err);
}

/* Does what a replica said need no question to the primary? */
static bool is_settled(const struct reading *reading, const struct vm_sql_reader *reader)
{
	return reading->rows > 0 || reading->status != VM_OK ||
	       (reader->believes_absence && reading->outcome == VM_SQL_OK);
}

static bool may_ask_replicas(const struct vm_sql_session *session)
{
	return !session->in_unit && !session->is_fresh && session->servers.replicas.count > 0 &&
	       vm_clock_monotonic_ms() >= session->replicas_rest_until;
}

/* One that hangs costs its time limit once, not at every question of a delivery. */
static struct reading read_replicas(struct vm_sql_session *session, const struct vm_sql_call *call,
				    const struct vm_sql_reader *reader, struct vm_error *err)
{
	const struct place replicas = { &session->servers.replicas, &session->replica,
					&session->replica_at };
	const struct reading reading = read_place(session, &replicas, call, reader, err);

	if (session->replica == NULL)
		session->replicas_rest_until = vm_clock_monotonic_ms() + REPLICAS_REST_MS;
	return reading;
}

enum vm_status vm_sql_read(struct vm_sql_session *session, enum vm_sql_statement_id id,
			   const struct vm_sql_values *values, const struct vm_sql_reader *reader,
			   size_t *rows, struct vm_error *err)
{
	const struct vm_sql_call call = call_of(session, id, values);
	struct reading reading = { .outcome = VM_SQL_AWAY, .status = VM_OK };
	bool is_answered = false;
	enum vm_status status = check_values(values, err);

	*rows = 0;
	if (status != VM_OK)
		return status;
	if (may_ask_replicas(session)) {
		reading = read_replicas(session, &call, reader, err);
		is_answered = is_settled(&reading, reader);
	}
	if (!is_answered)
		reading = read_primary(session, &call, reader, err);
	*rows = reading.rows;
	if (reading.status != VM_OK)
		return reading.status;
	if (!is_answered)
		return settle(session, reading.outcome, false, err);
	err->status = vm_sql_status(reading.outcome);
	return err->status;
}

enum vm_status vm_sql_query(struct vm_sql_session *session, const char *text, unsigned int columns,
			    const struct vm_sql_reader *reader, struct vm_error *err)
{
	const struct vm_sql_call call = { .slot = VM_SQL_NO_SLOT,
					  .text = text,
					  .columns = columns };
	struct reading reading = { .outcome = VM_SQL_OK, .status = VM_OK };

	if (session->primary == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the connection was lost");
	reading = read_over(session, session->primary, &call, reader, err);
	if (reading.status != VM_OK)
		return reading.status;
	return settle(session, reading.outcome, false, err);
}

enum vm_status vm_sql_command(struct vm_sql_session *session, const char *text,
			      struct vm_error *err)
{
	if (session->primary == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the connection was lost");
	return settle(session, session->driver->command(session->primary, text, err), true, err);
}

static void wait_for_others(unsigned int round)
{
	const unsigned int longest = CONFLICT_WAIT_MS << (round < 5 ? round : 5);
	const unsigned int ms = longest < CONFLICT_WAIT_MAX_MS ? longest : CONFLICT_WAIT_MAX_MS;
	const struct timespec wait = { .tv_nsec = (long)ms * 1000000 };

	(void)nanosleep(&wait, NULL); /* sooner is fine too */
}

/* Longer than others hold a lock, and not so long that the caller is given up: in proportion to what it waits for an answer. */
static bool may_go_on(const struct vm_sql_session *session, unsigned int round, int64_t began)
{
	const int64_t patience = INT64_C(4000) * session->servers.primaries.items[0].answer_seconds;

	return round < CONFLICTS_MAX &&
	       vm_clock_monotonic_ms() - began <
		       (patience < CONFLICTS_MS_MAX ? patience : CONFLICTS_MS_MAX);
}

static enum vm_status change_in_unit(struct vm_sql_session *session, const struct vm_sql_call *call,
				     uint64_t *affected, struct vm_error *err)
{
	const enum vm_status status = check_unit(session, err);

	if (status != VM_OK)
		return status;
	return settle(session, session->driver->execute(session->primary, call, affected, err),
		      true, err);
}

static enum vm_sql_outcome change_alone(struct vm_sql_session *session,
					const struct vm_sql_call *call, uint64_t *affected,
					struct vm_error *err)
{
	const int64_t began = vm_clock_monotonic_ms();
	enum vm_sql_outcome outcome =
		session->driver->execute(session->primary, call, affected, err);

	for (unsigned int round = 0; outcome == VM_SQL_CONFLICT && may_go_on(session, round, began);
	     round++) {
		wait_for_others(round);
		outcome = session->driver->execute(session->primary, call, affected, err);
	}
	return outcome;
}

enum vm_status vm_sql_change(struct vm_sql_session *session, enum vm_sql_statement_id id,
			     const struct vm_sql_values *values, uint64_t *affected,
			     struct vm_error *err)
{
	const struct vm_sql_call call = call_of(session, id, values);
	enum vm_sql_outcome outcome = VM_SQL_AWAY;
	enum vm_status status = check_values(values, err);

	if (status != VM_OK)
		return status;
	if (session->in_unit)
		return change_in_unit(session, &call, affected, err);
	for (size_t left = session->servers.primaries.count; left > 0; left--) {
		outcome = fresh_primary(session, err);
		if (outcome != VM_SQL_OK)
			return settle(session, outcome, false, err);
		outcome = change_alone(session, &call, affected, err);
		if (!is_refusal(outcome))
			break;
		leave_primary(session);
	}
	return settle(session, outcome, true, err);
}

enum vm_status vm_sql_begin(struct vm_sql_session *session, struct vm_error *err)
{
	/* SQLite's plain BEGIN takes no lock, and could not get one later without a deadlock. */
	const char *const text = session->driver->dialect == VM_SQL_SQLITE ? "BEGIN IMMEDIATE"
									   : "BEGIN";
	enum vm_sql_outcome outcome = VM_SQL_OK;

	if (session->in_unit)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open already");
	session->had_conflict = false;
	for (size_t left = session->servers.primaries.count; left > 0; left--) {
		outcome = fresh_primary(session, err);
		if (outcome != VM_SQL_OK)
			break;
		outcome = session->driver->command(session->primary, text, err);
		if (!is_refusal(outcome))
			break;
		leave_primary(session);
	}
	if (outcome == VM_SQL_OK)
		session->in_unit = true;
	else if (outcome == VM_SQL_CONFLICT)
		session->had_conflict = true;
	return settle(session, outcome, false, err);
}

void vm_sql_rollback(struct vm_sql_session *session)
{
	struct vm_error ignored;

	if (!session->in_unit)
		return;
	session->in_unit = false;
	/* Without a connection there is nothing to take back: the server has done it. */
	if (session->primary != NULL &&
	    session->driver->command(session->primary, "ROLLBACK", &ignored) != VM_SQL_OK)
		drop_primary(session);
}

enum vm_status vm_sql_commit(struct vm_sql_session *session, struct vm_error *err)
{
	enum vm_sql_outcome outcome = VM_SQL_OK;
	enum vm_status status = VM_INTERNAL;

	if (!session->in_unit)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	status = check_unit(session, err);
	if (status != VM_OK) {
		vm_sql_rollback(session);
		return status;
	}
	outcome = session->driver->command(session->primary, "COMMIT", err);
	status = settle(session, outcome, true, err);
	if (outcome != VM_SQL_OK && outcome != VM_SQL_LOST)
		vm_sql_rollback(session);
	session->in_unit = false;
	return status;
}

bool vm_sql_may_repeat(const struct vm_sql_session *session, unsigned int round)
{
	if (!session->had_conflict || round >= CONFLICTS_MAX)
		return false;
	wait_for_others(round);
	return true;
}

enum vm_status vm_sql_in_unit(struct vm_sql_session *session,
			      enum vm_status (*work)(struct vm_sql_session *session, void *context,
						     struct vm_error *err),
			      void *context, struct vm_error *err)
{
	const int64_t began = vm_clock_monotonic_ms();
	enum vm_status status = VM_INTERNAL;

	if (session->in_unit)
		return work(session, context, err);
	for (unsigned int round = 0;; round++) {
		status = vm_sql_begin(session, err);
		if (status == VM_OK)
			status = work(session, context, err);
		if (status == VM_OK)
			status = vm_sql_commit(session, err);
		vm_sql_rollback(session);
		if (status == VM_OK || !may_go_on(session, round, began) ||
		    !vm_sql_may_repeat(session, round))
			return status;
	}
}
