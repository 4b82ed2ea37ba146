/* lookup ADDRESS...: says of each address whether it is an account. Exit status: 0 all are, 1 one is not, 111 nobody knows. */
#include <stdio.h>
#include <virtmail.h>

static int look(struct vm_installation *installation, const char *address)
{
	const struct vm_account_record *account = NULL;
	struct vm_error err;
	const enum vm_status status = vm_find_account(installation, address, &account, &err);

	if (status == VM_OK) {
		printf("%s@%s %s %llu\n", account->user, account->domain, account->home,
		       (unsigned long long)account->quota_bytes);
		vm_free_account(&account);
		return 0;
	}
	fprintf(stderr, "%s: %s\n", address, err.text);
	return vm_is_definite(status) ? 1 : 111;
}

int main(int argc, char **argv)
{
	struct vm_installation *installation = NULL;
	struct vm_error err;
	int worst = 0;

	if (vm_open_installation(NULL, &installation, &err) != VM_OK) {
		fprintf(stderr, "lookup: %s\n", err.text);
		return 111;
	}
	for (int i = 1; i < argc; i++) {
		const int code = look(installation, argv[i]);

		worst = code > worst ? code : worst;
	}
	vm_close_installation(&installation);
	return worst;
}
