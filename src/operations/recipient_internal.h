/* What the files of the search for a recipient share. */
#ifndef VM_OPERATIONS_RECIPIENT_INTERNAL_H
#define VM_OPERATIONS_RECIPIENT_INTERNAL_H

#include "core/dot_qmail.h"
#include "operations/delivery_filter.h"
#include "operations/recipient_resolve.h"

/* Tells who listens. Costs nothing when nobody does. */
void vm_resolve_note(struct vm_resolve *resolve, bool decides, const char *rule, const char *format,
		     ...) __attribute__((format(printf, 4, 5)));

/* Goes on with an address of ours, one deeper. */
enum vm_status vm_resolve_address(struct vm_resolve *resolve, const struct vm_address *recipient);

/* Root may write everywhere, and gives the files away. */
bool vm_resolve_is_foreign(const struct vm_domain *domain);

/* One line; `account` is NULL for lines of a domain. */
enum vm_status vm_resolve_line(struct vm_resolve *resolve, const struct vm_dot_qmail_line *line,
			       const struct vm_account *account, const char *home);

/*
 * The .qmail files of a home: ".qmail-EXT", then ".qmail-PREFIX-default" at each dash from the right, ".qmail-default",
 * ".qmail". *handled: there was a file with at least one line. A file that cannot be read is "later", never "none".
 */
enum vm_status vm_resolve_home_files(struct vm_resolve *resolve, const struct vm_account *account,
				     const char *extension, bool *handled);

/* Lines of control/defaultdelivery, unless they would call us again. */
enum vm_status vm_resolve_default_delivery(struct vm_resolve *resolve,
					   const struct vm_account *account, bool *handled);

/* VM_RESOLVE_EXPLAIN: would a message of resolve->size bytes be over the quota of the account or of its domain? */
enum vm_status vm_resolve_explain_room(struct vm_resolve *resolve,
				       const struct vm_account *account);

/*
 * In VM_RESOLVE_EXPLAIN tells which filters would run, and why; they are taken to let the message through as it is. Else
 * nothing is done.
 */
enum vm_status vm_resolve_explain_filters(struct vm_resolve *resolve,
					  const struct vm_account *account,
					  enum vm_filter_place place);

/* In VM_RESOLVE_EXPLAIN tells of the answer that is set for a person who is away. */
void vm_resolve_explain_vacation(struct vm_resolve *resolve, const struct vm_account *account);

/*
 * D/.qmail-NAME of the recipient's domain, then ".qmail-PREFIX-default" at each dash from the right, as qmail-local reads them:
 * links too, which ezmlm's lists are. *handled: there was one.
 */
enum vm_status vm_resolve_domain_files(struct vm_resolve *resolve, bool *handled);

#endif
