/* Reads where an alias of another system's tables leads to. */
#include <config.h>

#include <string.h>

#include "operations/foreign_tables.h"
#include "util/text.h"

/* "joe#example.org@autoreply.example.org" is how PostfixAdmin has an answer sent; the table of answers says the rest. */
static bool is_answer(const struct vm_foreign_tables *tables, const struct vm_foreign_owner *owner,
		      const char *word)
{
	char beginning[VM_ADDRESS_MAX + 3];

	return owner->user[0] != '\0' &&
	       vm_text_format(beginning, sizeof beginning, "%s#%s@", owner->user, tables->domain) &&
	       strncasecmp(word, beginning, strlen(beginning)) == 0;
}

static bool is_thrown_away(const struct vm_foreign_tables *tables, const char *word)
{
	return strcmp(word, "/dev/null") == 0 ||
	       (tables->has_null_host && vm_text_equals_nocase(word, "null@localhost"));
}

static const char *why_not(const struct vm_foreign_tables *tables,
			   const struct vm_foreign_owner *owner, const char *word)
{
	if (vm_text_equals_nocase(word, owner->address))
		return "it leads to itself";
	if (word[0] == ':')
		return "lists of addresses in files have no place here";
	if (word[0] == '@')
		return "a whole domain is forwarded by vaddaliasdomain";
	if (tables->has_null_host && strchr(word, '@') != NULL &&
	    vm_text_equals_nocase(strchr(word, '@'), "@localhost"))
		return "the spam filter is not taught here";
	return strchr(word, '@') == NULL ? "it is no address" : NULL;
}

/* False: it has no place here, and that was said, or it needs none. */
static bool read_destination(struct vm_foreign_tables *tables, const struct vm_foreign_owner *owner,
			     char *word, struct vm_destination *out)
{
	const size_t length = strlen(word);
	const char *why = NULL;

	*out = (struct vm_destination){ .kind = VM_DESTINATION_FORWARD, .text = word };
	if (is_answer(tables, owner, word))
		return false;
	if (is_thrown_away(tables, word)) {
		*out = (struct vm_destination){ .kind = VM_DESTINATION_COMMENT,
						.text = " mail is thrown away" };
	} else if (owner->is_mailbox && vm_text_equals_nocase(word, owner->address)) {
		*out = (struct vm_destination){ .kind = VM_DESTINATION_MAILBOX,
						.text = owner->address };
	} else if (word[0] == '|') {
		out->kind = VM_DESTINATION_PROGRAM;
		out->text = word + 1 + strspn(word + 1, " \t");
	} else if (word[0] == '/') {
		out->kind = word[length - 1] == '/' ? VM_DESTINATION_MAILDIR : VM_DESTINATION_MBOX;
	} else {
		why = why_not(tables, owner, word);
	}
	if (why != NULL)
		vm_foreign_skip(tables->out, tables->out->foreign->name, tables->number,
				"%.100s: the destination \"%.100s\": %s",
				owner->address[0] == '\0' ? tables->domain : owner->address, word,
				why);
	return why == NULL;
}

enum vm_status vm_foreign_read_list(struct vm_foreign_tables *tables,
				    const struct vm_foreign_owner *owner, const char *text,
				    struct vm_destination_list *out, struct vm_error *err)
{
	char *rest = vm_arena_strdup(&tables->arena, text);
	char *word = NULL;
	size_t most = 1;

	for (const char *at = text; *at != '\0'; at++)
		most += *at == ',' || *at == '"';
	*out = (struct vm_destination_list){ .items = vm_arena_alloc_array(&tables->arena, most,
									   sizeof *out->items) };
	if (rest == NULL || out->items == NULL)
		return vm_fail_memory(err);
	while (out->count < most && (word = vm_foreign_next_word(&rest)) != NULL)
		if (read_destination(tables, owner, word, &out->items[out->count]))
			out->count++;
	return VM_OK;
}
