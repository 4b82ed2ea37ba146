/* Prints one account as vuserinfo does. */
#ifndef VM_CLI_ACCOUNT_PRINT_H
#define VM_CLI_ACCOUNT_PRINT_H

#include "cli/command.h"

enum vm_show {
	VM_SHOW_NAME = 1,
	VM_SHOW_HASH = 2,
	VM_SHOW_CLEAR = 4,
	VM_SHOW_UID = 8,
	VM_SHOW_GID = 16,
	VM_SHOW_COMMENT = 32,
	VM_SHOW_DIR = 64,
	VM_SHOW_QUOTA = 128,
	VM_SHOW_USAGE = 256,
	VM_SHOW_LOGIN = 512,
	VM_SHOW_ALL = 1024,
};

/*
 * `fields` 0 or with VM_SHOW_ALL: the labels of 5.4; else bare values in the order n p C u g c d q Q l. On a terminal 0 is a
 * table for a person, without what is secret.
 */
enum vm_status vm_account_print(struct vm_session *session, const struct vm_account *account,
				const struct vm_limits *limits, uint32_t fields,
				struct vm_error *err);

/* The accounts of a domain on a terminal: the line of headings, then one line for each. */
void vm_account_print_headings(struct vm_session *session);
enum vm_status vm_account_print_row(struct vm_session *session, const struct vm_account *account,
				    const struct vm_limits *limits, struct vm_error *err);

#endif
