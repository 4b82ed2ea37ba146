/* The authentication log in memory. */
#include <config.h>

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "engine.h"
#include "util/text.h"

enum { EVENT_TEXT_MAX = 511 };

struct kept {
	char user[EVENT_TEXT_MAX + 1], domain[EVENT_TEXT_MAX + 1], logon[EVENT_TEXT_MAX + 1];
	char remote_ip[EVENT_TEXT_MAX + 1], message[EVENT_TEXT_MAX + 1];
	uint64_t number;
	time_t when;
	int kind;
};

static void cut(char out[EVENT_TEXT_MAX + 1], const char *text)
{
	const size_t length = strnlen(text, EVENT_TEXT_MAX);

	memcpy(out, text, length);
	out[length] = '\0';
}

enum vm_status vm_memory_keep_event(const struct vm_log_event *event, struct vm_error *err)
{
	struct kept kept = { .when = event->when, .kind = event->kind };
	char key[VM_MEMORY_KEY_MAX];

	cut(kept.user, event->user);
	cut(kept.domain, event->domain);
	cut(kept.logon, event->logon);
	cut(kept.remote_ip, event->remote_ip);
	cut(kept.message, event->message);
	kept.number = vm_memory_next_number();
	if (!vm_text_format(key, sizeof key, "%020" PRIu64, UINT64_MAX - kept.number))
		return vm_fail(err, VM_INTERNAL, "the number does not fit");
	return vm_memory_table_put(vm_memory_table_of(VM_MEMORY_LOG), key, &kept, sizeof kept, err);
}

static enum vm_status write_log(struct vm_backend *backend, const struct vm_log_event *event,
				struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter_change(backend, "", err);

	return status == VM_OK ? vm_memory_leave_change(vm_memory_keep_event(event, err), err)
			       : status;
}

static bool fill(const struct kept *kept, struct vm_arena *arena, struct vm_log_row *out)
{
	*out = (struct vm_log_row){
		kept->number,
		{ vm_arena_strdup(arena, kept->user), vm_arena_strdup(arena, kept->domain),
		  vm_arena_strdup(arena, kept->logon), vm_arena_strdup(arena, kept->remote_ip),
		  vm_arena_strdup(arena, kept->message), kept->when, kept->kind }
	};
	return out->event.user != NULL && out->event.domain != NULL && out->event.logon != NULL &&
	       out->event.remote_ip != NULL && out->event.message != NULL;
}

static enum vm_status list_log(struct vm_backend *backend, uint64_t before, size_t limit,
			       struct vm_arena *arena, struct vm_log_list *out,
			       struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_LOG);
	const enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = (struct vm_log_list){ 0 };
	if (status != VM_OK)
		return status;
	out->items = vm_arena_alloc_array(arena, limit, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < table->count && !out->more; i++) {
		const struct kept *const kept = table->rows[i].value;

		if (kept->number >= before)
			continue;
		out->more = out->count == limit;
		if (!out->more && !fill(kept, arena, &out->items[out->count++]))
			return vm_fail_memory(err);
	}
	return VM_OK;
}

static enum vm_status purge_log(struct vm_backend *backend, time_t before, size_t limit,
				uint64_t *removed, struct vm_error *err)
{
	struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_LOG);
	const enum vm_status status = vm_memory_enter_change(backend, "", err);

	*removed = 0;
	for (size_t i = table->count; status == VM_OK && i > 0 && *removed < limit; i--) {
		if (((const struct kept *)table->rows[i - 1].value)->when >= before)
			continue;
		(void)vm_memory_table_remove(table, table->rows[i - 1].key); /* it is there */
		(*removed)++;
	}
	return status == VM_OK ? vm_memory_leave_change(VM_OK, err) : status;
}

const struct vm_log_ops vm_memory_log_ops = { .write = write_log,
					      .list = list_log,
					      .purge = purge_log };
