/* Goes through the aliases of a domain in two stores side by side. */
#include <config.h>

#include <string.h>

#include "operations/convert_internal.h"
#include "util/text.h"

enum { PAGE_LINES = 1000 };

/* The aliases of one store, a page at a time; pages end between aliases. */
struct cursor {
	struct vm_store *store;
	struct vm_arena arena;
	struct vm_alias_list list;
	size_t index;
	char last[VM_USER_MAX + 1];
	bool is_target, has_ended;
};

/* The lines of one alias. */
struct group {
	const struct vm_alias *lines;
	size_t count;
};

static void cursor_init(struct cursor *cursor, struct vm_store *store, bool is_target)
{
	*cursor = (struct cursor){ .store = store, .is_target = is_target };
	vm_arena_init(&cursor->arena, VM_CONVERT_ARENA_MAX);
}

static enum vm_status next_page(struct cursor *cursor, const struct vm_convert_queue *queue,
				struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	vm_arena_clear(&cursor->arena);
	cursor->index = 0;
	cursor->list.count = 0;
	status = vm_store_alias_list(cursor->store, queue->domain,
				     (struct vm_page){ cursor->last, PAGE_LINES }, &cursor->arena,
				     &cursor->list, err);
	if (status == VM_NOT_FOUND && cursor->is_target &&
	    queue->convert->mode == VM_CONVERT_REHEARSE) {
		cursor->list = (struct vm_alias_list){ .count = 0 };
		status = VM_OK;
	}
	if (status == VM_OK)
		cursor->has_ended = !cursor->list.more;
	return status;
}

/* The lines of the next alias; none at the end. */
static enum vm_status cursor_peek(struct cursor *cursor, struct vm_convert_queue *queue,
				  struct group *out, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*out = (struct group){ .count = 0 };
	while (cursor->index == cursor->list.count && !cursor->has_ended) {
		status = vm_convert_flush(queue, err);
		if (status == VM_OK)
			status = next_page(cursor, queue, err);
		if (status != VM_OK)
			return status;
	}
	out->lines = cursor->list.items + cursor->index;
	while (cursor->index + out->count < cursor->list.count &&
	       strcmp(out->lines[out->count].user, out->lines[0].user) == 0)
		out->count++;
	return VM_OK;
}

static enum vm_status cursor_take(struct cursor *cursor, const struct group *group,
				  struct vm_error *err)
{
	cursor->index += group->count;
	if (strcmp(group->lines[0].user, cursor->last) <= 0 ||
	    !vm_text_copy(cursor->last, sizeof cursor->last, group->lines[0].user))
		return vm_fail(err, VM_TEMPFAIL,
			       "store %s does not list the aliases of %s in order",
			       vm_store_name(cursor->store), group->lines[0].domain);
	return VM_OK;
}

static bool has_line(const struct group *group, size_t likely, const char *line)
{
	if (likely < group->count && strcmp(group->lines[likely].line, line) == 0)
		return true;
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->lines[i].line, line) == 0)
			return true;
	return false;
}

static size_t count_missing(const struct group *group, const struct group *other)
{
	size_t missing = 0;

	for (size_t i = 0; i < group->count; i++)
		missing += !has_line(other, i, group->lines[i].line);
	return missing;
}

static void note(const struct vm_convert_queue *queue, enum vm_convert_outcome outcome,
		 const char *user, const char *text)
{
	char subject[VM_USER_MAX + VM_DOMAIN_MAX + 2];

	(void)vm_text_format(subject, sizeof subject, "%s@%s", user, queue->domain); /* fits */
	vm_convert_note(queue->convert, VM_CONVERT_ALIAS, outcome, subject, text);
}

/* Queues a change for each line that the other has not. */
static enum vm_status push_lines(struct vm_convert_queue *queue, enum vm_convert_act act,
				 const struct group *group, const struct group *other,
				 struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < group->count && status == VM_OK; i++) {
		const struct vm_convert_change change = { .act = act, .alias = &group->lines[i] };

		if (!has_line(other, i, group->lines[i].line))
			status = vm_convert_push(queue, &change, err);
	}
	return status;
}

static void note_equal(const struct vm_convert_queue *queue, const struct group *from,
		       const struct group *to)
{
	for (size_t i = 0; i < from->count; i++)
		if (has_line(to, i, from->lines[i].line))
			note(queue, VM_CONVERT_EQUAL, from->lines[i].user, "");
}

/* What is there with fewer lines was interrupted; what has lines of its own was changed, and is left unless told. */
static enum vm_status convert_group(struct vm_convert_queue *queue, const struct group *from,
				    const struct group *to, struct vm_error *err)
{
	const bool is_verify = queue->convert->mode == VM_CONVERT_VERIFY;
	const size_t missing = count_missing(from, to), extra = count_missing(to, from);
	const char *const user = from->count > 0 ? from->lines[0].user : to->lines[0].user;
	char text[VM_CONVERT_TEXT_MAX];
	enum vm_status status = VM_OK;

	note_equal(queue, from, to);
	if (missing == 0 && extra == 0)
		return VM_OK;
	if (is_verify || (extra > 0 && !queue->convert->overwrite)) {
		(void)vm_text_format(text, sizeof text,
				     "differs: %zu lines only in %s, %zu only in %s", missing,
				     vm_convert_source(queue->convert), extra,
				     vm_store_name(queue->convert->to));
		note(queue, VM_CONVERT_DIFFERENT, user, text);
		return VM_OK;
	}
	status = push_lines(queue, VM_CONVERT_ADD_LINE, from, to, err);
	return status == VM_OK ? push_lines(queue, VM_CONVERT_REMOVE_LINE, to, from, err) : status;
}

enum vm_status vm_convert_alias(struct vm_convert_queue *queue, const struct vm_alias *from,
				size_t from_count, const struct vm_alias *to, size_t to_count,
				struct vm_error *err)
{
	const struct group here = { from, from_count }, there = { to, to_count };

	return convert_group(queue, &here, &there, err);
}

static enum vm_status step(struct vm_convert_queue *queue, struct cursor *from, struct cursor *to,
			   bool *is_end, struct vm_error *err)
{
	const struct group none = { .count = 0 };
	struct group here = none, there = none;
	int order = 0;
	enum vm_status status = cursor_peek(from, queue, &here, err);

	if (status == VM_OK)
		status = cursor_peek(to, queue, &there, err);
	*is_end = status == VM_OK && here.count == 0 && there.count == 0;
	if (status != VM_OK || *is_end)
		return status;
	if (here.count == 0 || there.count == 0)
		order = here.count == 0 ? 1 : -1;
	else
		order = strcmp(here.lines[0].user, there.lines[0].user);
	status = convert_group(queue, order <= 0 ? &here : &none, order >= 0 ? &there : &none, err);
	if (status == VM_OK && order <= 0)
		status = cursor_take(from, &here, err);
	if (status == VM_OK && order >= 0)
		status = cursor_take(to, &there, err);
	return status;
}

enum vm_status vm_convert_aliases(struct vm_convert_queue *queue, struct vm_error *err)
{
	const struct vm_convert *const convert = queue->convert;
	struct cursor from, to;
	bool is_end = false;
	enum vm_status status = VM_OK;

	if (!vm_store_keeps(convert->from, VM_STORE_ALIASES) &&
	    !vm_store_keeps(convert->to, VM_STORE_ALIASES))
		return VM_OK;
	cursor_init(&from, convert->from, false);
	cursor_init(&to, convert->to, true);
	while (status == VM_OK && !is_end)
		status = step(queue, &from, &to, &is_end, err);
	if (status == VM_OK)
		status = vm_convert_flush(queue, err);
	vm_arena_release(&to.arena);
	vm_arena_release(&from.arena);
	return status;
}
