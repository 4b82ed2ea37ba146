/* Last logins and the log behind the door: the module's, else HOME/lastauth. */
#include <config.h>

#include "auth/store_internal.h"
#include "core/lastauth_file.h"

enum vm_status vm_store_login_record(struct vm_store *store, const struct vm_account *account,
				     const struct vm_last_login *login, struct vm_error *err)
{
	const struct vm_name name = { account->user, account->domain };
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->logins != NULL)
		return store->module->logins->record(store->backend, name, login, err);
	return vm_lastauth_file_put(account->home, login, err);
}

enum vm_status vm_store_login_get(struct vm_store *store, const struct vm_account *account,
				  struct vm_last_login *out, struct vm_error *err)
{
	const struct vm_name name = { account->user, account->domain };
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->logins != NULL)
		return store->module->logins->get(store->backend, name, out, err);
	*out = (struct vm_last_login){ 0 };
	return account->home[0] == '\0' ? VM_OK : vm_lastauth_file_get(account->home, out, err);
}

enum vm_status vm_store_log_write(struct vm_store *store, const struct vm_log_event *event,
				  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (store->module->log == NULL)
		return VM_OK;
	status = vm_store_ready(store, err);
	return status == VM_OK ? store->module->log->write(store->backend, event, err) : status;
}
