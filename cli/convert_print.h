/* Prints what a conversion or an import did: one line for each record, and the sums. */
#ifndef VM_CLI_CONVERT_PRINT_H
#define VM_CLI_CONVERT_PRINT_H

#include "cli/command.h"
#include "operations/convert.h"

/* "account joe@example.org: different: differs: quota", or an object with kind, subject, outcome, message. */
void vm_convert_print_event(struct vm_session *session, const struct vm_convert_event *event);
void vm_convert_print_event_members(struct vm_json_writer *writer,
				    const struct vm_convert_event *event);

/* A thing without a place in the other system: one line, as an object or as text. Appended; line->failed tells of want of memory. */
void vm_convert_print_skipped(bool json, const char *kind, const char *subject, const char *text,
			      struct vm_buf *line);

/* "account: 3 equal, 1 added", a line for each kind that occurred. */
void vm_convert_print_counts(struct vm_session *session, const struct vm_convert_counts *counts);

/* A member for each of the first kinds, with the number of each of the first outcomes. */
void vm_convert_print_members(struct vm_json_writer *writer, const struct vm_convert_counts *counts,
			      enum vm_convert_kind kinds, enum vm_convert_outcome outcomes);

/* All records of one outcome. */
uint64_t vm_convert_total(const struct vm_convert_counts *counts, enum vm_convert_outcome outcome);

#endif
