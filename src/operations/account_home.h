/* The home of an account: chosen, made when it is not there yet, remembered. */
#ifndef VM_OPERATIONS_ACCOUNT_HOME_H
#define VM_OPERATIONS_ACCOUNT_HOME_H

#include <stdbool.h>

#include "core/dir_control.h"
#include "operations/context.h"

/*
 * Makes sure that account->home is set and HOME/Maildir exists (cur, new, tmp, owner of the domain, 0700, synced).
 * A blank home is chosen by the big-dir record, made, then stored in the account; two at once end with one home.
 * account->home then points into the arena. Works as root or as the domain's owner.
 */
enum vm_status vm_account_home_ensure(const struct vm_context *context,
				      const struct vm_domain *domain, struct vm_account *account,
				      struct vm_arena *arena, struct vm_error *err);

/* Makes the homes of new accounts of one domain, one after another. Private but for `left`. */
struct vm_home_maker {
	const struct vm_context *context;
	const struct vm_domain *domain;
	struct vm_dir_control place; /* of the next home */
	int left;                    /* homes that may still be made */
	int folder;                  /* the domain's */
	bool is_shared;              /* one sync for all of them */
};

/*
 * Takes the places of `count` homes (at least one) in the big-dir record. context and domain must outlive the maker.
 * To be closed also when it could not be opened.
 */
enum vm_status vm_home_maker_open(struct vm_home_maker *maker, const struct vm_context *context,
				  const struct vm_domain *domain, int count, struct vm_error *err);

/*
 * Makes D[/a/b]/USER and its Maildir; path has VM_PATH_MAX + 1 bytes. VM_EXISTS (field "home") when something is there
 * already, unless it is an empty leftover (no file in it at any depth), which is taken over. VM_INVALID (field
 * "address") when the path would be too long. After a failure the place serves the next home.
 */
enum vm_status vm_home_maker_make(struct vm_home_maker *maker, const char *user, char *path,
				  struct vm_error *err);

/* To be called before the accounts are told to the store: the homes made so far outlive a power cut after it. */
enum vm_status vm_home_maker_sync(struct vm_home_maker *maker, struct vm_error *err);

/* Removes a home made here whose account could not be added; one that holds files stays. Its place is given back. */
void vm_home_maker_undo(struct vm_home_maker *maker, const char *path);

/* Gives back the places that were not used. */
void vm_home_maker_close(struct vm_home_maker *maker);

#endif
