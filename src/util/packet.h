/* Packets that two processes exchange over a socket pair, each with at most one descriptor. */
#ifndef VM_UTIL_PACKET_H
#define VM_UTIL_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "util/status.h"

/* Two connected SOCK_SEQPACKET ends, close-on-exec. VM_TEMPFAIL. */
enum vm_status vm_packet_pair(int ends[2], struct vm_error *err);

/*
 * Sends one packet (1 byte at least), with the descriptor `fd` unless that is -1; the caller keeps his own. Waits for
 * room until `deadline` (vm_clock_monotonic_ms; 0 = not at all). VM_TEMPFAIL when that passed or the other end is gone.
 */
enum vm_status vm_packet_send(int socket, const void *bytes, size_t length, int fd,
			      int64_t deadline, struct vm_error *err);

/*
 * Receives one packet of at most `size` bytes, and its descriptor or -1 in *fd (close-on-exec, the caller's). VM_OK;
 * VM_NOT_FOUND when the other end is gone; VM_INVALID for a packet that is empty or too long or has more than one
 * descriptor (all are closed); VM_TEMPFAIL for errors and when `deadline` (-1 = none) passed. *fd is -1 but after VM_OK.
 */
enum vm_status vm_packet_receive(int socket, void *bytes, size_t size, size_t *length, int *fd,
				 int64_t deadline, struct vm_error *err);

#endif
