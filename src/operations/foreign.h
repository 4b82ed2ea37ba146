/* Turns files of other mail systems into lines of the neutral format (operations/transfer.h). */
#ifndef VM_OPERATIONS_FOREIGN_H
#define VM_OPERATIONS_FOREIGN_H

#include "core/config.h"

enum vm_foreign_format {
	VM_FOREIGN_PASSWD_FILE, /* Dovecot's: user:password:uid:gid:comment:home:shell:fields */
	VM_FOREIGN_CPANEL, /* a folder with etc/DOMAIN/{passwd,shadow,quota} and valiases/DOMAIN */
	VM_FOREIGN_POSTFIXADMIN, /* rows of its tables, as sql/migrate/ prints them */
	VM_FOREIGN_MAILCOW,      /* the same of mailcow */
	VM_FOREIGN_FORMATS,
};

struct vm_foreign {
	const struct vm_config *config;
	const char *name; /* of the file or folder, for people */
	/* Told of each thing that has no place in the format, with where it is: "users:17". */
	void (*skip)(void *context, const char *where, const char *text);
	void *context;
};

/* "passwd-file", "cpanel", "postfixadmin", "mailcow"; VM_FOREIGN_FORMATS for any other name. */
enum vm_foreign_format vm_foreign_find(const char *name);

/* A folder is read by its name, without `source`. */
bool vm_foreign_is_folder(enum vm_foreign_format format);

/*
 * Writes the lines to `out`, sorted by domain. The source is only read: a file from `source`, a folder by its name. VM_INVALID
 * (field "file"): it is no such file or folder, or rows were cut off.
 */
enum vm_status vm_foreign_translate(const struct vm_foreign *foreign, enum vm_foreign_format format,
				    int source, int out, struct vm_error *err);

#endif
