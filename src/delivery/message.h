/* One message on its way: its bytes, wherever they are, and its envelope. */
#ifndef VM_DELIVERY_MESSAGE_H
#define VM_DELIVERY_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/status.h"

enum { VM_SENDER_MAX = 1000, VM_HEADER_MAX = 1024 * 1024 };

struct vm_message {
	const char *memory;       /* the bytes when they are in memory, else NULL */
	int fd;                   /* else a seekable file; -1 */
	uint64_t size;            /* bytes, LF line ends */
	const char *sender;       /* "" for a bounce */
	const char *return_path;  /* the whole header line without LF; NULL = made from sender */
	const char *delivered_to; /* the address that DTLINE names; "" = none */
};

/* Takes the message from a descriptor: used in place when it is seekable, else copied to a file of vm_spool_open(). */
enum vm_status vm_message_from_fd(struct vm_message *message, int fd, const char *folder,
				  struct vm_error *err);

/* Closes a copy that was made. */
void vm_message_release(struct vm_message *message);

/*
 * Does the message loop? VM_OK; VM_DENIED when a Delivered-To line of its header names `address` (in any case), or there
 * are more than `maximum` Delivered-To lines.
 */
enum vm_status vm_message_check_loop(const struct vm_message *message, const char *address,
				     unsigned int maximum, struct vm_error *err);

/* Appends the header block, and what comes along, at most VM_HEADER_MAX bytes in all, to `out`. */
enum vm_status vm_message_read_header(const struct vm_message *message, struct vm_buf *out,
				      struct vm_error *err);

/* Appends the first `maximum` bytes, or all there are. */
enum vm_status vm_message_read_beginning(const struct vm_message *message, size_t maximum,
					 struct vm_buf *out, struct vm_error *err);

/* The last byte of a message that has any. */
enum vm_status vm_message_last_byte(const struct vm_message *message, char *out,
				    struct vm_error *err);

/*
 * Writes `head` (length bytes) and the message to fd; the kernel copies between files. Does not sync.
 */
enum vm_status vm_message_write(const struct vm_message *message, const char *head,
				size_t head_length, int fd, struct vm_error *err);

/* An open file with `head` and the message, at its beginning: for programs. Closed by the caller. */
enum vm_status vm_message_open_copy(const struct vm_message *message, const char *head,
				    size_t head_length, int *out, struct vm_error *err);

#endif
