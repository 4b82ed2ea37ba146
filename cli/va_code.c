/* Translates statuses to 5.4's error numbers. */
#include <config.h>

#include "cli/va_code.h"

#include <stddef.h>
#include <string.h>

struct row {
	enum vm_status status;
	const char *field;
	int number;       /* VA_... */
	const char *text; /* NULL: ours says more */
};

static const struct row rows[] = {
	{ VM_NOT_FOUND, "domain", -11, "Domain does not exist" },
	{ VM_NOT_FOUND, "address", -10, "User does not exist" },
	{ VM_EXISTS, "domain", -13, "Domain already exists" },
	{ VM_EXISTS, "address", -2, "Username exists" },
	{ VM_EXISTS, "home", -7, NULL },
	{ VM_EXISTS, "dir", -14, NULL },
	{ VM_INVALID, "domain", -12, NULL },
	{ VM_INVALID, "address", -1, NULL },
	{ VM_INVALID, "password", -27, NULL },
	{ VM_INVALID, "password_hash", -27, NULL },
	{ VM_INVALID, "comment", -28, NULL },
	{ VM_INVALID, "quota", -29, NULL },
	{ VM_INVALID, "home", -30, NULL },
	{ VM_INVALID, "dir", -30, NULL },
	{ VM_INVALID, "line", -32, NULL },
	{ VM_INVALID, "ip", -39, NULL },
	{ VM_DENIED, "password", -70, NULL },
	{ VM_DENIED, "address", -1, NULL },
	{ VM_DENIED, "catchall", -55, "can't delete catchall account" },
};

static const struct row *find(enum vm_status status, const struct vm_error *err)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status && strcmp(rows[i].field, err->field) == 0)
			return &rows[i];
	return NULL;
}

int vm_va_exit_code(enum vm_status status, const struct vm_error *err)
{
	const struct row *row = NULL;

	if (status == VM_OK)
		return 0;
	if (!vm_status_is_definite(status))
		return 111;
	row = find(status, err);
	return row == NULL ? 255 : 256 + row->number;
}

const char *vm_va_text(enum vm_status status, const struct vm_error *err)
{
	const struct row *const row = find(status, err);

	return row == NULL || row->text == NULL ? err->text : row->text;
}
