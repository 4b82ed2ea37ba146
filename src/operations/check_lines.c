/* Checks alias lines of users/assign and the lines of qmail's control files. */
#include <config.h>

#include "operations/check_lines.h"

#include <stdlib.h>
#include <string.h>

#include "core/assign_file.h"
#include "util/text.h"

enum { ACTION_MAX = 160 };

struct subject {
	const struct vm_context *context;
	const struct vm_check *check;
	const struct vm_domain_names *names;
	bool *is_changed;
};

static bool is_alias(const struct vm_domain_entry *entry)
{
	return strcmp(entry->name, entry->real) != 0;
}

/* An alias of nothing owns no folder and no mail: its lines go. */
static enum vm_status mend_dead_alias(const struct subject *subject, const char *name,
				      struct vm_error *err)
{
	enum vm_status status =
		vm_control_remove(subject->context->config->qmail_dir, &name, 1, err);

	if (status == VM_OK)
		status = vm_store_domain_remove(subject->context->store, name, err);
	*subject->is_changed = true;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status mend_moved_alias(const struct subject *subject,
				       const struct vm_domain_entry *alias,
				       const struct vm_domain_entry *real, struct vm_error *err)
{
	const struct vm_config *const config = subject->context->config;
	const struct vm_assign assign = { config->qmail_dir, config->qmail_cdb_name };
	struct vm_domain_entry entry = *real;

	entry.name = alias->name;
	return vm_assign_put(&assign, &entry, err);
}

/* The domain behind an alias; NULL: it is not there. */
static const struct vm_domain_entry *real_of(const struct vm_domain_names *names,
					     const struct vm_domain_entry *alias)
{
	const size_t place = vm_domain_names_find(names, alias->real);

	if (place == names->count || is_alias(&names->entries[place]))
		return NULL;
	return &names->entries[place];
}

/* *is_dead: nothing more is to be said about the name. */
static enum vm_status check_alias(const struct subject *subject,
				  const struct vm_domain_entry *alias, bool *is_dead,
				  struct vm_error *err)
{
	const struct vm_domain_entry *const real = real_of(subject->names, alias);
	const bool repair = subject->check->repair;
	char action[ACTION_MAX];
	enum vm_status status = VM_OK;

	*is_dead = real == NULL;
	if (real == NULL) {
		if (vm_domain_names_is_lost(subject->names, alias->real))
			return VM_OK;
		if (repair)
			status = mend_dead_alias(subject, alias->name, err);
		if (status == VM_OK)
			vm_check_tell(subject->check, "alias", alias->name, "removes the alias",
				      "it is an alias of %s, which is not there", alias->real);
		return status;
	}
	if (real->uid == alias->uid && real->gid == alias->gid &&
	    strcmp(real->dir, alias->dir) == 0)
		return VM_OK;
	if (repair)
		status = mend_moved_alias(subject, alias, real, err);
	(void)vm_text_format(action, sizeof action, "writes the one of %s", real->name);
	if (status == VM_OK)
		vm_check_tell(subject->check, "alias", alias->name, action,
			      "its line in users/assign has another folder or owner than %s",
			      real->name);
	return status;
}

/* "rcpthosts lacks it, locals names it"; false when nothing is wrong. */
static bool describe(const struct vm_control_presence *found, char *out, size_t size)
{
	const bool lacks_rcpthosts = !found->rcpthosts && !found->morercpthosts;

	if (!lacks_rcpthosts && found->virtualdomains && !found->locals)
		return false;
	return vm_text_format(out, size, "%s%s%s%s%s", lacks_rcpthosts ? "rcpthosts lacks it" : "",
			      lacks_rcpthosts && !found->virtualdomains ? ", " : "",
			      found->virtualdomains ? "" : "virtualdomains lacks it",
			      found->locals && (lacks_rcpthosts || !found->virtualdomains) ? ", "
											   : "",
			      found->locals ? "locals names it, where qmail delivers past us" : "");
}

/* All lines that are missing are written at once: each file is rewritten whole. */
static enum vm_status check_presence(const struct subject *subject, const bool *is_dead,
				     struct vm_error *err)
{
	const struct vm_domain_names *const names = subject->names;
	const char **const missing = calloc(names->count + 1, sizeof *missing);
	char text[ACTION_MAX];
	size_t count = 0;
	enum vm_status status = VM_OK;

	if (missing == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < names->count; i++)
		if (!is_dead[i] && describe(&names->presence[i], text, sizeof text))
			missing[count++] = names->names[i];
	if (count > 0 && subject->check->repair) {
		status = vm_control_add(subject->context->config->qmail_dir, missing, count, false,
					err);
		*subject->is_changed = true;
	}
	for (size_t i = 0; status == VM_OK && i < names->count; i++)
		if (!is_dead[i] && describe(&names->presence[i], text, sizeof text))
			vm_check_tell(subject->check, "control", names->names[i], "puts that right",
				      "%s", text);
	free(missing);
	return status;
}

static enum vm_status check_strays(const struct subject *subject, struct vm_error *err)
{
	const struct vm_domain_names *const names = subject->names;
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < names->stray_count; i++) {
		const char *const name = names->strays[i];

		if (vm_domain_names_is_lost(names, name))
			continue;
		if (subject->check->repair) {
			status = vm_control_remove(subject->context->config->qmail_dir, &name, 1,
						   err);
			*subject->is_changed = true;
		}
		if (status == VM_OK)
			vm_check_tell(subject->check, "control", name, "removes its lines",
				      "virtualdomains names it, and it is not served");
	}
	return status;
}

enum vm_status vm_check_lines(const struct vm_context *context, const struct vm_check *check,
			      const struct vm_domain_names *names, bool *is_changed,
			      struct vm_error *err)
{
	const struct subject subject = {
		.context = context, .check = check, .names = names, .is_changed = is_changed
	};
	bool *const is_dead = calloc(names->count + 1, sizeof *is_dead);
	enum vm_status status = VM_OK;

	if (is_dead == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; status == VM_OK && i < names->count; i++)
		if (is_alias(&names->entries[i]))
			status = check_alias(&subject, &names->entries[i], &is_dead[i], err);
	if (status == VM_OK)
		status = check_presence(&subject, is_dead, err);
	if (status == VM_OK)
		status = check_strays(&subject, err);
	free(is_dead);
	return status;
}
