/* Lines of vpasswd: what is read can be printed, and reads the same again. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "core/passwd_line.h"

static void check_same(const struct vm_account *a, const struct vm_account *b)
{
	FUZZ_PROMISE(strcmp(a->user, b->user) == 0 && strcmp(a->hash, b->hash) == 0);
	FUZZ_PROMISE(a->kind == b->kind && a->flags == b->flags);
	FUZZ_PROMISE(strcmp(a->comment, b->comment) == 0 && strcmp(a->home, b->home) == 0);
	FUZZ_PROMISE(strcmp(a->quota, b->quota) == 0 && strcmp(a->clear, b->clear) == 0);
}

static void print_again(struct vm_account *account)
{
	struct vm_account again;
	struct vm_buf line;
	struct vm_error err;

	vm_buf_init(&line, VM_PASSWD_LINE_MAX);
	account->domain = "example.com";
	if (vm_passwd_line_print(account, &line, &err) == VM_OK) {
		FUZZ_PROMISE(strchr(line.bytes, '\n') == NULL);
		FUZZ_PROMISE(vm_passwd_line_parse(line.bytes, line.length, 1, &again, &err) ==
			     VM_OK);
		check_same(account, &again);
	}
	vm_buf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const line = malloc(length + 1);
	struct vm_account account;
	struct vm_error err;

	if (line == NULL)
		return 0;
	if (length > 0)
		memcpy(line, bytes, length);
	line[length] = '\0';
	if (vm_passwd_line_parse(line, length, 1, &account, &err) == VM_OK) {
		FUZZ_PROMISE(length <= VM_PASSWD_LINE_MAX && strlen(account.user) <= VM_USER_MAX);
		FUZZ_PROMISE(account.home[0] == '\0' || account.home[0] == '/');
		print_again(&account);
	}
	free(line);
	return 0;
}
