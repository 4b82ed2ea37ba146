/* Explains whether a message would be answered for a person who is away. */
#include <config.h>

#include <string.h>

#include "operations/recipient_internal.h"
#include "operations/vacation.h"
#include "util/clock.h"
#include "util/text.h"

void vm_resolve_explain_vacation(struct vm_resolve *resolve, const struct vm_account *account)
{
	struct vm_vacation vacation;
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (resolve->mode != VM_RESOLVE_EXPLAIN || account->home[0] == '\0')
		return;
	status = vm_vacation_get(account->home, &vacation, &err);
	if (status == VM_NOT_FOUND)
		return;
	if (status != VM_OK)
		vm_resolve_note(resolve, false, "vacation", "no answer: %s", err.text);
	else if (!vm_vacation_is_now(&vacation, vm_clock_now()))
		vm_resolve_note(resolve, false, "vacation", "no answer at this time");
	else
		vm_resolve_note(
			resolve, true, "vacation",
			"a person who writes to this address gets an answer, one in %u days",
			vacation.days);
}

/* Is it HOME/Maildir, however the line writes it? */
bool vm_resolve_is_own_maildir(const struct vm_account *account, const char *home, const char *path)
{
	char full[VM_PATH_MAX * 2], own[VM_PATH_MAX + 16];
	size_t length = 0;

	if (account == NULL)
		return false;
	if (path[0] == '.' && path[1] == '/')
		path += 2;
	if (!vm_text_format(full, sizeof full, "%s%s%s", path[0] == '/' ? "" : home,
			    path[0] == '/' ? "" : "/", path) ||
	    !vm_text_format(own, sizeof own, "%s/Maildir", account->home))
		return false;
	length = strlen(full);
	while (length > 1 && full[length - 1] == '/')
		full[--length] = '\0';
	return strcmp(full, own) == 0;
}
