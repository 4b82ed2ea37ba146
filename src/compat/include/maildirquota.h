/* Quotas of Maildirs and domains, as programs written for vpopmail 5.4 ask. See libvpopmail(3). */
#ifndef VPOPMAIL_MAILDIRQUOTA_H
#define VPOPMAIL_MAILDIRQUOTA_H

#include "storage.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a Maildir holds, and what the domain of a Maildir or home holds: 0 or -1. */
int readuserquota(const char *maildir, storage_t *bytes, storage_t *messages);
int readdomainquota(const char *dir, storage_t *bytes, storage_t *messages);
/*
 * Would one message more pass the quota, of the size of standard input where that is a file? 1 yes, 0 no, -1 nobody can tell
 * (verrori).
 */
int user_over_maildirquota(const char *maildir, const char *quota);
int domain_over_maildirquota(const char *dir);
/* Percent of the quota that the Maildir uses. */
int vmaildir_readquota(const char *maildir, const char *quota);
/* A line in maildirsize for what a program has stored there itself: 0 or -1. fd and quota are not asked for. */
int maildir_addquota(const char *maildir, int fd, const char *quota, storage_t bytes,
		     storage_t messages);

#ifdef __cplusplus
}
#endif
#endif
