/* Every function, field, flag and number of vpopmail's C interface, with the types that clients know. Runs, and ends with 0. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "maildirquota.h"
#include "pwstr.h"
#include "storage.h"
#include "vauth.h"
#include "vlimits.h"
#include "vlogger.h"
#include "vpopmail.h"
#include "vpopmail_config.h"
#include "vutil.h"

typedef char *text; /* so that a pointer to a function can answer one */
typedef const char *fixed_text;
typedef void *handle;
typedef struct vqpasswd *account;
typedef struct linklist *entry;
typedef domain_entry *domain;

/* Wrong types do not compile; a name that is not there does not link. */
#define FUNCTION(type, name, ...) static type (*volatile const of_##name)(__VA_ARGS__) = name;
#include "prototypes.h"
#undef FUNCTION

#define NUMBER(name, value) _Static_assert((name) == (value), #name);
NUMBER(MAX_PW_NAME, 64)
NUMBER(MAX_PW_DOMAIN, 96)
NUMBER(MAX_PW_PASS, 128)
NUMBER(MAX_PW_GECOS, 64)
NUMBER(MAX_PW_CLEAR_PASSWD, 128)
NUMBER(MAX_PW_DIR, 160)
NUMBER(MAX_PW_QUOTA, 20)
NUMBER(MAX_ALIAS_LINE, 160)
NUMBER(MAX_BUFF, 300)
NUMBER(AUTH_SIZE, 156)
NUMBER(NO_PASSWD_CHNG, 0x00001)
NUMBER(NO_POP, 0x00002)
NUMBER(NO_WEBMAIL, 0x00004)
NUMBER(NO_IMAP, 0x00008)
NUMBER(BOUNCE_MAIL, 0x00010)
NUMBER(NO_RELAY, 0x00020)
NUMBER(NO_DIALUP, 0x00040)
NUMBER(V_USER0, 0x00080)
NUMBER(V_USER1, 0x00100)
NUMBER(V_USER2, 0x00200)
NUMBER(V_USER3, 0x00400)
NUMBER(NO_SMTP, 0x00800)
NUMBER(QA_ADMIN, 0x01000)
NUMBER(V_OVERRIDE, 0x02000)
NUMBER(NO_SPAMASSASSIN, 0x04000)
NUMBER(DELETE_SPAM, 0x08000)
NUMBER(SA_ADMIN, 0x10000)
NUMBER(SA_EXPERT, 0x20000)
NUMBER(NO_MAILDROP, 0x40000)
NUMBER(USE_POP, 1)
NUMBER(VA_SUCCESS, 0)
NUMBER(VA_ILLEGAL_USERNAME, -1)
NUMBER(VA_USERNAME_EXISTS, -2)
NUMBER(VA_BAD_DIR, -3)
NUMBER(VA_BAD_U_DIR, -4)
NUMBER(VA_BAD_D_DIR, -5)
NUMBER(VA_BAD_V_DIR, -6)
NUMBER(VA_EXIST_U_DIR, -7)
NUMBER(VA_BAD_U_DIR2, -8)
NUMBER(VA_SUBDIR_CREATION, -9)
NUMBER(VA_USER_DOES_NOT_EXIST, -10)
NUMBER(VA_DOMAIN_DOES_NOT_EXIST, -11)
NUMBER(VA_INVALID_DOMAIN_NAME, -12)
NUMBER(VA_DOMAIN_ALREADY_EXISTS, -13)
NUMBER(VA_COULD_NOT_MAKE_DOMAIN_DIR, -14)
NUMBER(VA_COULD_NOT_OPEN_QMAIL_DEFAULT, -15)
NUMBER(VA_CAN_NOT_MAKE_DOMAINS_DIR, -16)
NUMBER(VA_COULD_NOT_UPDATE_FILE, -17)
NUMBER(VA_CRYPT_FAILED, -18)
NUMBER(VA_COULD_NOT_OPEN_DOT_QMAIL, -19)
NUMBER(VA_BAD_CHAR, -20)
NUMBER(VA_SQWEBMAIL_PASS_FAIL, -21)
NUMBER(VA_BAD_UID, -22)
NUMBER(VA_NO_AUTH_CONNECTION, -23)
NUMBER(VA_MEMORY_ALLOC_ERR, -24)
NUMBER(VA_USER_NAME_TOO_LONG, -25)
NUMBER(VA_DOMAIN_NAME_TOO_LONG, -26)
NUMBER(VA_PASSWD_TOO_LONG, -27)
NUMBER(VA_GECOS_TOO_LONG, -28)
NUMBER(VA_QUOTA_TOO_LONG, -29)
NUMBER(VA_DIR_TOO_LONG, -30)
NUMBER(VA_CLEAR_PASSWD_TOO_LONG, -31)
NUMBER(VA_ALIAS_LINE_TOO_LONG, -32)
NUMBER(VA_NULL_POINTER, -33)
NUMBER(VA_INVALID_EMAIL_CHAR, -34)
NUMBER(VA_PARSE_ERROR, -35)
NUMBER(VA_CANNOT_READ_LIMITS, -36)
NUMBER(VA_CANNOT_READ_ASSIGN, -37)
NUMBER(VA_CANNOT_OPEN_DATABASE, -38)
NUMBER(VA_INVALID_IP_ADDRESS, -39)
NUMBER(VA_QUERY_FAILED, -40)
NUMBER(VA_STORE_RESULT_FAILED, -41)
NUMBER(VA_INVALID_OPEN_MODE, -42)
NUMBER(VA_CANNOT_CREATE_DATABASE, -43)
NUMBER(VA_CANNOT_CREATE_TABLE, -44)
NUMBER(VA_PARSE_ERROR01, -45)
NUMBER(VA_PARSE_ERROR10, -54)
NUMBER(VA_CANNOT_DELETE_CATCHALL, -55)
NUMBER(VA_PWSTR_EMPTY, -69)
NUMBER(VA_PWSTR_LENGTH, -70)
NUMBER(VA_PWSTR_ALPHA, -71)
NUMBER(VA_PWSTR_NUMERIC, -72)
NUMBER(VA_PWSTR_OTHER, -73)
NUMBER(VA_PWSTR_DELTA, -74)
NUMBER(VQPASSWD_HAS_PW_FLAGS, 1)
NUMBER(sizeof(storage_t), 8)

/* Each field behind the one before it, with its type. */
#define AFTER(kind, before, name) \
	_Static_assert(offsetof(kind, name) > offsetof(kind, before), #name);
AFTER(struct vqpasswd, pw_name, pw_passwd)
AFTER(struct vqpasswd, pw_passwd, pw_uid)
AFTER(struct vqpasswd, pw_uid, pw_gid)
AFTER(struct vqpasswd, pw_gid, pw_flags)
AFTER(struct vqpasswd, pw_flags, pw_gecos)
AFTER(struct vqpasswd, pw_gecos, pw_dir)
AFTER(struct vqpasswd, pw_dir, pw_shell)
AFTER(struct vqpasswd, pw_shell, pw_clear_passwd)
AFTER(struct vlimits, maxpopaccounts, maxaliases)
AFTER(struct vlimits, maxaliases, maxforwards)
AFTER(struct vlimits, maxforwards, maxautoresponders)
AFTER(struct vlimits, maxautoresponders, maxmailinglists)
AFTER(struct vlimits, maxmailinglists, diskquota)
AFTER(struct vlimits, diskquota, maxmsgcount)
AFTER(struct vlimits, maxmsgcount, defaultquota)
AFTER(struct vlimits, defaultquota, defaultmaxmsgcount)
AFTER(struct vlimits, defaultmaxmsgcount, disable_pop)
AFTER(struct vlimits, disable_pop, disable_imap)
AFTER(struct vlimits, disable_imap, disable_dialup)
AFTER(struct vlimits, disable_dialup, disable_passwordchanging)
AFTER(struct vlimits, disable_passwordchanging, disable_webmail)
AFTER(struct vlimits, disable_webmail, disable_relay)
AFTER(struct vlimits, disable_relay, disable_smtp)
AFTER(struct vlimits, disable_smtp, disable_spamassassin)
AFTER(struct vlimits, disable_spamassassin, delete_spam)
AFTER(struct vlimits, delete_spam, disable_maildrop)
AFTER(struct vlimits, disable_maildrop, perm_account)
AFTER(struct vlimits, perm_account, perm_alias)
AFTER(struct vlimits, perm_alias, perm_forward)
AFTER(struct vlimits, perm_forward, perm_autoresponder)
AFTER(struct vlimits, perm_autoresponder, perm_maillist)
AFTER(struct vlimits, perm_maillist, perm_maillist_users)
AFTER(struct vlimits, perm_maillist_users, perm_maillist_moderators)
AFTER(struct vlimits, perm_maillist_moderators, perm_quota)
AFTER(struct vlimits, perm_quota, perm_defaultquota)
AFTER(domain_entry, domain, realdomain)
AFTER(domain_entry, realdomain, uid)
AFTER(domain_entry, uid, gid)
AFTER(domain_entry, gid, path)

/* What clients ask the preprocessor for. */
#if !defined VALIAS || !defined CLEAR_PASS || !defined ENABLE_AUTH_LOGGING || \
	!defined POP_AUTH_OPEN_RELAY || !defined ENABLE_LEARN_PASSWORDS ||    \
	!defined ONCHANGE_SCRIPT || !defined VERSION
#error "a switch is missing"
#endif

int main(void)
{
	static const char folders[] = VPOPMAILDIR QMAILDIR;
	const uid_t uid = VPOPMAILUID;
	const gid_t gid = VPOPMAILGID;
	int *const numbers[] = { &OptimizeAddDomain, &NoMakeIndex, &verrori };
	fixed_text texts[] = { sqlerr, last_query, DEFAULT_DOMAIN };
	int count = 0;

#define FUNCTION(type, name, ...) count += of_##name != NULL;
#include "prototypes.h"
	printf("%d functions\n", count);
	return numbers[0] == NULL || texts[0] == NULL || texts[1] == NULL || texts[2] == NULL ||
	       folders[0] != '/' || vdir.cur_users != 0 || (uid == 0 && gid == 1) ||
	       VPOPMAIL_UMASK != 077;
}
