/*
 * Bare start: what every program pays that is started for one job. Its system calls are those of the dynamic
 * loader and libc and none of its own; without them no program runs.
 */
#include "config.h"

int main(void)
{
	return 0;
}
