/* A client of the shape of Courier's and Dovecot's modules: a login, the home made, the last login noted. Ends with 0, 1 or 111. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vauth.h"
#include "vpopmail.h"

int main(int argc, char **argv)
{
	char user[81], domain[81];
	struct vqpasswd *pw = NULL;

	if (argc != 3 || vauth_open(0) != 0)
		return 111;
	if (parse_email(argv[1], user, domain, 81) != 0)
		return 1;
	pw = vauth_getpw(user, domain);
	if (pw == NULL)
		return verrori != 0 ? 111 : 1;
#ifdef VQPASSWD_HAS_PW_FLAGS
	if ((pw->pw_flags & NO_IMAP) != 0)
		return 1;
#endif
	if (vauth_crypt(user, domain, argv[2], pw) != 0)
		return 1;
	if (pw->pw_dir == NULL || pw->pw_dir[0] == '\0') {
		if (make_user_dir(user, domain, (uid_t)-1, (gid_t)-1) == NULL)
			return 111;
		pw = vauth_getpw(user, domain);
	}
	if (pw == NULL || vset_lastauth(user, domain, "imap") != 0)
		return 111;
	if (open_smtp_relay() != 0)
		return 111;
	pw = vauth_user(user, domain, argv[2], "");
	printf("%s %s %s\n", pw->pw_dir, format_maildirquota("1K,3C"), pw->pw_shell);
	vclose();
	return 0;
}
