/*
 * Where mail for an address goes: alias domain, alias, account, extension, .qmail, catch-all, and what these lead to in turn.
 * Delivery, the check of a recipient and vexplain ask this one search; what is done at its ends is the caller's. Source:
 * reference 4.3 to 4.5.
 */
#ifndef VM_OPERATIONS_RECIPIENT_RESOLVE_H
#define VM_OPERATIONS_RECIPIENT_RESOLVE_H

#include "operations/context.h"

enum {
	VM_RESOLVE_TEXT_MAX = 600,
	VM_RESOLVE_FORWARDS_MAX = 1000,
	VM_RESOLVE_DEPTH = 8,    /* addresses of ours, one leading to the next */
	VM_RESOLVE_TURNS = 2000, /* addresses of ours in all */
};

/* What became, or would become, of a message for the address. */
struct vm_delivery_result {
	/*
	 * VM_OK: delivered, forwarded or discarded as told. VM_NOT_FOUND: no such mailbox (5.1.1). VM_LIMIT: over quota
	 * (5.2.2). VM_DENIED: refused for good (5.7.1, a loop 5.4.6). VM_INVALID: an address that can never be (5.1.3).
	 * Indefinite: later (4.x.x).
	 */
	enum vm_status status;
	const char *code;               /* enhanced status code (RFC 3463), e.g. "5.1.1" */
	char text[VM_RESOLVE_TEXT_MAX]; /* for the sender of the message; may have several lines */
	bool stop;                      /* a program exited 99 */
	bool is_foreign; /* nothing was done (VM_TEMPFAIL): the domain is another user's, who alone may */
	char domain[VM_DOMAIN_MAX + 1]; /* that domain, not its alias; "" unless is_foreign */
};

enum vm_resolve_mode {
	VM_RESOLVE_DELIVER, /* homes are made, actions are called */
	VM_RESOLVE_ACCEPT, /* as far as is needed to know that mail may be taken; changes nothing */
	VM_RESOLVE_EXPLAIN, /* to the end, as a delivery would; changes nothing but a maildirsize that is wrong */
};

/* One thing that was looked at. Texts live as long as the call. */
struct vm_resolve_step {
	unsigned int
		depth; /* 0: about the address that was asked for; below it what that leads to */
	const char
		*rule; /* "domain", "alias", "account", "access", "extension", "dot-qmail", ... */
	bool decides;  /* it is, or it does; else it was looked for and is not */
	const char *address;
	const char *text;
};

struct vm_resolve;

/*
 * What a delivery does; `resolve` tells the recipient in hand and its domain. Not VM_OK ends the search: with
 * vm_result_end() or vm_result_fail(). A program that exits 99 sets result->stop. Called in VM_RESOLVE_DELIVER only.
 */
struct vm_resolve_actions {
	/* An address of ours: has the message been there? */
	enum vm_status (*enter)(struct vm_resolve *);
	/* Into its own Maildir. */
	enum vm_status (*account)(struct vm_resolve *, const struct vm_account *);
	/* Into another, absolute or below home; account is NULL where a domain's line says so. */
	enum vm_status (*maildir)(struct vm_resolve *, const struct vm_account *, const char *home,
				  const char *path);
	enum vm_status (*program)(struct vm_resolve *, const char *home, const char *command);
};

/* One search under way. The caller fills the first part; zero and NULL are good for the others. */
struct vm_resolve {
	const struct vm_context *context;
	enum vm_resolve_mode mode;
	const struct vm_resolve_actions *actions; /* may be NULL unless VM_RESOLVE_DELIVER */
	void *owner;                              /* the caller's */
	struct vm_arena *arena;
	struct vm_delivery_result *result;
	const char *fallback; /* what is done for unknown users; NULL = as D/.qmail-default says */
	uint64_t size;        /* of the message, for VM_RESOLVE_EXPLAIN alone: is there room? */
	/* NULL: nobody listens. */
	void (*step)(struct vm_resolve *, const struct vm_resolve_step *);

	struct vm_domain domain;     /* of the recipient in hand */
	struct vm_address recipient; /* as addressed, real domain */
	const char *wildcard; /* what "default" stands for in the name that matched; NULL: none */
	const char *forwards[VM_RESOLVE_FORWARDS_MAX]; /* to hosts that are not ours */
	size_t forward_count;
	/* The actions count what was stored or run: a search with any is not done again. */
	unsigned int copies;
	unsigned int depth, turns;
	struct vm_address chain[VM_RESOLVE_DEPTH]; /* how we came here */
};

/*
 * Searches, asking a store with copies once more before a definite "no". Fills *resolve->result, forwards and their count;
 * forwards are the caller's to send. The process must be root or the owner of the domain, else the result is foreign.
 * After VM_RESOLVE_EXPLAIN programs and the mail queue are taken to succeed.
 */
void vm_resolve_recipient(struct vm_resolve *resolve, const struct vm_address *recipient);

/* May mail for this recipient be accepted (RCPT)? Over quota is found out by the message. */
void vm_recipient_check(const struct vm_context *context, const struct vm_address *recipient,
			const char *fallback, struct vm_delivery_result *result);

/* Does the line of a home name the account's own Maildir, however it is written? account may be NULL. */
bool vm_resolve_is_own_maildir(const struct vm_account *account, const char *home,
			       const char *path);

/* Sets a result and returns its status, so that callers write `return vm_result_end(...)`. */
enum vm_status vm_result_end(struct vm_delivery_result *result, enum vm_status status,
			     const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for an error of a lower layer: indefinite ones are 4.3.0. */
enum vm_status vm_result_fail(struct vm_delivery_result *result, enum vm_status status,
			      const struct vm_error *err);

#endif
