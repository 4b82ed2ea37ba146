/* authenticate ADDRESS SERVICE: may the person whose password is the first line of the input log in? 0 yes, 1 no, 111 nobody knows. */
#include <stdio.h>
#include <string.h>
#include <virtmail.h>

int main(int argc, char **argv)
{
	struct vm_installation *installation = NULL;
	struct vm_error err;
	enum vm_status status;
	char password[256];

	if (argc != 3 || fgets(password, sizeof password, stdin) == NULL) {
		fputs("usage: authenticate ADDRESS SERVICE, and the password as input\n", stderr);
		return 100;
	}
	password[strcspn(password, "\n")] = '\0';
	status = vm_open_installation(NULL, &installation, &err);
	if (status == VM_OK)
		status = vm_check_login(installation, argv[1], password, argv[2], "", &err);
	vm_close_installation(&installation);
	if (status == VM_OK) {
		puts("welcome");
		return 0;
	}
	fprintf(stderr, "authenticate: %s\n", err.text);
	return vm_is_definite(status) ? 1 : 111;
}
