/* Command-line options from a table: parsing as getopt_long does, usage text, version. */
#ifndef VM_UTIL_OPTION_TABLE_H
#define VM_UTIL_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/status.h"

enum vm_option_kind {
	VM_OPTION_FLAG,     /* bool: becomes true */
	VM_OPTION_BITS,     /* uint32_t: row->bits are added */
	VM_OPTION_CHOICE,   /* int: becomes (int)row->bits; of several letters the last wins */
	VM_OPTION_TEXT,     /* const char *: points into argv */
	VM_OPTION_NUMBER,   /* uint64_t: strict decimal, <= row->maximum (0 = no maximum) */
	VM_OPTION_OPTIONAL, /* struct vm_option_value: -r, -rN, --random, --random=N */
	VM_OPTION_CALL,     /* row->call decides; it takes a value when row->value is not NULL */
	VM_OPTION_HELP,     /* the answer is "print the usage text" */
	VM_OPTION_VERSION,  /* the answer is "print the version" */
};

/* Where a VM_OPTION_OPTIONAL lands. */
struct vm_option_value {
	bool given;
	const char *text; /* points into argv; NULL when the option came without one */
};

struct vm_option {
	char letter;      /* '\0' = long word only */
	const char *word; /* without the dashes; NULL = letter only */
	enum vm_option_kind kind;
	size_t offset;     /* of the member in the options struct */
	const char *value; /* its name in the usage text: "QUOTA"; NULL = takes none */
	const char *help;  /* one line; NULL = parsed, not shown */
	uint32_t bits;
	uint64_t maximum;
	/* For VM_OPTION_CALL: the whole options struct and the value (NULL when none). */
	enum vm_status (*call)(void *options, const char *value, struct vm_error *err);
};

struct vm_option_table {
	const char *program;  /* "vadduser" */
	const char *operands; /* for the usage line: "email [password]"; "" = none */
	const char *summary;  /* one line; NULL = none */
	const struct vm_option *rows;
	size_t count;
	bool stop_at_operand; /* the first operand ends the options (programs that run others) */
};

struct vm_option_result {
	char **operands; /* inside argv, which is rearranged; NULL after the last */
	int count;
	bool wants_help;    /* then nothing else counts and parsing stopped there */
	bool wants_version; /* likewise */
};

/*
 * Parses argv[1..] as getopt_long: bundled letters, -qVALUE and -q VALUE, --word=VALUE and --word VALUE, unique
 * beginnings of words, operands anywhere unless stop_at_operand, and "--". Every table also knows --help and
 * --version. `options` must hold its defaults before.
 * VM_OK; VM_INVALID for an unknown or ambiguous option, a missing, unwanted or bad value (err->field is the
 * word); or what a row's call answered.
 */
enum vm_status vm_option_parse(const struct vm_option_table *table, int argc, char **argv,
			       void *options, struct vm_option_result *result,
			       struct vm_error *err);

/* Appends "usage: ..." and a line for each row with help. */
void vm_option_usage(const struct vm_option_table *table, struct vm_buf *out);

/* Appends "PROGRAM (virtmail) VERSION". */
void vm_option_version(const struct vm_option_table *table, struct vm_buf *out);

#endif
