/* vpopmail's C interface, for programs written for 5.4 and 5.6. See libvpopmail(3). Not for threads. */
#ifndef VPOPMAIL_VPOPMAIL_H
#define VPOPMAIL_VPOPMAIL_H

#include <stdio.h>
#include <sys/types.h>

#include "vpopmail_config.h"

#include "storage.h"
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
/* The database's settings: server, port, user, password and name of the writable one, then of the read-only one. */
#define VA_PARSE_ERROR01          (-45)
#define VA_PARSE_ERROR02          (-46)
#define VA_PARSE_ERROR03          (-47)
#define VA_PARSE_ERROR04          (-48)
#define VA_PARSE_ERROR05          (-49)
#define VA_PARSE_ERROR06          (-50)
#define VA_PARSE_ERROR07          (-51)
#define VA_PARSE_ERROR08          (-52)
#define VA_PARSE_ERROR09          (-53)
#define VA_PARSE_ERROR10          (-54)
#define VA_CANNOT_DELETE_CATCHALL (-55)
#define VA_PWSTR_EMPTY            (-69)
#define VA_PWSTR_LENGTH           (-70)
#define VA_PWSTR_ALPHA            (-71)
#define VA_PWSTR_NUMERIC          (-72)
#define VA_PWSTR_OTHER            (-73)
#define VA_PWSTR_DELTA            (-74)

/* The VA code of the last failure: VA_NO_AUTH_CONNECTION where nobody could tell, 0 for a definite no. */
extern int verrori;
extern int
	OptimizeAddDomain; /* != 0: vadddomain leaves morercpthosts uncompiled, and qmail-send alone */
extern int NoMakeIndex;    /* kept for the linker: an account costs the same with an index */

/* What the store said when verrori became VA_NO_AUTH_CONNECTION, "" at first. There is no statement to show: "". */
extern char *sqlerr, *last_query;
/* Prints comment and sqlerr. */
int vsqlerror(FILE *stream, char *comment);

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
/* Asks twice on the terminal until both are equal; "" when there is none, or no room. */
void vgetpasswd(char *user, char *pass, size_t size);

/* "NS,NC", "NOQUOTA"; overwritten by the next call. */
char *format_maildirquota(const char *quota);
int readuserquota(const char *maildir, storage_t *bytes, storage_t *messages);
void remove_maildirsize(char *home);
void update_maildirsize(char *domain, char *home, char *quota);

int vdelfiles(char *dir);
int r_chown(char *path, uid_t uid, gid_t gid);
int r_mkdir(char *path, uid_t uid, gid_t gid);
/* dir/Maildir/sqwebmail-pass; 0, or VA_SQWEBMAIL_PASS_FAIL. */
int vsqwebmail_pass(char *dir, char *crypted, uid_t uid, gid_t gid);

/* The next line of a vpasswd, NULL at its end; verrori is not 0 where the line is damaged. */
struct vqpasswd *vgetent(FILE *stream);
/* 0, or the VA code of the first field that is missing or too long. */
int vcheck_vqpw(struct vqpasswd *pw, char *domain);

char *get_remote_ip(void);
/*
 * Lets the address in TCPREMOTEIP send mail through this host for a while: to be called after a good login, where the setting
 * roaming_users says so. 0, or a VA code, which is no reason to refuse the login.
 */
int open_smtp_relay(void);
/* Notes the address alone: -1 failed, 0 known already (or not to be noted), 1 new. */
int vopen_smtp_relay(void);
/* Builds tcp.smtp.cdb anew, where it is built here; 0 or -1. */
int update_rules(void);
/* Writes a rule for each open window, as tcprules reads them. */
void vupdate_rules(int fd);
/* Closes the windows opened more than clear_minus_time seconds before mytime. */
void vclear_open_smtp(time_t clear_minus_time, time_t mytime);

/*
 * The steps that vadddomain and vdeldomain take, for programs that take them themselves. 0, or a VA code or -1; what is done
 * already, or gone, is 0.
 */
int add_domain_assign(char *alias_domain, char *real_domain, char *dir, uid_t uid, gid_t gid);
int del_domain_assign(char **names, int count, char *real_domain, char *dir, uid_t uid, gid_t gid);
int del_control(char **names, int count);
int update_newu(void);
int compile_morercpthosts(void);
int count_rcpthosts(void); /* lines, or -1 */
/* Takes out every line that is one of these; how many went, or -1. */
int remove_lines(char *file, char **lines, int count);
/* Adds a line that is not there: kind 1 for users/assign, 2 for rcpthosts, 3 for virtualdomains. 0 or -1. */
int update_file(char *file, char *line, int kind);
/* 0 or -1. There is one process to tell, "qmail-send", and one thing to tell it, SIGHUP. */
int signal_process(char *name, int sig);

/*
 * Runs the program of the setting onchange, as the functions above do by themselves: command, and what it is about, "" or NULL
 * for nothing; moment "before", or else after it was done. 0 whatever becomes of the program; -1 without the installation.
 */
int call_onchange(const char *command, const char *first, const char *second, const char *moment);

/* Keep the names of alias domains in the store; vaddaliasdomain and vdeldomain do it by themselves. 0, or a VA code. */
int vcreate_sql_aliasdomain(char *real_domain, char *alias_domain);
int vdelete_sql_aliasdomain(char *alias_domain);

/* Texts that grow: 1, or 0 without memory. */
typedef struct string_list {
	int max, count;
	char **values;
} string_list;
int string_list_init(string_list *list, int initial_size);
int string_list_add(string_list *list, char *text);
void string_list_free(string_list *list);

/* Copies of one text or two, each pointing to the next. */
struct linklist {
	struct linklist *next;
	char *data, *d2;
};
/* Behind `list` (NULL: the first); the new one, or NULL without memory. */
struct linklist *linklist_add(struct linklist *list, const char *d1, const char *d2);
/* Frees one; the next. */
struct linklist *linklist_del(struct linklist *list);

/* dup2, and then close; 0 or -1. */
int vfd_copy(int to, int from);
int vfd_move(int to, int from);
/* "Date: Mon, 23 Nov 2026 12:00:00 +0000\n" of now; overwritten by the next call. */
char *date_header(void);
/*
 * As snprintf, with %s for MySQL (a backslash before \\, ' and "), %c, %d, %i, %u (h, l, ll before them) and %%. The length;
 * the buffer is "" when it is too small, and -1 the answer to any other conversion.
 */
int qnprintf(char *buffer, size_t size, const char *format, ...);
int vvalidchar(char byte); /* 1: may be in a user's name */

char *verror(int va_err);
int vexit(int code);
int vexiterror(FILE *stream, char *text);

#ifdef __cplusplus
}
#endif
#endif
