/*
 * Databases of vpopmail --disable-many-domains have a table for each domain, named after it with '_' for '.' and '-', and
 * without pw_domain. Their rows go into vpopmail; the old table stays as old$NAME, and in its place comes a view, so that the
 * old programs' statements still run. No domain's table can have such a name, for no domain has a '$'.
 */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "domain_table_text.h"
#include "domain_views.h"
#include "row.h"
#include "schema.h"

enum { TABLES_MAX = 1000000, ARENA_MAX = 256 * 1024 * 1024, PAGE = 1000 };

/* Tables with accounts and no pw_domain; has it clear passwords? */
#define CANDIDATES(schema)                                                                    \
	"SELECT c.table_name, SUM(CASE WHEN c.column_name = 'pw_clear_passwd' THEN 1 ELSE 0 " \
	"END) FROM information_schema.columns c JOIN information_schema.tables t "            \
	"ON t.table_schema = c.table_schema AND t.table_name = c.table_name "                 \
	"WHERE c.table_schema = " schema " AND t.table_type = 'BASE TABLE' "                  \
	"GROUP BY c.table_name "                                                              \
	"HAVING SUM(CASE WHEN c.column_name IN ('pw_name', 'pw_passwd', 'pw_uid', 'pw_gid', " \
	"'pw_gecos', 'pw_dir', 'pw_shell') THEN 1 ELSE 0 END) = 7 AND "                       \
	"SUM(CASE WHEN c.column_name = 'pw_domain' THEN 1 ELSE 0 END) = 0 "                   \
	"ORDER BY c.table_name"

/* A table without a domain is nobody's here, and left alone. */
struct tables {
	struct vm_sql_session *session;
	struct vm_arena arena;
	struct vm_sql_domain_table *items;
	size_t count, capacity;
	size_t owned; /* those with a domain */
};

static enum vm_status take_table(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	enum { FIRST = 64 };
	struct tables *const tables = context;
	struct vm_sql_row row = {
		.next = cells, .arena = &tables->arena, .err = err, .what = "the tables"
	};
	struct vm_sql_domain_table *table = NULL;

	if (tables->count == TABLES_MAX)
		return vm_fail(err, VM_TEMPFAIL, "the database has too many tables");
	if (tables->count == tables->capacity) {
		const size_t capacity = tables->capacity == 0 ? FIRST : tables->capacity * 2;
		struct vm_sql_domain_table *const items =
			vm_arena_alloc_array(&tables->arena, capacity, sizeof *items);

		if (items == NULL)
			return vm_fail_memory(err);
		if (tables->count > 0)
			memcpy(items, tables->items, tables->count * sizeof *items);
		tables->items = items;
		tables->capacity = capacity;
	}
	table = &tables->items[tables->count++];
	*table =
		(struct vm_sql_domain_table){ .name = vm_sql_row_text(&row, VM_SQL_TABLE_MAX * 4) };
	table->has_clear = vm_sql_row_number(&row, 0, 1, 0) > 0;
	return row.status;
}

static enum vm_status give_to(struct tables *tables, const char *domain, struct vm_error *err)
{
	char name[VM_SQL_TABLE_MAX + 1];

	if (!vm_sql_domain_table_name(tables->session->driver->dialect, domain, name))
		return VM_OK;
	for (size_t i = 0; i < tables->count; i++) {
		struct vm_sql_domain_table *const table = &tables->items[i];

		if (strcmp(table->name, name) != 0)
			continue;
		if (table->domain != NULL)
			return vm_fail(err, VM_DENIED,
				       "the table %s belongs to %s and to %s: move one of them "
				       "away first",
				       name, table->domain, domain);
		table->domain = vm_arena_strdup(&tables->arena, domain);
		if (table->domain == NULL)
			return vm_fail_memory(err);
		tables->owned++;
	}
	return VM_OK;
}

static enum vm_status give_to_all(struct vm_backend *backend, struct tables *tables,
				  struct vm_error *err)
{
	struct vm_domain_list list = { .more = true };
	const char *after = "";
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		status = vm_sql_domain_ops.list(backend, (struct vm_page){ after, PAGE },
						&tables->arena, &list, err);
		for (size_t i = 0; i < list.count && status == VM_OK; i++) {
			const struct vm_domain_entry *const entry = &list.items[i];

			after = entry->name;
			if (strcmp(entry->name, entry->real) == 0)
				status = give_to(tables, entry->name, err);
		}
	}
	return status;
}

/* To be released also after a failure. VM_DENIED: two domains have the same table. */
static enum vm_status find_tables(struct vm_backend *backend, struct tables *tables,
				  struct vm_error *err)
{
	static const char *const texts[VM_SQL_DIALECTS] = {
		[VM_SQL_MYSQL] = CANDIDATES("DATABASE()"),
		[VM_SQL_PGSQL] = CANDIDATES("current_schema()"),
	};
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	const struct vm_sql_reader reader = { .take = take_table, .context = tables };
	const char *const text = texts[session->driver->dialect];
	const bool was_fresh = session->is_fresh;
	enum vm_status status = VM_OK;

	*tables = (struct tables){ .session = session };
	vm_arena_init(&tables->arena, ARENA_MAX);
	if (text == NULL) /* vpopmail had no such tables in SQLite */
		return VM_OK;
	status = vm_sql_query(session, text, 2, &reader, err);
	if (status != VM_OK || tables->count == 0)
		return status;
	session->is_fresh = true;
	status = give_to_all(backend, tables, err);
	session->is_fresh = was_fresh;
	return status;
}

enum vm_status vm_sql_count_domain_tables(struct vm_backend *backend, size_t *out,
					  struct vm_error *err)
{
	struct tables tables;
	size_t missing = 0;
	enum vm_status status = find_tables(backend, &tables, err);

	*out = tables.owned;
	if (status == VM_DENIED) { /* to be told by who takes them over */
		*out = tables.owned + 1;
		status = VM_OK;
	}
	if (status == VM_OK && tables.session->makes_views)
		status = vm_sql_views_missing(tables.session, &missing, err);
	*out += missing;
	vm_arena_release(&tables.arena);
	return status;
}

struct engine {
	const char *ours,
		*missing;      /* accounts that vpopmail has of the domain, and that it lacks */
	const char *before[4]; /* once, before the first table */
	const char *copy;
	const char *replace[4];
};

#define COPY(quote)                                                                             \
	"INSERT INTO vpopmail (" VM_SQL_ACCOUNT_COLUMNS                                         \
	", pw_clear_passwd, pw_domain) SELECT " VM_SQL_ACCOUNT_COLUMNS ", @C, '@D' FROM " quote \
	"@T" quote
#define OURS "SELECT COUNT(*) FROM vpopmail WHERE pw_domain = '@D'"
#define MISSING(quote)                                                                 \
	"SELECT COUNT(*) FROM " quote "@T" quote " t WHERE NOT EXISTS (SELECT 1 FROM " \
	"vpopmail v WHERE v.pw_domain = '@D' AND v.pw_name = t.pw_name AND "           \
	"COALESCE(v.pw_passwd, '') = COALESCE(t.pw_passwd, ''))"

static const struct engine engines[VM_SQL_DIALECTS] = {
	[VM_SQL_MYSQL] = {
		.ours = OURS,
		.missing = MISSING("`"),
		.before = {
			VM_SQL_MYSQL_HOME_DEFAULT,
			VM_SQL_MYSQL_HOME_DROP,
			VM_SQL_MYSQL_HOME_TRIGGER,
		},
		.copy = COPY("`"),
		/* The names change places in one moment: nobody finds the domain without accounts. */
		.replace = {
			"CREATE OR REPLACE VIEW `@N` AS " VM_SQL_DOMAIN_VIEW,
			"RENAME TABLE `@T` TO `@K`, `@N` TO `@T`",
		},
	},
	[VM_SQL_PGSQL] = {
		.ours = OURS,
		.missing = MISSING("\""),
		.copy = COPY("\""),
		.replace = {
			"ALTER TABLE \"@T\" RENAME TO \"@K\"",
			"CREATE VIEW \"@T\" AS " VM_SQL_DOMAIN_VIEW,
			VM_SQL_PGSQL_INSERT_RULE,
		},
	},
};

/* Rows that are in vpopmail already come from a run that was interrupted - or from another time. */
static enum vm_status copy_rows(struct tables *tables, const struct vm_sql_domain_table *table,
				const struct engine *engine, struct vm_error *err)
{
	int64_t ours = 0, missing = 0;
	enum vm_status status =
		vm_sql_domain_table_count(tables->session, table, engine->ours, &ours, err);

	if (status == VM_OK && ours > 0)
		status = vm_sql_domain_table_count(tables->session, table, engine->missing,
						   &missing, err);
	if (status == VM_OK && missing > 0)
		return vm_fail(err, VM_DENIED,
			       "the tables %s and vpopmail have different accounts of %s: remove "
			       "or rename the one that is out of date",
			       table->name, table->domain);
	return status == VM_OK && ours == 0
		       ? vm_sql_domain_table_run(tables->session, table, engine->copy, err)
		       : status;
}

static enum vm_status take_over(struct tables *tables, const struct vm_sql_domain_table *table,
				struct vm_error *err)
{
	const struct engine *const engine = &engines[tables->session->driver->dialect];
	enum vm_status status = vm_sql_begin(tables->session, err);

	if (status == VM_OK && tables->session->driver->dialect == VM_SQL_PGSQL)
		status = vm_sql_domain_table_run(tables->session, table,
						 "LOCK TABLE \"@T\" IN ACCESS EXCLUSIVE MODE", err);
	if (status == VM_OK)
		status = copy_rows(tables, table, engine, err);
	for (size_t i = 0; status == VM_OK && engine->replace[i] != NULL; i++)
		status = vm_sql_domain_table_run(tables->session, table, engine->replace[i], err);
	if (status == VM_OK)
		return vm_sql_commit(tables->session, err);
	vm_sql_rollback(tables->session);
	return status;
}

enum vm_status vm_sql_take_domain_tables(struct vm_backend *backend, size_t *taken,
					 struct vm_error *err)
{
	struct tables tables;
	size_t missing = 0;
	enum vm_status status = find_tables(backend, &tables, err);

	if (status == VM_OK && tables.owned > 0) {
		const struct engine *const engine = &engines[tables.session->driver->dialect];

		for (size_t i = 0; status == VM_OK && engine->before[i] != NULL; i++)
			status = vm_sql_command(tables.session, engine->before[i], err);
	}
	*taken = 0;
	for (size_t i = 0; status == VM_OK && i < tables.count; i++) {
		if (tables.items[i].domain == NULL)
			continue;
		status = take_over(&tables, &tables.items[i], err);
		*taken += status == VM_OK;
	}
	if (status == VM_OK && tables.session->makes_views)
		status = vm_sql_views_missing(tables.session, &missing, err);
	if (status == VM_OK && missing > 0)
		status = vm_sql_views_make(backend, err);
	*taken += missing;
	vm_arena_release(&tables.arena);
	return status;
}
