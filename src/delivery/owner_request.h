/*
 * What vlmtpd's processes say to each other about a domain of another user: a request for one recipient, and its answer.
 * Both are one packet of fields that each end in NUL: "check" or "deliver", sender, recipient; status name, enhanced code,
 * text. Neither side trusts the other.
 */
#ifndef VM_DELIVERY_OWNER_REQUEST_H
#define VM_DELIVERY_OWNER_REQUEST_H

#include "core/address.h"
#include "delivery/engine.h"
#include "util/buf.h"

/* What the process of the owner says first, once it has given up root. */
#define VM_OWNER_READY "ready"

enum { VM_OWNER_PACKET_MAX = 2048, VM_OWNER_CODE_MAX = 12 };

struct vm_owner_request {
	bool check_only; /* may mail be accepted? Else deliver, and a descriptor comes along */
	char sender[VM_SENDER_MAX + 1]; /* "" for a bounce */
	struct vm_address recipient;
};

struct vm_owner_answer {
	enum vm_status status;
	char code[VM_OWNER_CODE_MAX + 1]; /* "5.1.1"; its class is that of the status */
	char text[VM_RESOLVE_TEXT_MAX];   /* may have several lines */
};

/* Appends the packet. VM_TEMPFAIL when it does not fit. */
enum vm_status vm_owner_request_print(const struct vm_owner_request *request, struct vm_buf *out,
				      struct vm_error *err);

/*
 * VM_INVALID for anything that print() would not have made: other words, fields too many, too few or too long, control
 * bytes in the sender, a recipient that is not as an address of `policy` is kept.
 */
enum vm_status vm_owner_request_parse(const char *bytes, size_t length,
				      const struct vm_address_policy *policy,
				      struct vm_owner_request *out, struct vm_error *err);

/* The same for answers. */
enum vm_status vm_owner_answer_print(const struct vm_delivery_result *result, struct vm_buf *out,
				     struct vm_error *err);

/* VM_INVALID likewise: an unknown status, a code of another class (2 delivered, 5 definite, 4 later), control bytes. */
enum vm_status vm_owner_answer_parse(const char *bytes, size_t length, struct vm_owner_answer *out,
				     struct vm_error *err);

#endif
