/* A wrong program on purpose: it replaces a file without any sync. The harness must catch it. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* replace_badly NAME TEXT */
int main(int argc, char **argv)
{
	char temp[4096];
	size_t length;
	int fd;

	if (argc != 3 || snprintf(temp, sizeof temp, "%s.tmp", argv[1]) >= (int)sizeof temp)
		return 100;
	length = strlen(argv[2]);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, argv[2], length) != (ssize_t)length || close(fd) != 0)
		return 111;
	return rename(temp, argv[1]) == 0 ? 0 : 111;
}
