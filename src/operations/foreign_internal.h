/* What the readers of other systems' files share; nobody else includes it. */
#ifndef VM_OPERATIONS_FOREIGN_INTERNAL_H
#define VM_OPERATIONS_FOREIGN_INTERNAL_H

#include "operations/foreign.h"
#include "operations/transfer.h"

enum { VM_FOREIGN_FILE_MAX = 512 * 1024 * 1024, VM_FOREIGN_FLUSH_AT = 64 * 1024 };

/* Lines on their way out. */
struct vm_foreign_out {
	const struct vm_foreign *foreign;
	struct vm_address_policy policy;
	int fd;
	struct vm_buf text, line;
	struct vm_arena check;
};

/* What a line was made from, for people. */
struct vm_foreign_origin {
	const char *file;
	size_t line; /* 0: the file */
	const char *who;
};

/*
 * Whatever the source holds, what is written can be read again: else VM_INVALID or VM_LIMIT says why, and nothing is written.
 * VM_TEMPFAIL: no memory, or it cannot be written.
 */
enum vm_status vm_foreign_put(struct vm_foreign_out *out, const struct vm_transfer *transfer,
			      struct vm_error *err);
/* The same; what cannot be written is left out, and said. */
enum vm_status vm_foreign_put_or_skip(struct vm_foreign_out *out,
				      const struct vm_transfer *transfer,
				      const struct vm_foreign_origin *origin, struct vm_error *err);
enum vm_status vm_foreign_flush(struct vm_foreign_out *out, struct vm_error *err);

/* The same of a domain, whose other lines need it: it is written without its catch-all rather than not at all. */
enum vm_status vm_foreign_put_domain(struct vm_foreign_out *out, struct vm_transfer *transfer,
				     const struct vm_foreign_origin *origin, struct vm_error *err);

/* Tells that line `line` of a file (0: the file) has something that is left out; control bytes become blanks. */
void vm_foreign_skip(const struct vm_foreign_out *out, const char *file, size_t line,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Cuts the text up to the separator off *rest; NULL after the last. */
char *vm_foreign_cut(char **rest, char separator);

/*
 * Cuts the next of several destinations off *rest, which is parted at commas outside of quotes; blanks around it are taken
 * off, and quotes around a program or path. NULL after the last.
 */
char *vm_foreign_next_word(char **rest);

enum vm_status vm_foreign_passwd_file(struct vm_foreign_out *out, int source, struct vm_error *err);
enum vm_status vm_foreign_cpanel(struct vm_foreign_out *out, struct vm_error *err);
/* has_null_host: addresses at localhost are mailcow's words for what is done with mail. */
enum vm_status vm_foreign_tables(struct vm_foreign_out *out, int source, bool has_null_host,
				 struct vm_error *err);

#endif
