/* Reads the folders of a Maildir into a list of messages. */
#ifndef VM_MTA_COMMON_POP3_POP3_SCAN_H
#define VM_MTA_COMMON_POP3_POP3_SCAN_H

#include "mta/common/pop3/pop3_mailbox.h"

/*
 * Fills messages and names, ordered by delivery. A message that is moved from new/ to cur/ during the scan is listed once.
 */
enum vm_status vm_pop3_scan(struct vm_pop3_mailbox *mailbox, struct vm_error *err);

/* Scans again and gives known messages their present names; those not found are gone. New ones are left out. */
enum vm_status vm_pop3_rescan(struct vm_pop3_mailbox *mailbox, struct vm_error *err);

/* Removes files of tmp/ that nobody touched for 36 hours. An abandoned file that stays does no harm: never fails. */
void vm_pop3_clean_tmp(int maildir);

#endif
