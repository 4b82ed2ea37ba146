/* Adds lines of aliases within what a domain's limits allow, counted in the unit that adds. */
#include <config.h>

#include <string.h>

#include "auth/store_internal.h"
#include "core/alias_kind.h"
#include "util/text.h"

enum { SCRATCH_MAX = 16 * 1024 * 1024, PAGE = 500, ALIAS_MAX = 255 };

/* Names seen so far; the last may go on. */
struct count {
	enum vm_alias_kind wanted, current;
	char name[ALIAS_MAX + 1];
	uint64_t found;
};

static void end_name(struct count *count)
{
	if (count->name[0] != '\0' && count->current == count->wanted)
		count->found++;
}

static enum vm_status take_line(struct count *count, const struct vm_alias *alias,
				const char *domain, struct vm_error *err)
{
	const enum vm_alias_kind kind = vm_alias_kind_of(alias->line, domain);

	if (strcmp(alias->user, count->name) != 0) {
		end_name(count);
		count->current = kind;
		if (!vm_text_copy(count->name, sizeof count->name, alias->user))
			return vm_fail(err, VM_INTERNAL, "the name of an alias is long");
	} else if (kind > count->current) {
		count->current = kind;
	}
	return VM_OK;
}

/* How many aliases are of the kind, until that is `enough`. */
static enum vm_status count_kind(struct vm_store *store, const char *domain,
				 enum vm_alias_kind kind, uint64_t enough, uint64_t *out,
				 struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_alias_list list = { .more = true };
	struct count count = { .wanted = kind };
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	while (status == VM_OK && list.more && count.found < enough) {
		vm_arena_clear(&arena);
		status = vm_store_alias_list(store, domain, (struct vm_page){ count.name, PAGE },
					     &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = take_line(&count, &list.items[i], domain, err);
	}
	end_name(&count);
	vm_arena_release(&arena);
	*out = count.found;
	return status;
}

/* Is the alias there, and of this kind or one that counts for more? Then a line more changes no count. */
static enum vm_status find_kind(struct vm_store *store, const struct vm_alias *alias,
				const char *domain, enum vm_alias_kind kind, bool *counts,
				struct vm_error *err)
{
	const struct vm_name name = { alias->user, alias->domain };
	struct vm_arena arena;
	struct vm_alias_list lines = { .count = 0 };
	enum vm_status status = VM_INTERNAL;

	*counts = false;
	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_alias_get(store, name, &arena, &lines, err);
	for (size_t i = 0; status == VM_OK && i < lines.count; i++)
		*counts = *counts || vm_alias_kind_of(lines.items[i].line, domain) >= kind;
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status check_room(struct vm_store *store, const struct vm_alias *alias,
				 const char *domain, enum vm_alias_kind kind, int32_t maximum,
				 struct vm_error *err)
{
	bool counts = false;
	uint64_t found = 0;
	enum vm_status status = find_kind(store, alias, domain, kind, &counts, err);

	if (status != VM_OK || counts)
		return status;
	status = count_kind(store, domain, kind, (uint64_t)maximum, &found, err);
	if (status != VM_OK || found < (uint64_t)maximum)
		return status;
	return vm_fail(err, VM_LIMIT, "%s may have %ld %s and has them", domain, (long)maximum,
		       vm_alias_kind_name(kind));
}

static enum vm_status insert_once(struct vm_store *store, const struct vm_alias *alias,
				  enum vm_alias_kind kind, int32_t maximum, struct vm_error *err)
{
	enum vm_status status = vm_store_begin(store, alias->domain, err);

	if (status == VM_OK)
		status = check_room(store, alias, alias->domain, kind, maximum, err);
	if (status == VM_OK)
		status = vm_store_alias_insert(store, alias, err);
	if (status == VM_OK)
		status = vm_store_commit(store, err);
	vm_store_rollback(store);
	return status;
}

static enum vm_status insert(struct vm_store *store, const struct vm_alias *alias,
			     const struct vm_limits *limits, struct vm_error *err)
{
	const enum vm_alias_kind kind = vm_alias_kind_of(alias->line, alias->domain);
	const int32_t maximum = vm_alias_kind_limit(kind, limits);
	enum vm_status status = VM_INTERNAL;

	if (maximum < 0)
		return vm_store_alias_insert(store, alias, err);
	for (unsigned int round = 0;; round++) {
		status = insert_once(store, alias, kind, maximum, err);
		if (status == VM_OK || vm_status_is_definite(status) ||
		    !vm_store_may_repeat(store, round))
			return status;
	}
}

enum vm_status vm_store_alias_insert_within(struct vm_store *store, const struct vm_alias *alias,
					    const struct vm_limits *limits, struct vm_error *err)
{
	struct vm_alias real = *alias;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_real_domain(store, alias->domain, &arena, &domain, err);
	if (status == VM_OK) {
		real.domain = domain.name;
		status = insert(store, &real, limits, err);
	}
	vm_arena_release(&arena);
	return status;
}
