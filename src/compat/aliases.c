/* valias_* of libvpopmail. */
#include <config.h>

#include "compat.h"

#include <string.h>

#include "operations/alias_edit.h"
#include "operations/on_change.h"
#include "util/text.h"

enum { ARENA_MAX = 16 << 20, PAGE = 500, LINE_MAX_BYTES = VM_ALIAS_LINE_MAX };

/* Lines that a client goes through: of one alias, or of a domain, page by page. */
struct walk {
	bool is_begun;
	struct vm_arena arena;
	struct vm_alias_list list;
	size_t index;
	char domain[VM_DOMAIN_MAX + 1], after[VM_USER_MAX + 1];
};

static struct walk of_alias, of_domain, of_names;

static void end(struct walk *walk)
{
	if (walk->is_begun)
		vm_arena_release(&walk->arena);
	walk->is_begun = false;
}

static void begin(struct walk *walk)
{
	end(walk);
	vm_arena_init(&walk->arena, ARENA_MAX);
	walk->list = (struct vm_alias_list){ .more = true };
	walk->index = 0;
	walk->after[0] = '\0';
	walk->is_begun = true;
}

static bool next_page(struct walk *walk)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	vm_arena_clear(&walk->arena);
	walk->index = 0;
	return context != NULL &&
	       vm_compat_answer(vm_store_alias_list(context->store, walk->domain,
						    (struct vm_page){ walk->after, PAGE },
						    &walk->arena, &walk->list, &err),
				&err) == VA_SUCCESS;
}

/* The next line, NULL at the end; pages never part an alias. */
static const struct vm_alias *next(struct walk *walk)
{
	const struct vm_alias *line = NULL;

	if (!walk->is_begun)
		return NULL;
	if (walk->index == walk->list.count &&
	    (!walk->list.more || !next_page(walk) || walk->list.count == 0)) {
		end(walk);
		return NULL;
	}
	line = &walk->list.items[walk->index++];
	(void)vm_text_copy(walk->after, sizeof walk->after, line->user); /* fits */
	return line;
}

static char *keep(const struct vm_alias *line)
{
	static char text[LINE_MAX_BYTES + 1];

	return line != NULL && vm_text_copy(text, sizeof text, line->line) ? text : NULL;
}

VM_EXPORT char *valias_select(char *alias, char *domain)
{
	struct vm_compat_name name;
	struct vm_error err;

	end(&of_alias);
	if (vm_compat_parse(alias, domain, &name) != VA_SUCCESS)
		return NULL;
	begin(&of_alias);
	of_alias.list.more = false;
	if (vm_compat_answer(vm_store_alias_get(vm_compat_context()->store,
						(struct vm_name){ name.user, name.domain },
						&of_alias.arena, &of_alias.list, &err),
			     &err) != VA_SUCCESS) {
		end(&of_alias);
		return NULL;
	}
	of_alias.list.more = false;
	return keep(next(&of_alias));
}

VM_EXPORT char *valias_select_next(void)
{
	return keep(next(&of_alias));
}

static char *keep_with_name(char *alias, const struct vm_alias *line)
{
	if (line != NULL && alias != NULL)
		memcpy(alias, line->user, strlen(line->user) + 1);
	return keep(line);
}

VM_EXPORT char *valias_select_all(char *alias, char *domain)
{
	end(&of_domain);
	if (vm_compat_parse_domain(domain, of_domain.domain) != VA_SUCCESS)
		return NULL;
	begin(&of_domain);
	return keep_with_name(alias, next(&of_domain));
}

VM_EXPORT char *valias_select_all_next(char *alias)
{
	return keep_with_name(alias, next(&of_domain));
}

static char *next_name(void)
{
	static char name[VM_USER_MAX + 1];
	const struct vm_alias *line = next(&of_names);

	while (line != NULL && strcmp(line->user, name) == 0)
		line = next(&of_names);
	if (line == NULL || !vm_text_copy(name, sizeof name, line->user)) {
		name[0] = '\0';
		return NULL;
	}
	return name;
}

VM_EXPORT char *valias_select_names(char *domain)
{
	end(&of_names);
	if (vm_compat_parse_domain(domain, of_names.domain) != VA_SUCCESS)
		return NULL;
	begin(&of_names);
	return next_name();
}

VM_EXPORT char *valias_select_names_next(void)
{
	return next_name();
}

VM_EXPORT void valias_select_names_end(void)
{
	end(&of_names);
}

VM_EXPORT int valias_insert(char *alias, char *domain, char *alias_line)
{
	char address[VM_ADDRESS_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_address(alias, domain, address);

	if (code != VA_SUCCESS || alias_line == NULL)
		return code != VA_SUCCESS ? code : VA_NULL_POINTER;
	return vm_compat_answer(vm_add_alias(vm_compat_installation(), address, alias_line, &err),
				&err);
}

static int drop_lines(const struct vm_context *context, const char *alias, const char *domain,
		      const char *line)
{
	struct vm_compat_name name;
	struct vm_error err;
	const int code = vm_compat_parse(alias, domain, &name);

	if (code != VA_SUCCESS)
		return code;
	return vm_compat_answer(vm_alias_remove(context, (struct vm_name){ name.user, name.domain },
						line, &err),
				&err);
}

VM_EXPORT int valias_remove(char *alias, char *domain, char *alias_line)
{
	return alias_line == NULL ? VA_NULL_POINTER
				  : drop_lines(vm_compat_context(), alias, domain, alias_line);
}

VM_EXPORT int valias_delete(char *alias, char *domain)
{
	return drop_lines(vm_compat_context(), alias, domain, NULL);
}

static void tell_of_domain(const struct vm_context *context, enum vm_change_moment moment,
			   const char *domain)
{
	struct vm_arena arena;
	struct vm_domain found;
	struct vm_error ignored; /* then the user of the settings runs the program */
	struct vm_change change = { .command = VM_CHANGE_ALIAS_DELETE_DOMAIN, .first = domain };

	vm_arena_init(&arena, ARENA_MAX);
	if (vm_store_domain_get(context->store, domain, &arena, &found, &ignored) == VM_OK) {
		change.first = found.name;
		change.owner = &found;
	}
	vm_on_change(context, moment, &change);
	vm_arena_release(&arena);
}

VM_EXPORT int valias_delete_domain(char *domain)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_context nested;
	char name[VM_USER_MAX + 1];
	const char *found = context == NULL ? NULL : valias_select_names(domain);
	int code = verrori;

	if (context == NULL)
		return code;
	nested = vm_context_nested(context);
	tell_of_domain(context, VM_CHANGE_BEFORE, domain);
	while (found != NULL && code == VA_SUCCESS) {
		(void)vm_text_copy(name, sizeof name, found); /* fits */
		code = drop_lines(&nested, name, domain, NULL);
		found = valias_select_names(domain);
	}
	valias_select_names_end();
	if (code == VA_SUCCESS)
		tell_of_domain(context, VM_CHANGE_AFTER, domain);
	return code;
}
