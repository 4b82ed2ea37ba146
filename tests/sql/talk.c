/* Runs a driver's calls as a pipe asks for them. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/outcome.h"
#include "talk.h"

struct talk {
	const struct vm_sql_driver *driver;
	struct vm_sql_link *link;
	unsigned int columns; /* of the open result */
	struct json_object *request, *answer;
};

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	if (!json_object_object_get_ex(object, name, &found) || found == NULL)
		return "";
	return json_object_get_string(found);
}

static unsigned int number_of(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	if (!json_object_object_get_ex(object, name, &found))
		return 0;
	return (unsigned int)json_object_get_int64(found);
}

static enum vm_sql_outcome do_connect(struct talk *talk, struct vm_error *err)
{
	struct json_object *from = NULL;
	struct vm_sql_server server;

	if (!json_object_object_get_ex(talk->request, "server", &from))
		return VM_SQL_FAILED;
	server = (struct vm_sql_server){
		.host = text_of(from, "host"),
		.socket = text_of(from, "socket"),
		.port = number_of(from, "port"),
		.user = text_of(from, "user"),
		.password = text_of(from, "password"),
		.database = text_of(from, "database"),
		.tls = text_of(from, "tls"),
		.tls_ca = text_of(from, "tls_ca"),
		.tls_certificate = text_of(from, "tls_certificate"),
		.tls_key = text_of(from, "tls_key"),
		.connect_seconds = number_of(from, "connect_seconds"),
		.answer_seconds = number_of(from, "answer_seconds"),
		.wants_writable = number_of(from, "wants_writable") != 0,
	};
	talk->driver->disconnect(&talk->link); /* the one before, if any */
	return talk->driver->connect(&server, &talk->link, err);
}

static struct vm_sql_value value_of(struct json_object *object)
{
	if (object == NULL)
		return (struct vm_sql_value){ .type = VM_SQL_NULL };
	if (json_object_is_type(object, json_type_int))
		return (struct vm_sql_value){ .type = VM_SQL_INTEGER,
					      .integer = json_object_get_int64(object) };
	return (struct vm_sql_value){ .type = VM_SQL_TEXT,
				      .text = json_object_get_string(object),
				      .length = (size_t)json_object_get_string_len(object) };
}

static enum vm_sql_outcome do_execute(struct talk *talk, struct vm_error *err)
{
	struct vm_sql_value values[VM_SQL_PARAMETERS_MAX];
	struct json_object *parameters = NULL;
	struct vm_sql_call call = { .slot = number_of(talk->request, "slot"),
				    .text = text_of(talk->request, "text"),
				    .parameters = values,
				    .columns = number_of(talk->request, "columns") };
	uint64_t affected = 0;
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	if (json_object_object_get_ex(talk->request, "parameters", &parameters))
		call.parameter_count = (unsigned int)json_object_array_length(parameters);
	for (unsigned int i = 0; i < call.parameter_count && i < VM_SQL_PARAMETERS_MAX; i++)
		values[i] = value_of(json_object_array_get_idx(parameters, i));
	talk->columns = call.columns;
	outcome = talk->driver->execute(talk->link, &call, &affected, err);
	json_object_object_add(talk->answer, "affected", json_object_new_int64((int64_t)affected));
	return outcome;
}

static enum vm_sql_outcome fetch_into(struct talk *talk, struct json_object **row,
				      struct vm_error *err)
{
	struct vm_sql_cell cells[VM_SQL_COLUMNS_MAX];
	const enum vm_sql_outcome outcome = talk->driver->fetch(talk->link, cells, err);

	*row = json_object_new_array();
	for (unsigned int i = 0; outcome == VM_SQL_ROW && i < talk->columns; i++)
		json_object_array_add(*row, cells[i].text == NULL
						    ? NULL
						    : json_object_new_string_len(
							      cells[i].text, (int)cells[i].length));
	return outcome;
}

static enum vm_sql_outcome do_fetch(struct talk *talk, struct vm_error *err)
{
	struct json_object *row = NULL;
	const enum vm_sql_outcome outcome = fetch_into(talk, &row, err);

	json_object_object_add(talk->answer, "cells", row);
	return outcome;
}

static enum vm_sql_outcome do_finish(struct talk *talk, struct vm_error *err)
{
	(void)err;
	talk->driver->finish(talk->link);
	return VM_SQL_OK;
}

static enum vm_sql_outcome do_rows(struct talk *talk, struct vm_error *err)
{
	struct json_object *const rows = json_object_new_array();
	struct json_object *row = NULL;
	enum vm_sql_outcome outcome = VM_SQL_ROW;

	while ((outcome = fetch_into(talk, &row, err)) == VM_SQL_ROW)
		json_object_array_add(rows, row);
	json_object_put(row);
	json_object_object_add(talk->answer, "rows", rows);
	talk->driver->finish(talk->link);
	return outcome;
}

static enum vm_sql_outcome do_command(struct talk *talk, struct vm_error *err)
{
	return talk->driver->command(talk->link, text_of(talk->request, "text"), err);
}

static enum vm_sql_outcome do_ping(struct talk *talk, struct vm_error *err)
{
	return talk->driver->ping(talk->link, err);
}

static enum vm_sql_outcome do_disconnect(struct talk *talk, struct vm_error *err)
{
	(void)err;
	talk->driver->disconnect(&talk->link);
	return VM_SQL_OK;
}

static const struct {
	const char *name;
	enum vm_sql_outcome (*act)(struct talk *, struct vm_error *);
	bool needs_link;
} verbs[] = {
	{ "connect", do_connect, false }, { "execute", do_execute, true },
	{ "fetch", do_fetch, true },      { "rows", do_rows, true },
	{ "command", do_command, true },  { "ping", do_ping, true },
	{ "finish", do_finish, true },    { "disconnect", do_disconnect, false },
};

static bool answer_line(struct talk *talk)
{
	const char *const verb = text_of(talk->request, "do");

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		struct vm_error err = { .status = VM_OK };
		enum vm_sql_outcome outcome = VM_SQL_FAILED;

		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (verbs[i].needs_link && talk->link == NULL)
			return false;
		outcome = verbs[i].act(talk, &err);
		json_object_object_add(talk->answer, "outcome",
				       json_object_new_string(vm_sql_outcome_name(outcome)));
		json_object_object_add(talk->answer, "error", json_object_new_string(err.text));
		return true;
	}
	return false;
}

int talk_for(const struct vm_sql_driver *driver)
{
	struct talk talk = { .driver = driver };
	char *line = NULL;
	size_t size = 0;
	bool understood = true;

	while (understood && getline(&line, &size, stdin) > 0) {
		talk.request = json_tokener_parse(line);
		talk.answer = json_object_new_object();
		understood = talk.request != NULL && answer_line(&talk);
		(void)printf("%s\n",
			     json_object_to_json_string_ext(talk.answer, JSON_C_TO_STRING_PLAIN));
		(void)fflush(stdout); /* a reader that is gone ends stdin too */
		json_object_put(talk.answer);
		json_object_put(talk.request);
	}
	free(line);
	driver->disconnect(&talk.link);
	return understood ? 0 : 1;
}
