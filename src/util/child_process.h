/* Runs another program by argv, with a clean environment and a deadline. */
#ifndef VM_UTIL_CHILD_PROCESS_H
#define VM_UTIL_CHILD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/status.h"

/* Whom the program runs as, with this group and no other. */
struct vm_child_owner {
	uid_t uid;
	gid_t gid;
};

/* Where what the program writes to fd 1 goes: our own write, so that a full disk is ours to see. */
struct vm_child_copy {
	int fd;
	const char *name; /* for messages */
	uint64_t maximum; /* bytes; 0 = any number */
};

struct vm_child {
	const char *const *argv;        /* argv[0] is the path (no PATH search) */
	const char *const *environment; /* NAME=value ..., NULL */
	const char *folder;             /* cwd, NULL = unchanged */
	int stdin_fd;                   /* becomes fd 0; -1 = /dev/null */
	int stdout_fd;                  /* becomes fd 1; -1 = /dev/null */
	int stderr_fd;                  /* becomes fd 2; -1 = unchanged */
	int seconds;                    /* deadline; 0 = none. Then the process group is killed */
	const struct vm_child_owner *owner; /* NULL = as this process; else this needs root */
	const struct vm_child_copy *copy;   /* then stdout_fd is not used; NULL = none */
};

struct vm_child_result {
	bool timed_out;
	bool signalled;
	int code; /* exit code, or the signal */
};

/*
 * Starts the program in a process group of its own with signal actions and mask as at login, every other
 * descriptor closed, and waits. VM_OK whenever it ran to an end (see result); VM_TEMPFAIL when it could not be
 * started (fork, exec), its exit code went elsewhere (SIGCHLD is ignored), the deadline passed, or its output (until
 * whoever holds it has closed it) could not be copied whole; the process group is killed after the last two.
 */
enum vm_status vm_child_run(const struct vm_child *child, struct vm_child_result *result,
			    struct vm_error *err);

#endif
