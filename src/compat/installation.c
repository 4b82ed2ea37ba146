/* Opens an installation for programs in C. */
#include <config.h>

#include "installation.h"

#include <stdlib.h>

#include "cli/home.h"
#include "operations/default_domain.h"
#include "operations/on_change.h"
#include "util/text.h"

static enum vm_status open_parts(struct vm_installation *installation, const char *home,
				 struct vm_error *err)
{
	enum vm_status status = vm_config_load(home, &installation->config, err);

	if (status != VM_OK)
		return status;
	status = vm_store_open(&installation->config, true, &installation->store, err);
	if (status != VM_OK) {
		vm_config_release(&installation->config);
		return status;
	}
	/* Who changes what was read must not have read what is old. */
	(void)vm_store_read_fresh(installation->store, true);
	vm_log_open(&installation->log, installation->config.log_target,
		    installation->config.log_name);
	installation->context =
		(struct vm_context){ .config = &installation->config,
				     .store = installation->store,
				     .log = &installation->log,
				     .below_hook = getenv(VM_HOOK_VARIABLE) != NULL };
	return VM_OK;
}

VM_EXPORT enum vm_status vm_open_installation(const char *home, struct vm_installation **out,
					      struct vm_error *err)
{
	struct vm_installation *installation = NULL;
	enum vm_status status = VM_INTERNAL;

	*out = NULL;
	if (home != NULL && home[0] != '/')
		return vm_fail_field(err, VM_INVALID, "home",
				     "the home of an installation is an absolute path");
	installation = calloc(1, sizeof *installation);
	if (installation == NULL)
		return vm_fail_memory(err);
	status = open_parts(installation, home != NULL ? home : vm_home_from_environment(), err);
	if (status == VM_OK)
		*out = installation;
	else
		free(installation);
	return status;
}

VM_EXPORT void vm_close_installation(struct vm_installation **installation)
{
	if (*installation == NULL)
		return;
	vm_store_close(&(*installation)->store);
	vm_log_close(&(*installation)->log);
	vm_config_release(&(*installation)->config);
	free(*installation);
	*installation = NULL;
}

VM_EXPORT enum vm_status vm_ping_installation(struct vm_installation *installation,
					      struct vm_error *err)
{
	return vm_store_ping(installation->store, err);
}

VM_EXPORT int vm_is_definite(enum vm_status status)
{
	return vm_status_is_definite(status);
}

VM_EXPORT const char *vm_name_of_status(enum vm_status status)
{
	return vm_status_name(status);
}

enum vm_status vm_installation_domain(struct vm_installation *installation, const char *text,
				      char out[VM_DOMAIN_MAX + 1], struct vm_error *err)
{
	const struct vm_address_policy policy = vm_config_address_policy(&installation->config, "");

	enum vm_status status = VM_INTERNAL;

	if (text == NULL)
		return vm_fail_field(err, VM_INVALID, "domain", "no domain is given");
	status = vm_domain_parse(text, &policy, out, err);
	if (status == VM_INVALID) /* said of a part of an address */
		(void)vm_text_copy(err->field, sizeof err->field, "domain");
	return status;
}

enum vm_status vm_installation_address(struct vm_installation *installation, const char *text,
				       struct vm_address *out, struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_address_policy policy;
	enum vm_status status = VM_OK;

	if (text == NULL)
		return vm_fail_field(err, VM_INVALID, "address", "no address is given");
	status = vm_default_domain(&installation->context, NULL, NULL, domain, err);
	if (status != VM_OK)
		return status;
	policy = vm_config_address_policy(&installation->config, domain);
	return vm_address_parse(text, &policy, out, err);
}

enum vm_status vm_installation_find(struct vm_installation *installation, const char *name,
				    struct vm_arena *arena, struct vm_domain *out,
				    struct vm_error *err)
{
	const enum vm_status status =
		vm_store_domain_get(installation->store, name, arena, out, err);

	return status == VM_NOT_FOUND
		       ? vm_fail_field(err, status, "domain", "there is no domain %s", name)
		       : status;
}
