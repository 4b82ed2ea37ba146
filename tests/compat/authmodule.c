/*
 * A client of the shape of Courier's authentication module: looks an account up, hands what it is to a callback, checks or
 * changes its password. argv: service, "login" or "passwd"; standard input: user, password and new password, a line each.
 * Ends with 0, 1 or 111.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vauth.h"
#include "vpopmail.h"
#include "vpopmail_config.h"

/* What the server behind the module wants to know. */
struct authinfo {
	const char *address, *fullname, *homedir, *quota, *passwd, *options;
	uid_t uid;
	gid_t gid;
};

struct login {
	const char *service;
	char user[MAX_BUFF], pass[MAX_BUFF], changed[MAX_BUFF];
};

static int is_denied(const char *service, const struct vqpasswd *pw)
{
#ifdef VQPASSWD_HAS_PW_FLAGS
	const gid_t flags = pw->pw_flags;
#else
	const gid_t flags = pw->pw_gid;
#endif

	return (strcmp(service, "webmail") == 0 && (flags & NO_WEBMAIL) != 0) ||
	       (strcmp(service, "pop3") == 0 && (flags & NO_POP) != 0) ||
	       (strcmp(service, "imap") == 0 && (flags & NO_IMAP) != 0);
}

/* A definite no and a maybe end in different ways. */
static int no(void)
{
	return verrori != 0 ? 111 : 1;
}

static int preauth(struct login *login, int (*callback)(struct authinfo *, struct login *))
{
	static char user[MAX_BUFF], domain[MAX_BUFF], address[2 * MAX_BUFF + 1], options[100];
	struct authinfo auth = { .options = options };
	struct vqpasswd *pw = NULL;

	if (parse_email(login->user, user, domain, MAX_BUFF) != 0)
		return no();
	if (vget_assign(domain, NULL, 0, &auth.uid, &auth.gid) == NULL)
		return no();
	pw = vauth_getpw(user, domain);
	if (pw != NULL && (pw->pw_dir == NULL || pw->pw_dir[0] == '\0')) {
		if (make_user_dir(user, domain, auth.uid, auth.gid) == NULL)
			return no();
		pw = vauth_getpw(user, domain);
	}
	if (pw == NULL)
		return no();
	if (is_denied(login->service, pw))
		return 1;
	snprintf(address, sizeof address, "%s@%s", user, domain);
	snprintf(options, sizeof options, "disablewebmail=%d,disablepop3=%d,disableimap=%d",
		 (pw->pw_flags & NO_WEBMAIL) != 0, (pw->pw_flags & NO_POP) != 0,
		 (pw->pw_flags & NO_IMAP) != 0);
	auth.address = address;
	auth.fullname = pw->pw_gecos;
	auth.homedir = pw->pw_dir;
	auth.quota = pw->pw_shell;
	auth.passwd = pw->pw_passwd;
	return callback(&auth, login);
}

static int check_password(const struct authinfo *auth, const struct login *login)
{
	struct vqpasswd pw = { .pw_passwd = (char *)(uintptr_t)auth->passwd };
	char pass[MAX_BUFF];

	memcpy(pass, login->pass, sizeof pass);
	return vauth_crypt(NULL, NULL, pass, &pw);
}

/* The callback of a login: vset_lastauth replaces what auth points to, so what is shown is copied first. */
static int on_login(struct authinfo *auth, struct login *login)
{
	char user[MAX_BUFF], domain[MAX_BUFF], service[MAX_BUFF], address[2 * MAX_BUFF + 1];

	if (check_password(auth, login) != 0)
		return 1;
	printf("ADDRESS=%s\nNAME=%s\nHOME=%s\nMAILDIRQUOTA=%s\nOPTIONS=%s\nUID=%u\nGID=%u\n",
	       auth->address, auth->fullname, auth->homedir, auth->quota, auth->options,
	       (unsigned)auth->uid, (unsigned)auth->gid);
	snprintf(address, sizeof address, "%s", auth->address);
	snprintf(service, sizeof service, "%s", login->service);
	if (parse_email(address, user, domain, MAX_BUFF) != 0 ||
	    vset_lastauth(user, domain, service) != 0)
		return no();
	(void)open_smtp_relay();
	return 0;
}

static int on_change(struct authinfo *auth, struct login *login)
{
	char user[MAX_BUFF], domain[MAX_BUFF], address[2 * MAX_BUFF + 1];

	if (check_password(auth, login) != 0)
		return 1;
	snprintf(address, sizeof address, "%s", auth->address);
	if (parse_email(address, user, domain, MAX_BUFF) != 0)
		return no();
	return vpasswd(user, domain, login->changed, USE_POP) == VA_SUCCESS ? 0 : no();
}

static int read_line(char *line)
{
	if (fgets(line, MAX_BUFF, stdin) == NULL)
		return 0;
	line[strcspn(line, "\n")] = '\0';
	return 1;
}

int main(int argc, char **argv)
{
	struct login login = { .service = argc > 1 ? argv[1] : "" };
	int is_login = 0, code = 100;

	if (argc != 3 || !read_line(login.user) || !read_line(login.pass))
		return code;
	is_login = strcmp(argv[2], "login") == 0;
	if (is_login || read_line(login.changed))
		code = preauth(&login, is_login ? on_login : on_change);
	vclose();
	return code;
}
