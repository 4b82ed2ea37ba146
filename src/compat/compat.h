/* What the files of libvpopmail share: the one open installation, and statuses as 5.4's callers know them. */
#ifndef VM_COMPAT_COMPAT_H
#define VM_COMPAT_COMPAT_H

#include "installation.h"
#include "util/secret.h"

/* The interface's own headers are compiled against too. */
#include "vpopmail.h"

/* Opens the installation at the first call. NULL, and verrori is set: it cannot be told. */
struct vm_installation *vm_compat_installation(void);
const struct vm_context *vm_compat_context(void);

/* The VA code of a status; sets verrori: 0 after a definite answer, VA_NO_AUTH_CONNECTION after any other. */
int vm_compat_answer(enum vm_status status, const struct vm_error *err);

/* Writes `folded` back into the caller's text where that differs: what is in read-only memory stays untouched if it can. */
void vm_compat_write_back(char *text, const char *folded);

/* Parses a user and a domain as they come, folded. 0, or a VA code. */
struct vm_compat_name {
	char user[VM_USER_MAX + 1], domain[VM_DOMAIN_MAX + 1];
};
int vm_compat_parse(const char *user, const char *domain, struct vm_compat_name *out);
int vm_compat_parse_domain(const char *domain, char out[VM_DOMAIN_MAX + 1]);
/* The same as one text for virtmail.h. */
int vm_compat_parse_address(const char *user, const char *domain, char out[VM_ADDRESS_MAX + 1]);

/* Opens the folder that a file is in; *name is what it is called there. */
enum vm_status vm_compat_open_folder(const char *file, int *folder, const char **name,
				     struct vm_error *err);

/* The flags in force for an account: its own and its domain's. 0, or a VA code: what a domain denies is not known then. */
int vm_compat_flags(const struct vm_account *account, uint32_t *flags);

/* A copy of an account in static memory, which the next call overwrites. NULL without memory. */
struct vqpasswd *vm_compat_keep(const struct vm_account *account, uint32_t flags);

#endif
