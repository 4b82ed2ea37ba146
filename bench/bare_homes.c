/*
 * The bare twin of vadduser --batch: makes the folders of many accounts and nothing else.
 *
 * usage: bare_homes FOLDER COUNT
 *   5 mkdirs for each account                the home, the Maildir and its three parts
 *   1 syncfs                                 all of them outlive a power cut
 * The homes are spread over folders of 100, as vpopmail's rules do it. Prints the seconds it took.
 */
#include "config.h"

#include "timing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, HOMES_PER_FOLDER = 100 };

static int make_home(const char *folder, size_t number)
{
	static const char *const parts[] = { "", "/Maildir", "/Maildir/cur", "/Maildir/new",
					     "/Maildir/tmp" };
	char path[PATH_SIZE];
	const size_t group = number / HOMES_PER_FOLDER;

	if (number % HOMES_PER_FOLDER == 0) {
		snprintf(path, sizeof(path), "%s/%zu", folder, group);
		if (mkdir(path, 0700) != 0)
			return 0;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(path, sizeof(path), "%s/%zu/bare%zu%s", folder, group, number, parts[i]);
		if (mkdir(path, 0700) != 0)
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	const size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	const uint64_t began = bench_now();
	int fd;

	for (size_t i = 0; i < count; i++)
		if (!make_home(argv[1], i))
			return 111;
	fd = count == 0 ? -1 : open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || syncfs(fd) != 0)
		return 111;
	printf("%.6f\n", (double)(bench_now() - began) / 1e9);
	return 0;
}
