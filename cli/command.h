/* The shared main of the commands: options, settings, store, text or --json output, exit code. */
#ifndef VM_CLI_COMMAND_H
#define VM_CLI_COMMAND_H

#include <stdbool.h>

#include "cli/va_code.h"
#include "operations/context.h"
#include "util/buf.h"
#include "util/json_write.h"
#include "util/option_table.h"
#include "util/secret.h"

/* Every options struct begins with these. */
struct vm_common_options {
	bool json;
	bool print_version; /* -v prints the version and goes on, as in 5.4 */
};

#define VM_COMMON_ROWS                                                 \
	{ .letter = 'v',                                               \
	  .kind = VM_OPTION_FLAG,                                      \
	  .offset = offsetof(struct vm_common_options, print_version), \
	  .help = "print the version and go on" },                     \
	{                                                              \
		.word = "json", .kind = VM_OPTION_FLAG,                \
		.offset = offsetof(struct vm_common_options, json),    \
		.help = "print results as JSON"                        \
	}

/* Exit codes beside 5.4's, which are 256 less the number of the error. */
enum { VM_EXIT_LATER = 111, VM_EXIT_USAGE = 255, VM_EXIT_OUTPUT = 111 };

/* Exit codes of the commands that 5.4 does not have: a plain no, and what will never be. */
enum { VM_EXIT_NO = 1, VM_EXIT_NEVER = 100 };

/* One run of a command. */
struct vm_session {
	struct vm_context context;
	const struct vm_option_table *table;
	const struct vm_va_answer *answers; /* the command's own, as in struct vm_command */
	bool is_new;                        /* as in struct vm_command */
	bool json;
	bool is_terminal;  /* a person reads standard output, and not JSON */
	struct vm_buf out; /* standard output, written when it grows and at the end */
	struct vm_json_writer writer;
	int exit_code; /* what a command wants besides 0 */
};

struct vm_command {
	struct vm_option_table table;
	void *options;        /* begins with struct vm_common_options; holds the defaults */
	int minimum, maximum; /* operands */
	bool writable;
	bool without_store; /* it opens its own: context.store is NULL */
	bool is_new;        /* 5.4 has none of this name: exit codes are 0, 1, 100, 111 */
	const struct vm_va_answer
		*answers; /* where 5.4's command says it in its own words; else NULL */
	/* Prints through the session. err is filled on failure; err->field chooses 5.4's code (cli/va_code.h). */
	enum vm_status (*run)(struct vm_session *, char **operands, int count, struct vm_error *);
};

/* main()'s whole body. Returns the exit code. */
int vm_command_main(const struct vm_command *command, int argc, char **argv);

/* Output: text only, or one JSON member. Lines are flushed as they grow. */
void vm_session_printf(struct vm_session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Ends a JSON object line begun by vm_session_begin. */
void vm_session_begin(struct vm_session *session);
void vm_session_end(struct vm_session *session);

/* {"KEY":"VALUE"} in --json mode for commands whose success says nothing in 5.4. */
void vm_session_report(struct vm_session *session, const char *key, const char *value);

/*
 * Reports a failure after which the command goes on, as the one that ends it would be, and returns its exit code. err's text
 * should name what it is about.
 */
int vm_session_complain(struct vm_session *session, enum vm_status status,
			const struct vm_error *err);

/* {"error":{"code","message","field"}} on standard error. */
void vm_complain_json(enum vm_status status, const struct vm_error *err);

/* Does the command line ask for JSON, even if it cannot be understood? To be asked before it is parsed. */
bool vm_wants_json(int argc, char *const *argv);

/* Writes what is buffered; a reader that went away ends the program quietly later. */
void vm_session_flush(struct vm_session *session);

/* Parses an address or a domain by the settings; VM_INVALID with the field. */
enum vm_status vm_session_address(struct vm_session *session, const char *text,
				  struct vm_address *out, struct vm_error *err);
enum vm_status vm_session_domain(struct vm_session *session, const char *text,
				 char out[VM_DOMAIN_MAX + 1], struct vm_error *err);

/*
 * Becomes the owner of the domain when started by root, before user data is touched. VM_NOT_FOUND (field "domain").
 * The domain is answered in the arena.
 */
enum vm_status vm_session_become_owner(struct vm_session *session, const char *domain,
				       struct vm_arena *arena, struct vm_domain *out,
				       struct vm_error *err);

#endif
