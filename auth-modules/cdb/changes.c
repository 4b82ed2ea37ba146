/* Keeps changed accounts by name. */
#include <config.h>

#include "changes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64, ARENA_MAX = 1024 * 1024 * 1024 };

char vm_change_letter(const struct vm_change *change)
{
	if (change->fields != NULL)
		return change->in_below ? '=' : '+';
	return change->in_below ? '-' : '~';
}

bool vm_change_from_letter(char letter, struct vm_change *change, bool *live)
{
	*live = letter == '=' || letter == '+';
	change->in_below = letter == '=' || letter == '-';
	return *live || letter == '-' || letter == '~';
}

int vm_user_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	const int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	if (order != 0)
		return order;
	return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

void vm_changes_init(struct vm_changes *changes)
{
	*changes = (struct vm_changes){ .items = NULL };
	vm_arena_init(&changes->arena, ARENA_MAX);
}

void vm_changes_release(struct vm_changes *changes)
{
	free(changes->items);
	free(changes->slots);
	vm_arena_release(&changes->arena);
	*changes = (struct vm_changes){ .items = NULL };
	vm_arena_init(&changes->arena, ARENA_MAX);
}

static uint32_t hash_of(const char *user, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)user[i]) * 16777619u;
	return hash;
}

/* The slot that holds the name, or the free one where it belongs. There is always a free one. */
static uint32_t *slot_of(const struct vm_changes *changes, const char *user, size_t length)
{
	size_t slot = hash_of(user, length) % changes->slot_count;

	for (;;) {
		const uint32_t index = changes->slots[slot];

		if (index == 0 ||
		    vm_user_compare(changes->items[index - 1].user,
				    changes->items[index - 1].user_length, user, length) == 0)
			return &changes->slots[slot];
		slot = slot + 1 == changes->slot_count ? 0 : slot + 1;
	}
}

static void fill_slots(struct vm_changes *changes)
{
	memset(changes->slots, 0, changes->slot_count * sizeof *changes->slots);
	for (size_t i = 0; i < changes->count; i++)
		*slot_of(changes, changes->items[i].user, changes->items[i].user_length) =
			(uint32_t)i + 1;
}

static enum vm_status make_room(struct vm_changes *changes, struct vm_error *err)
{
	if (changes->count == changes->capacity) {
		const size_t capacity = changes->capacity == 0 ? FIRST_SLOTS / 2
							       : changes->capacity * 2;
		struct vm_change *const items =
			reallocarray(changes->items, capacity, sizeof *items);
		uint32_t *slots = NULL;

		if (items == NULL)
			return vm_fail_memory(err);
		changes->items = items;
		slots = calloc(capacity * 2, sizeof *slots);
		if (slots == NULL)
			return vm_fail_memory(err);
		free(changes->slots);
		changes->slots = slots;
		changes->slot_count = capacity * 2;
		changes->capacity = capacity;
		fill_slots(changes);
	}
	return VM_OK;
}

enum vm_status vm_changes_put(struct vm_changes *changes, const struct vm_change *change,
			      struct vm_error *err)
{
	struct vm_change copy = *change;
	enum vm_status status = make_room(changes, err);
	uint32_t *slot = NULL;

	if (status != VM_OK)
		return status;
	if (change->fields != NULL) {
		copy.fields =
			vm_arena_strndup(&changes->arena, change->fields, change->fields_length);
		if (copy.fields == NULL)
			return vm_fail_memory(err);
	}
	changes->bytes += change->user_length + change->fields_length;
	slot = slot_of(changes, change->user, change->user_length);
	if (*slot != 0) {
		struct vm_change *const old = &changes->items[*slot - 1];

		old->fields = copy.fields;
		old->fields_length = copy.fields_length;
		return VM_OK;
	}
	copy.user = vm_arena_strndup(&changes->arena, change->user, change->user_length);
	if (copy.user == NULL)
		return vm_fail_memory(err);
	changes->items[changes->count++] = copy;
	*slot = (uint32_t)changes->count;
	return VM_OK;
}

const struct vm_change *vm_changes_find(const struct vm_changes *changes, const char *user,
					size_t user_length)
{
	uint32_t index = 0;

	if (changes->slot_count > 0)
		index = *slot_of(changes, user, user_length);
	return index == 0 ? NULL : &changes->items[index - 1];
}

static int compare_items(const void *a, const void *b)
{
	const struct vm_change *const left = a;
	const struct vm_change *const right = b;

	return vm_user_compare(left->user, left->user_length, right->user, right->user_length);
}

void vm_changes_sort(struct vm_changes *changes)
{
	if (changes->count == 0)
		return;
	qsort(changes->items, changes->count, sizeof *changes->items, compare_items);
	fill_slots(changes);
}

int64_t vm_changes_net(const struct vm_changes *changes)
{
	int64_t net = 0;

	for (size_t i = 0; i < changes->count; i++)
		net += (changes->items[i].fields != NULL ? 1 : 0) -
		       (changes->items[i].in_below ? 1 : 0);
	return net;
}
