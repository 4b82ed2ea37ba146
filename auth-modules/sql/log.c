/* The authentication log: rows of vlog, without passwords. */
#include <config.h>

#include <limits.h>
#include <string.h>

#include "backend.h"
#include "row.h"
#include "util/text.h"

enum { USER_MAX = 64, DOMAIN_MAX = 96, LOGON_MAX = 200, MESSAGE_MAX = 255 };
enum { TEXT_MAX = 1024 }; /* of a row that others wrote */

/* What a stranger typed is cut to its column and cleaned: the log must never decide a login. */
static void clean(char *out, size_t size, const char *text)
{
	const size_t length = strlen(text);
	const size_t kept = length < size ? length : size - 1;

	memcpy(out, text, kept);
	out[kept] = '\0';
	vm_text_sanitize(out);
}

enum vm_status vm_sql_write_event(struct vm_sql_session *session, const struct vm_log_event *event,
				  struct vm_error *err)
{
	char user[USER_MAX + 1], domain[DOMAIN_MAX + 1], logon[LOGON_MAX + 1];
	char ip[VM_IP_MAX + 1], message[MESSAGE_MAX + 1];
	struct vm_sql_values values = { .count = 0 };

	clean(user, sizeof user, event->user);
	clean(domain, sizeof domain, event->domain);
	clean(logon, sizeof logon, event->logon);
	clean(ip, sizeof ip, event->remote_ip);
	clean(message, sizeof message, event->message);
	vm_sql_add_text(&values, user);
	vm_sql_add_text(&values, domain);
	vm_sql_add_text(&values, logon);
	vm_sql_add_text(&values, ip);
	vm_sql_add_text(&values, message);
	vm_sql_add_number(&values, event->when);
	vm_sql_add_number(&values, event->kind);
	return vm_sql_change(session, VM_SQL_LOG_WRITE, &values, NULL, err);
}

static enum vm_status write_alone(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct vm_log_event *const event = context;
	const enum vm_status status = vm_sql_need_no_sync(session, err);

	return status == VM_OK ? vm_sql_write_event(session, event, err) : status;
}

static enum vm_status write_log(struct vm_backend *backend, const struct vm_log_event *event,
				struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_log_event copy = *event;

	if (session->driver->dialect != VM_SQL_PGSQL || session->in_unit)
		return vm_sql_write_event(session, event, err);
	return vm_sql_in_unit(session, write_alone, &copy, err);
}

struct page {
	size_t limit;
	struct vm_arena *arena;
	struct vm_log_list *out;
};

static enum vm_status take_event(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	const struct page *const page = context;
	struct vm_sql_row row = { .next = cells, .arena = page->arena, .err = err, .what = "vlog" };
	struct vm_log_row *out = NULL;

	if (page->out->count == page->limit) {
		page->out->more = true;
		return VM_OK;
	}
	out = &page->out->items[page->out->count];
	out->number = (uint64_t)vm_sql_row_number(&row, 1, INT64_MAX, 0);
	out->event.user = vm_sql_row_text(&row, TEXT_MAX);
	out->event.domain = vm_sql_row_text(&row, TEXT_MAX);
	out->event.logon = vm_sql_row_text(&row, TEXT_MAX);
	out->event.remote_ip = vm_sql_row_text(&row, TEXT_MAX);
	out->event.message = vm_sql_row_text(&row, TEXT_MAX);
	out->event.when = (time_t)vm_sql_row_number(&row, INT64_MIN, INT64_MAX, 0);
	out->event.kind = (int)vm_sql_row_number(&row, INT_MIN, INT_MAX, 0);
	if (row.status == VM_OK)
		page->out->count++;
	return row.status;
}

static enum vm_status list_log(struct vm_backend *backend, uint64_t before, size_t limit,
			       struct vm_arena *arena, struct vm_log_list *out,
			       struct vm_error *err)
{
	struct page page = { limit, arena, out };
	const struct vm_sql_reader reader = { .take = take_event, .context = &page };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	*out = (struct vm_log_list){ .items = vm_arena_alloc_array(arena, limit,
								   sizeof *out->items) };
	if (out->items == NULL)
		return vm_fail_memory(err);
	vm_sql_add_number(&values, before < INT64_MAX ? (int64_t)before : INT64_MAX);
	vm_sql_add_number(&values, (int64_t)limit + 1);
	return vm_sql_read(vm_sql_session_of(backend), VM_SQL_LOG_LIST, &values, &reader, &rows,
			   err);
}

static enum vm_status purge_log(struct vm_backend *backend, time_t before, size_t limit,
				uint64_t *removed, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	*removed = 0;
	vm_sql_add_number(&values, before);
	vm_sql_add_number(&values, (int64_t)limit);
	return vm_sql_change(vm_sql_session_of(backend), VM_SQL_LOG_PURGE, &values, removed, err);
}

const struct vm_log_ops vm_sql_log_ops = { .write = write_log,
					   .list = list_log,
					   .purge = purge_log };
