/*
 * The process of vlmtpd that stays root, and what it makes: for each delivery to a domain of another user one child that
 * becomes that user before it hears anything but the name of the domain.
 */
#ifndef VM_DELIVERY_OWNER_KEEPER_H
#define VM_DELIVERY_OWNER_KEEPER_H

#include "core/config.h"
#include "util/log.h"

struct vm_owner_keeper {
	const struct vm_config *config;
	const struct vm_log *log;
	int socket;            /* where the workers ask; a packet socket of vm_packet_pair() */
	unsigned children_max; /* at once; further ones are turned away: their socket is closed */
};

/* Seconds that a child has: for a program, for the three filters of a message, and a minute. Then ALRM ends it. */
unsigned int vm_owner_seconds(const struct vm_config *config);

/*
 * Serves until nobody holds the other end of the socket: each packet is the name of a domain as the store keeps it, and
 * one end of a packet pair. The child looks the name up in users/assign, refuses what is not there and what belongs to
 * uid or gid 0, becomes the owner, says VM_OWNER_READY, hears one request (owner_request.h), answers it and ends; when it
 * refuses or fails, the socket closes without an answer. Must be called by root. 0, or 111 when the socket fails.
 */
int vm_owner_keeper_run(const struct vm_owner_keeper *keeper);

#endif
