/* The fault shim: what its engine (shim.c) offers to the wrapped calls (shim_calls.c). */
#ifndef VM_FAULTS_SHIM_H
#define VM_FAULTS_SHIM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

enum { SHIM_NO_FD = -1 };

/* One call. */
struct shim_event {
	const char *name;
	char path[PATH_MAX],
		other[PATH_MAX]; /* other: new name of rename, link; text of a symlink */
	int fd;                  /* of the file worked on, or SHIM_NO_FD */
	bool needs_space;
	bool created;   /* the name was not there before */
	int64_t offset; /* of a write; length of a truncate; mode of chmod, mkdir; 1: O_TRUNC */
	const struct iovec *parts; /* what a write wrote */
	int part_count;
	bool counted; /* by shim_enter */
	uint64_t number;
};

/* An event on a name, or on an open file. */
struct shim_event shim_event_at(const char *name, int at, const char *path);
struct shim_event shim_event_fd(const char *name, int fd);

/* The second name of an event. */
void shim_other_name(struct shim_event *event, int at, const char *path);

/* True when something counts reads. */
bool shim_counts_reads(void);

/* Counts the call; false when it must fail: errno says how, and the call must not be made. May not return. */
bool shim_enter(struct shim_event *event);

/* True when this write must write half of what it was given. */
bool shim_is_halved(const struct shim_event *event);

/* Records the call and its result, which it returns; errno is kept. May not return. */
long shim_leave(struct shim_event *event, long result);

#endif
