/* The functions of vpopmail's authentication back ends, as programs written for 5.4 and 5.6 call them. See libvpopmail(3). */
#ifndef VPOPMAIL_VAUTH_H
#define VPOPMAIL_VAUTH_H

#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clients test for pw_flags by this. */
#define VQPASSWD_HAS_PW_FLAGS 1

/* An account. What points here is overwritten by the next call that answers one. */
struct vqpasswd {
	char *pw_name;
	char *pw_passwd;
	uid_t pw_uid;
	gid_t pw_gid;   /* the account's own flags */
	gid_t pw_flags; /* with the domain's, unless V_OVERRIDE */
	char *pw_gecos;
	char *pw_dir;
	char *pw_shell; /* the quota */
	char *pw_clear_passwd;
};

/* 0, or VA_NO_AUTH_CONNECTION where the store cannot tell now. will_update is not asked for: one connection does both. */
int vauth_open(int will_update);
int vauth_open_update(void);
void vclose(void);

/*
 * The account, its user and domain in lower case (written back into the caller's text where that changes it), or NULL:
 * then verrori is 0 when there is surely none, and a VA code when nobody can tell.
 */
struct vqpasswd *vauth_getpw(char *user, char *domain);
/* All accounts of a domain, in their order: first != 0 begins. NULL at the end. `sortit` asks for what is always so. */
struct vqpasswd *vauth_getall(char *domain, int first, int sortit);
void vauth_end_getall(void);

/* VA codes. vauth_setpw writes all fields; vauth_adduser hashes pass, and makes no folder. */
int vauth_setpw(struct vqpasswd *pw, char *domain);
int vauth_adduser(char *user, char *domain, char *pass, char *gecos, char *dir, int apop);
int vauth_deluser(char *user, char *domain);
int vauth_setquota(char *user, char *domain, char *quota);
int vauth_adddomain(char *domain);
int vauth_deldomain(char *domain);
/* 0: the clear password fits vpw's. */
int vauth_crypt(char *user, char *domain, char *clear_pass, struct vqpasswd *vpw);
int vmkpasswd(char *domain);

int vset_lastauth(char *user, char *domain, char *remoteip);
/* 0 and NULL when there was none. */
time_t vget_lastauth(struct vqpasswd *pw, char *domain);
char *vget_lastauthip(struct vqpasswd *pw, char *domain);

/* Lines of an alias, in their order; NULL at the end. The text is overwritten by the next call. */
char *valias_select(char *alias, char *domain);
char *valias_select_next(void);
/* All lines of a domain; alias (MAX_PW_NAME + 1 bytes) is filled with each one's name. */
char *valias_select_all(char *alias, char *domain);
char *valias_select_all_next(char *alias);
char *valias_select_names(char *domain);
char *valias_select_names_next(void);
void valias_select_names_end(void);
int valias_insert(char *alias, char *domain, char *alias_line);
int valias_remove(char *alias, char *domain, char *alias_line);
int valias_delete(char *alias, char *domain);
int valias_delete_domain(char *domain);

/* 0 and domain filled (domain_size bytes), or -1. */
int vget_ip_map(char *ip, char *domain, int domain_size);
int vadd_ip_map(char *ip, char *domain);
int vdel_ip_map(char *ip, char *domain);
/* 1 a row, 0 the end, -1 failed; first != 0 begins. Both have room for MAX_BUFF bytes. */
int vshow_ip_map(int first, char *ip, char *domain);

/* A line of the log, without the password: 0, or a VA code. error: 0 internal, 1 unknown, 2 success, 3 wrong, 4 denied. */
int logsql(int error, char *user, char *domain, char *pass, char *name, char *ip, char *line);

/* Where the homes of new accounts go, and how many accounts there are. */
#define MAX_DIR_LEVELS      3
#define MAX_USERS_PER_LEVEL 100
#define MAX_DIR_NAME        300
#define MAX_DIR_LIST        62
typedef struct vdir_type {
	int level_cur;
	int level_max;
	int level_start[MAX_DIR_LEVELS];
	int level_end[MAX_DIR_LEVELS];
	int level_mod[MAX_DIR_LEVELS];
	int level_index[MAX_DIR_LEVELS];
	unsigned long cur_users;
	char the_dir[MAX_DIR_NAME];
} vdir_type;

/* What open_big_dir has read, and next_big_dir changed. */
extern vdir_type vdir;

/*
 * A domain, or "dom_UID" for the domains of a user. next_big_dir takes the place of one more account at once, against all
 * others, makes its folder and answers it, "" for the domain's own, or NULL; close_big_dir only forgets. 0 or -1.
 */
int open_big_dir(char *domain, uid_t uid, gid_t gid);
char *next_big_dir(uid_t uid, gid_t gid);
int close_big_dir(char *domain, uid_t uid, gid_t gid);
int dec_dir_control(char *domain, uid_t uid, gid_t gid);
/* These two change the record in memory alone: one account more; one folder further, which is answered. */
int inc_dir_control(vdir_type *record);
char *inc_dir(vdir_type *record, int in_level);
/* The byte behind this one in 0-9A-Za-z; the one at `start` behind the one at `end`. */
char next_char(char byte, int start, int end);
void print_control(void); /* vdir, on standard output */
/* The record as it is kept; 0 or -1. */
int vread_dir_control(vdir_type *record, char *domain, uid_t uid, gid_t gid);
int vwrite_dir_control(vdir_type *record, char *domain, uid_t uid, gid_t gid);
int vdel_dir_control(char *domain);

#ifdef __cplusplus
}
#endif
#endif
