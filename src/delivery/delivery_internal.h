/* What the files of the delivery engine share. */
#ifndef VM_DELIVERY_DELIVERY_INTERNAL_H
#define VM_DELIVERY_DELIVERY_INTERNAL_H

#include "delivery/engine.h"
#include "operations/delivery_filter.h"

enum { VM_DELIVERY_ARENA = 32 * 1024 * 1024 };

/* One delivery under way. */
struct vm_run {
	const struct vm_delivery *delivery;
	const struct vm_context *context;
	const struct vm_message *message;
	struct vm_arena arena;
	struct vm_domain domain;        /* of the recipient in hand */
	struct vm_address recipient;    /* as addressed, real domain */
	const struct vm_address *asked; /* the address that the delivery was asked for */
	const char *wildcard;           /* what "default" stands for in the name that matched */
	unsigned int copies;            /* Maildirs and programs so far */
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

/* Once the message is in the account's own mailbox: the person's answer, if one is set. What goes wrong is logged. */
void vm_run_vacation(struct vm_run *run, const struct vm_account *account);

/* Runs a command line by /bin/sh -c. */
enum vm_status vm_run_program(struct vm_run *run, const char *home, const char *command);

/* What a program finds in its environment. Zero is empty; its texts are in the arena. */
enum { VM_RUN_ENVIRONMENT_MAX = 24 };
struct vm_run_environment {
	const char *entries[VM_RUN_ENVIRONMENT_MAX]; /* NULL at the end */
	size_t count;
	bool failed; /* something is missing: do not run */
};

void vm_run_set(struct vm_run *run, struct vm_run_environment *environment, const char *name,
		const char *value);

/* The names that qmail-local gives; nothing of ours is inherited. Source: qmail 4.6. */
void vm_run_environment(struct vm_run *run, struct vm_run_environment *environment,
			const char *home);

/* What is left of a message behind its filters. */
struct vm_filtered {
	struct vm_message message; /* what to store; released by vm_run_filters_end() */
	bool is_ours;              /* the message has a file of its own */
	bool is_done;              /* nothing: a filter took it, or it was spam to delete */
	bool is_junk;              /* into the folder for spam */
	bool to_maildrop;          /* maildrop stores it */
};

/*
 * Runs the filters that the settings and switches tell, in the order delivery_filter, spamc. `home` is where they run. VM_OK:
 * *out is whole and must be ended; else the message waits or is refused, and nothing was stored.
 */
enum vm_status vm_run_filters(struct vm_run *run, const struct vm_account *account,
			      enum vm_filter_place place, const char *home,
			      struct vm_filtered *out);
void vm_run_filters_end(struct vm_filtered *filtered);

/* Lets maildrop store run->message in the account's Maildir or wherever its rules say; then all of that disk is synced. */
enum vm_status vm_run_maildrop(struct vm_run *run, const struct vm_account *account,
			       const char *path, const char *head);

/* The words of a setting that names a program, split at blanks, into argv (NULL at the end) behind which `spare` are free. */
enum { VM_RUN_WORDS_MAX = 32 };
enum vm_status vm_run_words(struct vm_run *run, const char *setting, const char *text, size_t spare,
			    const char *argv[VM_RUN_WORDS_MAX], size_t *count);

/* Hands the forwards that the search found to qmail-queue. */
enum vm_status vm_run_forward(struct vm_run *run, const struct vm_resolve *found);

#endif
