/* A client of the shape of an SMTP server that checks recipients: it has qmail's own functions, with names that others have too. */
#include <stdio.h>
#include <string.h>

#include "vpopmail.h"

/* Each would be called in place of a library's, if they met. */
int is_called;
#define OWN(name)                   \
	int name(void);             \
	int name(void)              \
	{                           \
		return is_called++; \
	}
OWN(getln)
OWN(now)
OWN(fd_copy)
OWN(fd_move)
OWN(cdb_seek)
OWN(cdb_bread)
OWN(cdb_init)
OWN(cdb_find)
OWN(cdb_free)
OWN(stralloc_copy)
OWN(buf_append)
OWN(log_open)
/* These are 5.4's own too: each was in an object of its own, which a program that had the name did not take. */
OWN(str_replace)
OWN(file_exists)
OWN(isExistingUser)

int main(int argc, char **argv)
{
	char user[AUTH_SIZE], domain[AUTH_SIZE];
	int code = 111;

	if (argc != 2 || parse_email(argv[1], user, domain, AUTH_SIZE) != 0)
		return verrori != 0 ? 111 : 100;
	if (vget_assign(domain, NULL, 0, NULL, NULL) == NULL)
		code = verrori != 0 ? 111 : 3;
	else if (vauth_getpw(user, domain) != NULL)
		code = 0;
	else if (verrori == 0 && valias_select(user, domain) != NULL)
		code = 0;
	else
		code = verrori != 0 ? 111 : 1;
	vclose();
	return is_called != 0 ? 99 : code;
}
