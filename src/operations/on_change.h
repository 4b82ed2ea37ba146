/* Tells the administrator's program of changes. Source: reference 1.15. */
#ifndef VM_OPERATIONS_ON_CHANGE_H
#define VM_OPERATIONS_ON_CHANGE_H

#include "operations/context.h"

/* 5.4's and 5.6's words for what is done. */
#define VM_CHANGE_ADD_DOMAIN          "add_domain"
#define VM_CHANGE_ADD_ALIAS_DOMAIN    "add_alias_domain"
#define VM_CHANGE_DEL_DOMAIN          "del_domain"
#define VM_CHANGE_ADD_USER            "add_user"
#define VM_CHANGE_MOD_USER            "mod_user"
#define VM_CHANGE_DEL_USER            "del_user"
#define VM_CHANGE_ALIAS_INSERT        "valias_insert"
#define VM_CHANGE_ALIAS_REMOVE        "valias_remove"
#define VM_CHANGE_ALIAS_DELETE        "valias_delete"
#define VM_CHANGE_ALIAS_DELETE_DOMAIN "valias_delete_domain"

enum vm_change_moment { VM_CHANGE_BEFORE, VM_CHANGE_AFTER };

/*
 * Runs the program of the settings as COMMAND FIRST SECOND MOMENT, where second is "-" for NULL and the moment is "before"
 * or "after", or empty where it is told of what is done only; then there is no call for VM_CHANGE_BEFORE. With log_changes
 * the first three words go to the log once it is done.
 *
 * The program is run without a shell, with a small environment, as the owner of the domain where this process is root
 * (owner NULL: as the user of the settings), and for a limited time. Whatever becomes of it the change stands: what goes
 * wrong is logged. Nothing is run, and nothing logged, where the context is nested in another change, and nothing is run
 * where the context is below a program that was started here: it would not end.
 */
struct vm_change {
	const char *command;
	const char *first;
	const char *second;
	const struct vm_domain *owner;
};
void vm_on_change(const struct vm_context *context, enum vm_change_moment moment,
		  const struct vm_change *change);

/* The same about USER@DOMAIN: the real domain's name is told, and its owner runs the program. */
void vm_on_change_of(const struct vm_context *context, enum vm_change_moment moment,
		     const char *command, struct vm_name name, const char *second);

/* A context for what is part of a change that is told as a whole. */
struct vm_context vm_context_nested(const struct vm_context *context);

#endif
