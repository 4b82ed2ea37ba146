/* add ADDRESS NAME QUOTA: adds an account whose password is the first line of the input. Exit status: 0, 1 refused, 111 later. */
#include <stdio.h>
#include <string.h>
#include <virtmail.h>

static int add(struct vm_installation *installation, char **words, const char *password)
{
	struct vm_account_wish wish = VM_ACCOUNT_WISH;
	struct vm_error err;
	enum vm_status status;

	wish.password = password;
	wish.comment = words[2];
	wish.quota = words[3];
	status = vm_add_account(installation, words[1], &wish, &err);
	if (status == VM_OK)
		return 0;
	fprintf(stderr, "add: %s: %s\n", vm_name_of_status(status), err.text);
	return vm_is_definite(status) ? 1 : 111;
}

int main(int argc, char **argv)
{
	struct vm_installation *installation = NULL;
	struct vm_error err;
	char password[256];
	int code;

	if (argc != 4 || fgets(password, sizeof password, stdin) == NULL) {
		fputs("usage: add ADDRESS NAME QUOTA, and the password as input\n", stderr);
		return 100;
	}
	password[strcspn(password, "\n")] = '\0';
	if (vm_open_installation(NULL, &installation, &err) != VM_OK) {
		fprintf(stderr, "add: %s\n", err.text);
		return 111;
	}
	code = add(installation, argv, password);
	vm_close_installation(&installation);
	return code;
}
