/* vpopmail's C interface, for programs written for 5.4 and 5.6. See libvpopmail(3). Not for threads. */
#ifndef VPOPMAIL_VPOPMAIL_H
#define VPOPMAIL_VPOPMAIL_H

#include <stdio.h>
#include <sys/types.h>

#include "vpopmail_config.h"

#include "vauth.h"
#include "vlimits.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes, NUL not counted. */
#define MAX_PW_NAME         64
#define MAX_PW_DOMAIN       96
#define MAX_PW_PASS         128
#define MAX_PW_GECOS        64
#define MAX_PW_CLEAR_PASSWD 128
#define MAX_PW_DIR          160
#define MAX_PW_QUOTA        20
#define MAX_ALIAS_LINE      160
#define MAX_BUFF            300
#define AUTH_SIZE           156

/* Bits of pw_gid and pw_flags. */
#define NO_PASSWD_CHNG  0x01
#define NO_POP          0x02
#define NO_WEBMAIL      0x04
#define NO_IMAP         0x08
#define BOUNCE_MAIL     0x10
#define NO_RELAY        0x20
#define NO_DIALUP       0x40
#define V_USER0         0x080
#define V_USER1         0x100
#define V_USER2         0x200
#define V_USER3         0x400
#define NO_SMTP         0x800
#define QA_ADMIN        0x1000
#define V_OVERRIDE      0x2000
#define NO_SPAMASSASSIN 0x4000
#define DELETE_SPAM     0x8000
#define SA_ADMIN        0x10000
#define SA_EXPERT       0x20000
#define NO_MAILDROP     0x40000

#define USE_POP  1
#define USE_APOP 2

/* Answers of functions that return a VA code. A negative number that is not here is a failure too. */
#define VA_SUCCESS                      0
#define VA_ILLEGAL_USERNAME             (-1)
#define VA_USERNAME_EXISTS              (-2)
#define VA_BAD_DIR                      (-3)
#define VA_BAD_U_DIR                    (-4)
#define VA_BAD_D_DIR                    (-5)
#define VA_BAD_V_DIR                    (-6)
#define VA_EXIST_U_DIR                  (-7)
#define VA_BAD_U_DIR2                   (-8)
#define VA_SUBDIR_CREATION              (-9)
#define VA_USER_DOES_NOT_EXIST          (-10)
#define VA_DOMAIN_DOES_NOT_EXIST        (-11)
#define VA_INVALID_DOMAIN_NAME          (-12)
#define VA_DOMAIN_ALREADY_EXISTS        (-13)
#define VA_COULD_NOT_MAKE_DOMAIN_DIR    (-14)
#define VA_COULD_NOT_OPEN_QMAIL_DEFAULT (-15)
#define VA_CAN_NOT_MAKE_DOMAINS_DIR     (-16)
#define VA_COULD_NOT_UPDATE_FILE        (-17)
#define VA_CRYPT_FAILED                 (-18)
#define VA_COULD_NOT_OPEN_DOT_QMAIL     (-19)
#define VA_BAD_CHAR                     (-20)
#define VA_SQWEBMAIL_PASS_FAIL          (-21)
#define VA_BAD_UID                      (-22)
#define VA_NO_AUTH_CONNECTION           (-23)
#define VA_MEMORY_ALLOC_ERR             (-24)
#define VA_USER_NAME_TOO_LONG           (-25)
#define VA_DOMAIN_NAME_TOO_LONG         (-26)
#define VA_PASSWD_TOO_LONG              (-27)
#define VA_GECOS_TOO_LONG               (-28)
#define VA_QUOTA_TOO_LONG               (-29)
#define VA_DIR_TOO_LONG                 (-30)
#define VA_CLEAR_PASSWD_TOO_LONG        (-31)
#define VA_ALIAS_LINE_TOO_LONG          (-32)
#define VA_NULL_POINTER                 (-33)
#define VA_INVALID_EMAIL_CHAR           (-34)
#define VA_PARSE_ERROR                  (-35)
#define VA_CANNOT_READ_LIMITS           (-36)
#define VA_CANNOT_READ_ASSIGN           (-37)
#define VA_CANNOT_OPEN_DATABASE         (-38)
#define VA_INVALID_IP_ADDRESS           (-39)
#define VA_QUERY_FAILED                 (-40)
#define VA_STORE_RESULT_FAILED          (-41)
#define VA_INVALID_OPEN_MODE            (-42)
#define VA_CANNOT_CREATE_DATABASE       (-43)
#define VA_CANNOT_CREATE_TABLE          (-44)
#define VA_CANNOT_DELETE_CATCHALL       (-55)
#define VA_PWSTR_EMPTY                  (-69)
#define VA_PWSTR_LENGTH                 (-70)
#define VA_PWSTR_ALPHA                  (-71)
#define VA_PWSTR_NUMERIC                (-72)
#define VA_PWSTR_OTHER                  (-73)
#define VA_PWSTR_DELTA                  (-74)

/* The VA code of the last failure: VA_NO_AUTH_CONNECTION where nobody could tell, 0 for a definite no. */
extern int verrori;
extern int
	OptimizeAddDomain; /* != 0: vadddomain leaves morercpthosts uncompiled, and qmail-send alone */
extern int NoMakeIndex;    /* kept for the linker: an account costs the same with an index */

/* A row of users/assign. */
typedef struct domain_entry {
	char *domain, *realdomain;
	uid_t uid;
	gid_t gid;
	char *path;
} domain_entry;

int vadddomain(char *domain, char *dir, uid_t uid, gid_t gid);
int vaddaliasdomain(char *alias_domain, char *real_domain);
int vdeldomain(char *domain);
/* First with a real domain or "" for all, later with NULL; NULL at the end, verrori VA_CANNOT_READ_ASSIGN when unreadable. */
domain_entry *get_domain_entries(const char *match_real);
/* The domain's folder, or NULL. domain becomes the real one; dir (dir_len bytes), uid and gid may be NULL. */
char *vget_assign(char *domain, char *dir, int dir_len, uid_t *uid, gid_t *gid);
/* domain becomes the real one; 0, or -1. */
int vget_real_domain(char *domain, int len);

int vadduser(char *user, char *domain, char *pass, char *gecos, int apop);
int vdeluser(char *user, char *domain);
int vpasswd(char *user, char *domain, char *pass, int apop);
int vsetuserquota(char *user, char *domain, char *quota);
/* The account when the password is right, else NULL (verrori as vauth_getpw). */
struct vqpasswd *vauth_user(char *user, char *domain, char *pass, char *apop);
/* Makes the home of an account: its hash folder below the domain's ("" for none), or NULL. */
char *make_user_dir(char *user, char *domain, uid_t uid, gid_t gid);
int vmake_maildir(char *domain, char *home);

/* 0 and user and domain (size bytes each), or -1. The address is folded to lower case in place. */
int parse_email(char *email, char *user, char *domain, int size);
int is_username_valid(char *user);
int is_domain_valid(char *domain);
char *default_domain(void);
void vset_default_domain(char *domain);
char *maildir_to_email(const char *maildir);
void lowerit(char *text);

int mkpasswd3(char *clearpass, char *crypted, int size);
char randltr(void);
char *vrandom_pass(char *buffer, int len);
char *vgen_pass(int len); /* to be freed */
/* 1: may be chosen; else VA_PWSTR_... and the text. */
int pw_strength(const char *password);
const char *pw_strength_error(void);
const char *pw_strength_policy(void);

/* "NS,NC", "NOQUOTA"; overwritten by the next call. */
char *format_maildirquota(const char *quota);
int readuserquota(const char *maildir, storage_t *bytes, storage_t *messages);
/* Percent of the quota that the Maildir uses. */
int vmaildir_readquota(const char *maildir, const char *quota);
void remove_maildirsize(char *home);
void update_maildirsize(char *domain, char *home, char *quota);

int vdelfiles(char *dir);
int r_chown(char *path, uid_t uid, gid_t gid);
int r_mkdir(char *path, uid_t uid, gid_t gid);
int file_exists(char *path);
int isExistingUser(char *name, char *domain);
int isExistingAlias(char *path, char *name, char *domain);
int isExistingRobot(char *path, char *name);
int isValidMailList(char *path, char *name);
int isQmailAlias(char *name);
int isExistingAddress(char *domain, char *name, char *path);

char *get_remote_ip(void);
/*
 * Lets the address in TCPREMOTEIP send mail through this host for a while: to be called after a good login, where the setting
 * roaming_users says so. 0, or a VA code, which is no reason to refuse the login.
 */
int open_smtp_relay(void);
/* Closes the windows opened more than clear_minus_time seconds before mytime. */
void vclear_open_smtp(time_t clear_minus_time, time_t mytime);

char *verror(int va_err);
int vexit(int code);
int vexiterror(FILE *stream, char *text);

#ifdef __cplusplus
}
#endif
#endif
