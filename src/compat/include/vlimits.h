/* Limits of domains, as programs written for vpopmail 5.4 and 5.6 know them. */
#ifndef VPOPMAIL_VLIMITS_H
#define VPOPMAIL_VLIMITS_H

#include "storage.h"
#include "vauth.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of perm_*: what admins other than postmaster may not do. */
#define VLIMIT_DISABLE_CREATE 0x01
#define VLIMIT_DISABLE_MODIFY 0x02
#define VLIMIT_DISABLE_DELETE 0x04
#define VLIMIT_DISABLE_ALL    (VLIMIT_DISABLE_CREATE | VLIMIT_DISABLE_MODIFY | VLIMIT_DISABLE_DELETE)

struct vlimits {
	int maxpopaccounts, maxaliases, maxforwards, maxautoresponders,
		maxmailinglists; /* -1 none */
	storage_t diskquota;     /* MiB, whole domain; 0 none */
	storage_t maxmsgcount;
	storage_t defaultquota; /* bytes, new accounts */
	storage_t defaultmaxmsgcount;
	short disable_pop, disable_imap, disable_dialup, disable_passwordchanging, disable_webmail;
	short disable_relay, disable_smtp, disable_spamassassin, delete_spam, disable_maildrop;
	short perm_account, perm_alias, perm_forward, perm_autoresponder, perm_maillist;
	short perm_maillist_users, perm_maillist_moderators, perm_quota, perm_defaultquota;
};

void vdefault_limits(struct vlimits *limits);
/* 0, or -1: nobody can tell. A domain without limits of its own has those of etc/vlimits.default. */
int vget_limits(const char *domain, struct vlimits *limits);
int vset_limits(const char *domain, const struct vlimits *limits);
int vdel_limits(const char *domain);
/* The file's values over those in limits; 0 or -1. */
int vlimits_read_limits_file(const char *path, struct vlimits *limits);
int vlimits_write_limits_file(const char *path, const struct vlimits *limits);
/* The flags (NO_POP and others) that all accounts of the domain have. */
int vlimits_get_flag_mask(struct vlimits *limits);
void vlimits_setflags(struct vqpasswd *pw, char *domain);

#ifdef __cplusplus
}
#endif
#endif
