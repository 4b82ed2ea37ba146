/* How far a bulletin has come in a domain: D/.bulletin-ID. */
#ifndef VM_OPERATIONS_BULLETIN_NOTES_H
#define VM_OPERATIONS_BULLETIN_NOTES_H

#include "core/maildir.h"
#include "operations/bulletin.h"

enum { VM_BULLETIN_FAILURES = 100, VM_BULLETIN_FILE_MAX = 64 };

/*
 * One line each: "name NAME", "after USER" once a page is done, "failed USER" for each that is to be tried again, "done" at
 * the end.
 */
struct vm_bulletin_notes {
	char file[VM_BULLETIN_FILE_MAX];    /* of the notes, in D */
	char name[VM_MAILDIR_NAME_MAX + 1]; /* of the message in new/, without ",S=" */
	char after[VM_USER_MAX + 1];
	char failed[VM_BULLETIN_FAILURES][VM_USER_MAX + 1];
	size_t failures;
	bool is_resumed, is_done;
};

/* The notes' file name, from the message and the way. */
void vm_bulletin_notes_name(const struct vm_bulletin *bulletin, char out[VM_BULLETIN_FILE_MAX]);

/* Reads what an interrupted run left; else a new name. VM_TEMPFAIL also for notes that cannot be understood. */
enum vm_status vm_bulletin_notes_read(int folder, const struct vm_bulletin *bulletin,
				      struct vm_bulletin_notes *notes, struct vm_error *err);
enum vm_status vm_bulletin_notes_write(int folder, const struct vm_bulletin_notes *notes,
				       struct vm_error *err);

#endif
