/* What the files of the delivery engine share. */
#ifndef VM_DELIVERY_DELIVERY_INTERNAL_H
#define VM_DELIVERY_DELIVERY_INTERNAL_H

#include "delivery/engine.h"

enum { VM_DELIVERY_ARENA = 32 * 1024 * 1024 };

/* One delivery under way. */
struct vm_run {
	const struct vm_delivery *delivery;
	const struct vm_context *context;
	const struct vm_message *message;
	struct vm_arena arena;
	struct vm_domain domain;     /* of the recipient in hand */
	struct vm_address recipient; /* as addressed, real domain */
	const char *wildcard;        /* what "default" stands for in the name that matched */
	unsigned int copies;         /* Maildirs and programs so far */
	struct vm_delivery_result *result;
};

/* Sets the result and returns its status, so that callers write `return vm_run_end(...)`. */
enum vm_status vm_run_end(struct vm_run *run, enum vm_status status, const char *code,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for an error of a lower layer: indefinite ones are 4.3.0. */
enum vm_status vm_run_fail(struct vm_run *run, enum vm_status status, const struct vm_error *err);

/* The text of D/NAME, else V/domains/NAME, else `fallback`, in the arena. */
const char *vm_run_text(struct vm_run *run, const char *name, const char *fallback);

/* Into the account's own Maildir with its quota. */
enum vm_status vm_run_to_account(struct vm_run *run, const struct vm_account *account);

/* Into another Maildir; its own maildirsize tells its quota. `path` is absolute or below `home`. */
enum vm_status vm_run_to_maildir(struct vm_run *run, const struct vm_account *account,
				 const char *home, const char *path);

/* Runs a command line by /bin/sh -c. */
enum vm_status vm_run_program(struct vm_run *run, const char *home, const char *command);

/* Hands the forwards that the search found to qmail-queue. */
enum vm_status vm_run_forward(struct vm_run *run, const struct vm_resolve *found);

#endif
