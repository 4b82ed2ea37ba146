/* Prints what a store has in the neutral format (operations/transfer.h), domain by domain. */
#ifndef VM_OPERATIONS_EXPORT_H
#define VM_OPERATIONS_EXPORT_H

#include "operations/context.h"
#include "operations/transfer.h"

/* Where the lines go, whole ones, in pieces of any size, and what they look like. */
struct vm_export_sink {
	enum vm_status (*write)(void *context, const char *bytes, size_t length,
				struct vm_error *err);
	void *context;
	/* Appends a record in another format; NULL: the neutral one. out->failed tells of want of memory. */
	void (*print)(void *print_context, const struct vm_transfer *record, struct vm_buf *out);
	void *print_context;
};

/* The header. */
enum vm_status vm_export_header(const char *source, const struct vm_export_sink *sink,
				struct vm_error *err);

/* The last line, once everything else was written: without it what is there counts as cut off. */
enum vm_status vm_export_end(const struct vm_export_sink *sink, struct vm_error *err);

/*
 * The section of one real domain: its names, limits, accounts, aliases, page by page in bounded memory. Nobody adds to the
 * domain while it is read, where the store can keep them out, so the sink must not wait for anybody. Clear passwords only
 * with `clear`. VM_NOT_FOUND: no such domain.
 */
enum vm_status vm_export_domain(const struct vm_context *context, const char *domain, bool clear,
				const struct vm_export_sink *sink, struct vm_error *err);

/* The map of addresses, of the domains that are selected. */
enum vm_status vm_export_ip_maps(const struct vm_context *context,
				 bool (*selects)(void *context, const char *domain),
				 const struct vm_export_sink *sink, struct vm_error *err);

#endif
