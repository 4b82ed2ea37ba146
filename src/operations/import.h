/* Takes domains, accounts, aliases in from a file of the neutral format (operations/transfer.h). */
#ifndef VM_OPERATIONS_IMPORT_H
#define VM_OPERATIONS_IMPORT_H

#include "operations/context.h"
#include "operations/convert.h"

/* Lines that stand together, those of one domain; the first is the domain's own. */
struct vm_import_section {
	const char *domain;
	off_t start, end; /* in the file */
	size_t line;      /* the number of the first */
	size_t longest;   /* bytes of the longest line */
};

/* A line that names its domain and may stand in any section: an alias of a domain, a mapped address. */
struct vm_import_loose {
	off_t start;
	size_t line, length;
};

/* Where what is in the file. Small beside the file: nothing for each account. */
struct vm_import_index {
	struct vm_arena arena;
	struct vm_import_section *sections;
	struct vm_import_loose *loose;
	size_t section_count, loose_count, section_capacity, loose_capacity;
	uint64_t bad_lines;
};

/*
 * Reads the whole file and checks each line. `bad` is told of lines that cannot be understood, or that stand where they may
 * not; they are left out. fd must be seekable. VM_INVALID: it is no file of this format. To be released in any case.
 */
enum vm_status vm_import_index_read(const struct vm_config *config, int fd, const char *name,
				    void (*bad)(void *context, size_t line, const char *text),
				    void *context, struct vm_import_index *out,
				    struct vm_error *err);
void vm_import_index_release(struct vm_import_index *index);

struct vm_import {
	const struct vm_context *context;
	const struct vm_import_index *index;
	int fd;
	const char *name; /* of the file */
	enum vm_convert_mode mode;
	bool overwrite;      /* what differs becomes as it is in the file; nothing else goes */
	bool allow_programs; /* else destinations that run something are skipped */
	bool keep_paths;     /* folders and homes are where the file says, with their owner */
	struct vm_convert_counts *counts;
	/* Has vm_import_section called, as the owner of the domain, which is in the store unless it is a rehearsal. */
	enum vm_status (*section)(void *callback_context, const struct vm_import_section *section,
				  const struct vm_domain *domain, struct vm_error *err);
	void (*tell)(void *callback_context, const struct vm_convert_event *event);
	void (*progress)(void *callback_context);
	void *callback_context;
};

/*
 * Makes the domains that are missing, has their sections done, then aliases of domains and the map of addresses. Can be run
 * again after any end and goes on: what is there and equal is passed over. VM_OK whatever the counts say; an indefinite status
 * when nobody can tell now.
 */
enum vm_status vm_import_run(const struct vm_import *import, struct vm_error *err);

/* Limits, accounts, aliases of one domain, in bounded memory and in units of work. */
enum vm_status vm_import_section(const struct vm_import *import,
				 const struct vm_import_section *section,
				 const struct vm_domain *domain, struct vm_error *err);

#endif
