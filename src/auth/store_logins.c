/* Last logins and the log behind the door: the module's, else HOME/lastauth. */
#include <config.h>

#include "auth/store_internal.h"
#include "core/lastauth_file.h"

enum { PURGE_AT_ONCE = 1000 };

enum vm_status vm_store_login_record(struct vm_store *store, const struct vm_account *account,
				     const struct vm_last_login *login,
				     const struct vm_log_event *event, struct vm_error *err)
{
	const struct vm_name name = { account->user, account->domain };
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->logins == NULL)
		return vm_lastauth_file_put(account->home, login, err);
	return store->module->logins->record(store->backend, name, login,
					     store->module->log != NULL ? event : NULL, err);
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

static enum vm_status need_log(struct vm_store *store, struct vm_error *err)
{
	if (store->module->log == NULL)
		return vm_fail(
			err, VM_UNSUPPORTED,
			"the %s store keeps no log of logins; syslog has it (setting log_target)",
			store->module->name);
	return vm_store_ready(store, err);
}

enum vm_status vm_store_log_list(struct vm_store *store, uint64_t before, size_t limit,
				 struct vm_arena *arena, struct vm_log_list *out,
				 struct vm_error *err)
{
	const enum vm_status status = need_log(store, err);

	*out = (struct vm_log_list){ 0 };
	if (status != VM_OK)
		return status;
	return store->module->log->list(store->backend, before, limit, arena, out, err);
}

enum vm_status vm_store_log_purge(struct vm_store *store, time_t before, uint64_t *removed,
				  struct vm_error *err)
{
	uint64_t step = PURGE_AT_ONCE;
	enum vm_status status = need_log(store, err);

	*removed = 0;
	while (status == VM_OK && step == PURGE_AT_ONCE) {
		status = store->module->log->purge(store->backend, before, PURGE_AT_ONCE, &step,
						   err);
		if (status == VM_OK)
			*removed += step;
	}
	return status;
}
