/* What the two files that read another system's tables share; nobody else includes it. */
#ifndef VM_OPERATIONS_FOREIGN_TABLES_H
#define VM_OPERATIONS_FOREIGN_TABLES_H

#include "operations/foreign_internal.h"
#include "util/json_read.h"

struct vm_foreign_tables {
	struct vm_foreign_out *out;
	struct vm_json_object line;
	struct vm_arena arena; /* of one line */
	size_t number;
	char domain[VM_DOMAIN_MAX + 1]; /* whose rows come now, if they are taken in; else "" */
	bool has_null_host;             /* null@localhost and its like are no addresses (mailcow) */
	bool is_ended;
};

/* Whose list it is. */
struct vm_foreign_owner {
	const char *address, *user; /* "" and "" of a catch-all */
	bool is_mailbox;
};

/* The destinations of a text, in the arena. What has no place here is left out, and that is said. VM_TEMPFAIL without memory. */
enum vm_status vm_foreign_read_list(struct vm_foreign_tables *tables,
				    const struct vm_foreign_owner *owner, const char *text,
				    struct vm_destination_list *out, struct vm_error *err);

#endif
