/* Keeps a view of each domain's accounts. */
#include <config.h>

#include "domain_views.h"

#include <string.h>

#include "backend.h"
#include "domain_table_text.h"
#include "util/text.h"

enum { PAGE = 1000, ARENA_MAX = 4 * 1024 * 1024 };

#define MYSQL_OWN                                                                \
	"FROM information_schema.views v WHERE v.table_schema = DATABASE() AND " \
	"v.table_name = '@T' AND LOCATE('''@D''', v.view_definition) > 0"
#define PGSQL_OBJECT                                              \
	"SELECT COUNT(*) FROM pg_class WHERE relname = '@T' AND " \
	"relnamespace = current_schema()::regnamespace AND "
#define PGSQL_OWN  "(relkind = 'v' AND POSITION('''@D''' IN pg_get_viewdef(oid)) > 0)"
#define SQLITE_OWN "(type = 'view' AND instr(sql, '''@D''') > 0)"

#define MISSING(fits, have) \
	"SELECT (SELECT COUNT(*) FROM domains WHERE name = real_name AND " fits ") - (" have ")"

struct engine {
	const char *taken;   /* what has the view's name and is not the view */
	const char *own;     /* the view */
	const char *missing; /* how many domains more than views */
	const char *once[4]; /* before the first view */
	const char *make[4];
	const char *drop;
};

static const struct engine engines[VM_SQL_DIALECTS] = {
	[VM_SQL_MYSQL] = {
		.taken = "SELECT COUNT(*) FROM information_schema.tables t WHERE "
			 "t.table_schema = DATABASE() AND t.table_name = '@T' AND "
			 "NOT EXISTS (SELECT 1 " MYSQL_OWN ")",
		.own = "SELECT COUNT(*) " MYSQL_OWN,
		.missing = MISSING("CHAR_LENGTH(name) <= 64",
				   "SELECT COUNT(*) FROM information_schema.views WHERE "
				   "table_schema = DATABASE() AND "
				   "LOCATE('pw_domain` = ', view_definition) > 0"),
		.once = { VM_SQL_MYSQL_HOME_DEFAULT, VM_SQL_MYSQL_HOME_DROP,
			  VM_SQL_MYSQL_HOME_TRIGGER },
		.make = { "CREATE OR REPLACE VIEW `@T` AS " VM_SQL_DOMAIN_VIEW },
		.drop = "DROP VIEW IF EXISTS `@T`",
	},
	[VM_SQL_PGSQL] = {
		.taken = PGSQL_OBJECT "NOT " PGSQL_OWN,
		.own = PGSQL_OBJECT PGSQL_OWN,
		.missing = MISSING("TRUE",
				   "SELECT COUNT(*) FROM pg_class WHERE relkind = 'v' AND "
				   "relnamespace = current_schema()::regnamespace AND "
				   "POSITION('pw_domain' IN pg_get_viewdef(oid)) > 0"),
		.make = { "CREATE OR REPLACE VIEW \"@T\" AS " VM_SQL_DOMAIN_VIEW,
			  VM_SQL_PGSQL_INSERT_RULE },
		.drop = "DROP VIEW IF EXISTS \"@T\"",
	},
	[VM_SQL_SQLITE] = {
		.taken = "SELECT COUNT(*) FROM sqlite_master WHERE name = '@T' AND NOT " SQLITE_OWN,
		.own = "SELECT COUNT(*) FROM sqlite_master WHERE name = '@T' AND " SQLITE_OWN,
		.missing = MISSING("length(name) <= 64",
				   "SELECT COUNT(*) FROM sqlite_master WHERE type = 'view' AND "
				   "instr(sql, 'pw_domain') > 0"),
		.make = { "DROP VIEW IF EXISTS \"@T\"",
			  "CREATE VIEW \"@T\" AS " VM_SQL_DOMAIN_VIEW },
		.drop = "DROP VIEW IF EXISTS \"@T\"",
	},
};

static const struct engine *engine_of(const struct vm_sql_session *session)
{
	return &engines[session->driver->dialect];
}

enum vm_status vm_sql_view_check(struct vm_sql_session *session, const char *domain,
				 struct vm_error *err)
{
	char name[VM_SQL_TABLE_MAX + 1];
	const struct vm_sql_domain_table table = { .name = name, .domain = domain };
	int64_t taken = 0;
	enum vm_status status = VM_INTERNAL;

	if (!vm_sql_domain_table_name(session->driver->dialect, domain, name))
		return vm_fail_field(err, VM_INVALID, "domain",
				     "a view cannot be named after %s (domain_views)", domain);
	status = vm_sql_session_connect(session, err);
	if (status == VM_OK)
		status = vm_sql_domain_table_count(session, &table, engine_of(session)->taken,
						   &taken, err);
	if (status == VM_OK && taken > 0)
		return vm_fail_field(err, VM_INVALID, "domain",
				     "the view of %s would be %s, which is there already "
				     "(domain_views)",
				     domain, name);
	return status;
}

enum vm_status vm_sql_view_make(struct vm_sql_session *session, const char *domain,
				struct vm_error *err)
{
	const struct engine *const engine = engine_of(session);
	char name[VM_SQL_TABLE_MAX + 1];
	const struct vm_sql_domain_table table = { .name = name, .domain = domain };
	enum vm_status status = vm_sql_session_connect(session, err);

	if (!vm_sql_domain_table_name(session->driver->dialect, domain, name))
		return VM_OK;
	for (size_t i = 0; status == VM_OK && engine->make[i] != NULL; i++)
		status = vm_sql_domain_table_run(session, &table, engine->make[i], err);
	return status;
}

enum vm_status vm_sql_view_drop(struct vm_sql_session *session, const char *domain,
				struct vm_error *err)
{
	const struct engine *const engine = engine_of(session);
	char name[VM_SQL_TABLE_MAX + 1];
	const struct vm_sql_domain_table table = { .name = name, .domain = domain };
	int64_t own = 0;
	enum vm_status status = VM_INTERNAL;

	if (!vm_sql_domain_table_name(session->driver->dialect, domain, name))
		return VM_OK;
	status = vm_sql_session_connect(session, err);
	if (status == VM_OK)
		status = vm_sql_domain_table_count(session, &table, engine->own, &own, err);
	return status == VM_OK && own > 0
		       ? vm_sql_domain_table_run(session, &table, engine->drop, err)
		       : status;
}

enum vm_status vm_sql_views_missing(struct vm_sql_session *session, size_t *out,
				    struct vm_error *err)
{
	const struct vm_sql_domain_table none = { .name = "", .domain = "" };
	int64_t missing = 0;
	const enum vm_status status = vm_sql_domain_table_count(session, &none,
								engine_of(session)->missing,
								&missing, err);

	*out = missing > 0 ? (size_t)missing : 0;
	return status;
}

static enum vm_status make_page(struct vm_sql_session *session, const struct vm_domain_list *list,
				struct vm_error *err)
{
	char name[VM_SQL_TABLE_MAX + 1];
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < list->count && status == VM_OK; i++) {
		const struct vm_domain_entry *const entry = &list->items[i];

		if (strcmp(entry->name, entry->real) != 0 ||
		    !vm_sql_domain_table_name(session->driver->dialect, entry->name, name))
			continue;
		status = vm_sql_view_check(session, entry->name, err);
		if (status == VM_OK)
			status = vm_sql_view_make(session, entry->name, err);
	}
	return status;
}

enum vm_status vm_sql_views_make(struct vm_backend *backend, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	const struct engine *const engine = engine_of(session);
	char after[VM_DOMAIN_MAX + 1] = "";
	struct vm_domain_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = vm_sql_session_connect(session, err);

	vm_arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; status == VM_OK && engine->once[i] != NULL; i++)
		status = vm_sql_command(session, engine->once[i], err);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_sql_domain_ops.list(backend, (struct vm_page){ after, PAGE }, &arena,
						&list, err);
		if (status == VM_OK)
			status = make_page(session, &list, err);
		if (status == VM_OK && list.count > 0 &&
		    !vm_text_copy(after, sizeof after, list.items[list.count - 1].name))
			status = vm_fail(err, VM_INTERNAL, "the name of a domain is too long");
	}
	vm_arena_release(&arena);
	return status;
}
