/* Translates statuses to 5.4's error numbers. */
#include <config.h>

#include "cli/va_code.h"

#include <stddef.h>
#include <string.h>

static const struct vm_va_answer answers[] = {
	{ VM_NOT_FOUND, "domain", -11, "Domain does not exist", false },
	{ VM_NOT_FOUND, "address", -10, "User does not exist", false },
	{ VM_EXISTS, "domain", -13, "Domain already exists", false },
	{ VM_EXISTS, "address", -2, "Username exists", false },
	{ VM_EXISTS, "home", -7, NULL, false },
	{ VM_EXISTS, "dir", -14, NULL, false },
	{ VM_INVALID, "domain", -12, NULL, false },
	{ VM_INVALID, "address", -1, NULL, false },
	{ VM_INVALID, "password", -27, NULL, false },
	{ VM_INVALID, "password_hash", -27, NULL, false },
	{ VM_INVALID, "comment", -28, NULL, false },
	{ VM_INVALID, "quota", -29, NULL, false },
	{ VM_INVALID, "home", -30, NULL, false },
	{ VM_INVALID, "dir", -30, NULL, false },
	{ VM_INVALID, "line", -32, NULL, false },
	{ VM_INVALID, "ip", -39, NULL, false },
	{ VM_DENIED, "password", -70, NULL, false },
	{ VM_DENIED, "address", -1, NULL, false },
	{ VM_DENIED, "catchall", -55, "can't delete catchall account", false },
	{ .status = VM_OK },
};

static const struct vm_va_answer *find_in(const struct vm_va_answer *table, enum vm_status status,
					  const struct vm_error *err)
{
	for (; table != NULL && table->status != VM_OK; table++)
		if (table->status == status && strcmp(table->field, err->field) == 0)
			return table;
	return NULL;
}

static const struct vm_va_answer *find(const struct vm_va_answer *own, enum vm_status status,
				       const struct vm_error *err)
{
	const struct vm_va_answer *const found = find_in(own, status, err);

	return found != NULL ? found : find_in(answers, status, err);
}

int vm_va_number(const struct vm_va_answer *own, enum vm_status status, const struct vm_error *err)
{
	const struct vm_va_answer *answer = NULL;

	if (status == VM_OK)
		return 0;
	answer = find(own, status, err);
	return answer == NULL ? -1 : answer->number;
}

int vm_va_exit_code(const struct vm_va_answer *own, enum vm_status status,
		    const struct vm_error *err)
{
	if (status == VM_OK)
		return 0;
	if (!vm_status_is_definite(status))
		return 111;
	return 256 + vm_va_number(own, status, err);
}

void vm_va_print(const struct vm_va_answer *own, enum vm_status status, const struct vm_error *err,
		 struct vm_buf *out)
{
	const struct vm_va_answer *const answer = find(own, status, err);

	if (answer == NULL || !answer->is_bare)
		vm_buf_append_text(out, "Error: ");
	vm_buf_append_text(out, answer == NULL || answer->text == NULL ? err->text : answer->text);
}
