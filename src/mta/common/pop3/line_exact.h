/* A stream layer that reads no byte beyond a line: another program may go on with the connection. */
#ifndef VM_MTA_COMMON_POP3_LINE_EXACT_H
#define VM_MTA_COMMON_POP3_LINE_EXACT_H

#include "util/stream.h"

/*
 * Puts the layer in place. A pipelined command that follows the login then waits in the socket for the program that
 * answers it. From what is not a socket it reads byte by byte.
 */
void vm_line_exact_start(struct vm_stream *stream);

/*
 * Drops what waits in the socket. Before TLS: a client that asked for it sends nothing before the answer, so that this is
 * no client's wish (CVE-2021-33515). Before the end: a socket closed with unread bytes is reset.
 */
void vm_line_exact_drop_waiting(struct vm_stream *stream);

#endif
