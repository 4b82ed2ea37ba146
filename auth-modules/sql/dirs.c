/* Big-dir records: one row of dir_control for each domain. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"

static enum vm_status take_dirs(void *context, const struct vm_sql_cell *cells,
				struct vm_error *err)
{
	struct vm_dir_control *const dirs = context;
	char path[VM_PATH_MAX + 1];
	struct vm_sql_row row = { .next = cells, .err = err, .what = "dir_control" };

	dirs->count = (uint64_t)vm_sql_row_number(&row, 0, INT64_MAX, 0);
	/* 5.4 wraps below 0 and mixes up the numbers of a level; the folder tells all that they do. */
	for (int i = 0; i < 14; i++)
		(void)vm_sql_row_number(&row, INT64_MIN, INT64_MAX, 0);
	vm_sql_row_copy(&row, path, VM_PATH_MAX);
	if (row.status == VM_OK && !vm_dir_control_set_path(dirs, path))
		return vm_fail(err, VM_MISCONFIG,
			       "the_dir of dir_control is \"%s\", no such folder", path);
	return row.status;
}

static enum vm_status find(struct vm_sql_session *session, enum vm_sql_statement_id id,
			   const char *domain, struct vm_dir_control *out, size_t *rows,
			   struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_dirs, .context = out };
	struct vm_sql_values values = { .count = 0 };

	vm_dir_control_init(out);
	vm_sql_add_text(&values, domain);
	return vm_sql_read(session, id, &values, &reader, rows, err);
}

enum vm_status vm_sql_get_dirs(struct vm_backend *backend, const char *domain,
			       struct vm_dir_control *out, struct vm_error *err)
{
	size_t rows = 0;

	return find(vm_sql_session_of(backend), VM_SQL_DIRS_GET, domain, out, &rows, err);
}

static void add_levels(struct vm_sql_values *values, const int levels[VM_DIR_CONTROL_LEVELS])
{
	for (int i = 0; i < VM_DIR_CONTROL_LEVELS; i++)
		vm_sql_add_number(values, levels[i]);
}

struct change {
	const char *domain;
	const struct vm_dirs_change *change;
};

static enum vm_status change_locked(struct vm_sql_session *session, void *context,
				    struct vm_error *err)
{
	const struct change *const change = context;
	struct vm_sql_values values = { .count = 0 };
	struct vm_dir_control dirs;
	size_t rows = 0;
	enum vm_status status = find(session, VM_SQL_DIRS_LOCK, change->domain, &dirs, &rows, err);

	if (status != VM_OK)
		return status;
	change->change->apply(change->change->context, &dirs);
	vm_sql_add_number(&values, (int64_t)dirs.count);
	vm_sql_add_number(&values, dirs.level_current);
	vm_sql_add_number(&values, dirs.level_max);
	add_levels(&values, dirs.start);
	add_levels(&values, dirs.end);
	add_levels(&values, dirs.mod);
	add_levels(&values, dirs.index);
	vm_sql_add_text(&values, dirs.path);
	vm_sql_add_text(&values, change->domain);
	status = vm_sql_change(session, rows > 0 ? VM_SQL_DIRS_UPDATE : VM_SQL_DIRS_INSERT, &values,
			       NULL, err);
	/* Two first accounts at once: the other's row is there now. */
	if (status == VM_EXISTS) {
		session->had_conflict = true;
		return vm_fail(err, VM_TEMPFAIL, "dir_control of %s was made by another",
			       change->domain);
	}
	return status;
}

enum vm_status vm_sql_change_dirs(struct vm_backend *backend, const char *domain,
				  const struct vm_dirs_change *change, struct vm_error *err)
{
	struct change wanted = { domain, change };

	return vm_sql_in_unit(vm_sql_session_of(backend), change_locked, &wanted, err);
}
