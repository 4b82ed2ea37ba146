/* vmkpasswd: folds pending changes into the base files of a domain. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"

struct options {
	struct vm_common_options common;
	bool all;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL, "every domain", 0, 0,
	  NULL },
};

static enum vm_status fold(struct vm_session *session, const char *domain, struct vm_error *err)
{
	const enum vm_status status = vm_store_fold(session->context.store, domain, err);

	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", domain);
	if (status == VM_OK)
		vm_session_report(session, "domain", domain);
	return status;
}

static enum vm_status fold_name(void *context, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	return strcmp(entry->name, entry->real) == 0 ? fold(context, entry->name, err) : VM_OK;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	if (options.all == (count > 0))
		return vm_fail(err, VM_INVALID, "give one domain, or --all");
	if (options.all)
		return vm_store_each_name(session->context.store, fold_name, session, err);
	status = vm_session_domain(session, operands[0], domain, err);
	return status == VM_OK ? fold(session, domain, err) : status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vmkpasswd", "domain | --all",
			   "Folds pending changes into vpasswd and vpasswd.cdb.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
