/* Listening sockets and the processes that serve what comes in. */
#ifndef VM_UTIL_LISTENER_H
#define VM_UTIL_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/log.h"
#include "util/status.h"

enum { VM_LISTENER_BACKLOG = 1024, VM_ADDRESS_TEXT_MAX = 120 };

struct vm_listener {
	int fd; /* -1 when closed; non-blocking */
	char text
		[VM_ADDRESS_TEXT_MAX]; /* as bound: "127.0.0.1:24" with the true port, "unix:/path" */
	const char *path;              /* into text, of a Unix socket; NULL otherwise */
	pid_t owner;                   /* only this process removes the path */
};

/* For "unix:" only. */
struct vm_listener_rights {
	mode_t mode; /* 0660 */
	gid_t group; /* (gid_t)-1 = as created */
};

/*
 * Binds "127.0.0.1:PORT", "[::1]:PORT" (numbers only, port 0 = any free one) or "unix:/path" and listens. A
 * socket file that nobody answers at is replaced. VM_OK; VM_INVALID for an address of another form; VM_EXISTS when
 * the address is in use; VM_TEMPFAIL for other errors.
 */
enum vm_status vm_listener_open(struct vm_listener *listener, const char *address,
				const struct vm_listener_rights *rights, struct vm_error *err);

/* Closes and, in the process that opened it, removes the socket file. Harmless when closed. */
void vm_listener_close(struct vm_listener *listener);

/* One accepted connection. */
struct vm_connection {
	int fd; /* blocking, close-on-exec; closed by the server afterwards */
	const struct vm_listener *listener;
	char peer[VM_ADDRESS_TEXT_MAX];  /* "192.0.2.1:1234", "[2001:db8::1]:1234" or "unix:" */
	char local[VM_ADDRESS_TEXT_MAX]; /* our side, likewise */
	char peer_ip[46];                /* without the port; "" for Unix; no ::ffff: before IPv4 */
	char local_ip[46];
	unsigned peer_port, local_port; /* 0 for Unix */
};

/* The texts of any connected socket (for a server that tcpserver or inetd started). VM_INVALID for no socket. */
enum vm_status vm_connection_describe(struct vm_connection *connection, int fd,
				      struct vm_error *err);

struct vm_server {
	struct vm_listener *listeners;
	size_t listener_count;
	unsigned
		children; /* at most so many connections at once (fork per connection); more wait */
	unsigned workers; /* > 0: so many processes accept and serve one after the other */
	int drain_seconds; /* how long TERM waits for connections under way */
	const struct vm_log *log;
	void *context;
	/* In the child or worker: serves one connection; its result is the exit code of a child. */
	int (*serve)(void *context, struct vm_connection *connection);
	/* In each worker before its first connection (drop rights, load); not 0 ends it. May be NULL. */
	int (*begin_worker)(void *context);
	/*
	 * A process beside the others, with the rights of the parent and without the listeners: begun before the first
	 * worker and again whenever it ends or HUP comes. It ends by KILL, after all others, so it keeps nothing that must
	 * not be lost; TERM and INT are ignored in it. The result is its exit code. May be NULL.
	 */
	int (*helper)(void *context);
	/* In the parent after HUP; new children see what it changed, workers are renewed. May be NULL. */
	void (*reload)(void *context);
};

/*
 * Accepts until TERM or INT: then the listeners are closed, connections under way are waited for at most
 * drain_seconds (a second TERM: not at all), and what is left gets TERM (workers: KILL). VM_OK then; VM_TEMPFAIL when it could not
 * begin. Takes over SIGTERM, SIGINT, SIGHUP, SIGCHLD of the process while it runs; children have the defaults.
 * The parent never reads from a connection.
 */
enum vm_status vm_server_run(struct vm_server *server, struct vm_error *err);

#endif
