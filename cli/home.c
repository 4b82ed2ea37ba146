/* Finds the vpopmail home for every main. */
#include <config.h>

#include "cli/home.h"

#include <stdlib.h>

const char *vm_home_from_environment(void)
{
	const char *home = secure_getenv("VPOPMAIL_HOME");

	return home != NULL && home[0] == '/' ? home : VM_DEFAULT_HOME;
}
