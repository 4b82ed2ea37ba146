/* Replaces a file through util's one routine, for the tests of that routine and of the harness. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/file_replace.h"

/* replace_well NAME TEXT, NAME in the current folder */
int main(int argc, char **argv)
{
	struct vm_error err;

	if (argc != 3)
		return 100;
	if (vm_file_replace_with(AT_FDCWD, argv[1], 0600, argv[2], strlen(argv[2]), &err) == VM_OK)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return 111;
}
