/* The home of an account: chosen, made when it is not there yet, remembered. */
#ifndef VM_OPERATIONS_ACCOUNT_HOME_H
#define VM_OPERATIONS_ACCOUNT_HOME_H

#include "operations/context.h"

/*
 * Makes sure that account->home is set and HOME/Maildir exists (cur, new, tmp, owner of the domain, 0700, synced).
 * A blank home is chosen by the big-dir record, made, then stored in the account; two at once end with one home.
 * account->home then points into the arena. Works as root or as the domain's owner.
 */
enum vm_status vm_account_home_ensure(const struct vm_context *context,
				      const struct vm_domain *domain, struct vm_account *account,
				      struct vm_arena *arena, struct vm_error *err);

/*
 * The path for a new account of the domain: D[/a/b]/USER by the big-dir record, whose count is raised.
 * path has VM_PATH_MAX + 1 bytes. VM_INVALID (field "address") when it would be too long.
 */
enum vm_status vm_account_home_choose(const struct vm_context *context,
				      const struct vm_domain *domain, const char *user, char *path,
				      struct vm_error *err);

/*
 * Makes an existing path's folders. A folder that is there already is VM_EXISTS unless it is an empty leftover (no file
 * in it at any depth), which is taken over.
 */
enum vm_status vm_account_home_make(const struct vm_domain *domain, const char *path,
				    struct vm_error *err);

#endif
