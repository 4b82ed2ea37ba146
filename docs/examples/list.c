/* list [DOMAIN [AFTER]]: prints every domain, or a page of ten accounts of one. Exit status: 0, 1 no such domain, 111 later. */
#include <stdio.h>
#include <virtmail.h>

static int print_domain(void *context, const struct vm_domain_record *domain)
{
	(void)context;
	printf("%s %s %s\n", domain->name, domain->real, domain->folder);
	return 0;
}

static int print_account(void *context, const struct vm_account_record *account)
{
	size_t *const count = context;

	*count += 1;
	printf("%s %s\n", account->user, account->comment);
	return 0;
}

int main(int argc, char **argv)
{
	struct vm_installation *installation = NULL;
	struct vm_error err;
	size_t count = 0;
	enum vm_status status = vm_open_installation(NULL, &installation, &err);

	if (status == VM_OK && argc > 1)
		status = vm_visit_accounts(installation, argv[1], argc > 2 ? argv[2] : "", 10,
					   print_account, &count, &err);
	else if (status == VM_OK)
		status = vm_visit_domains(installation, "", 0, print_domain, NULL, &err);
	vm_close_installation(&installation);
	if (status != VM_OK) {
		fprintf(stderr, "list: %s\n", err.text);
		return vm_is_definite(status) ? 1 : 111;
	}
	if (argc > 1)
		printf("%zu\n", count);
	return 0;
}
