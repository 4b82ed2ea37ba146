/*
 * The interface of a store module. Nothing else is in here; docs/auth-modules.md walks through writing one.
 *
 * A module keeps accounts and domains; every other group may be NULL, which means "not kept here": the store then
 * uses the file form of core or answers VM_UNSUPPORTED. The presence of a group is the capability.
 *
 * Rules for every slot:
 * - Names arrive lower-cased, validated, and real (an alias domain has been resolved), unless said otherwise.
 * - VM_NOT_FOUND, VM_EXISTS, VM_LIMIT ... only when the engine answered so. Anything else is VM_TEMPFAIL (try later),
 *   VM_MISCONFIG (an operator must act) or VM_INTERNAL; err is filled, never NULL.
 * - Results live in the caller's arena. Nothing is static, printed, or read from the environment.
 * - VM_OK from a change means it is durable. After an indefinite answer it may or may not have happened.
 * - Passwords are fetched, never checked.
 * - Lists are in byte order of the name and go on after `page.after` ("" at first); at most page.limit items.
 */
#ifndef VM_AUTH_AUTH_MODULE_H
#define VM_AUTH_AUTH_MODULE_H

#include "core/account.h"
#include "core/config.h"
#include "core/dir_control.h"
#include "core/finding.h"
#include "core/limits.h"
#include "util/arena.h"
#include "util/status.h"

/* Raised whenever this file or a struct it passes changes its layout. */
enum { VM_AUTH_MODULE_API = 4 };

/* Where a module says what is no failure of the call but somebody should know ("vpasswd was edited meanwhile"). */
struct vm_warning_hook {
	void (*warn)(void *context, const char *text);
	void *context;
};

/* An open connection to a store. A module embeds it first in a struct of its own. */
struct vm_backend {
	const struct vm_auth_module *module;
	struct vm_warning_hook warning; /* set by the opener after open; empty = nobody listens */
};

struct vm_page {
	const char *after; /* the last name of the page before, "" for the first */
	size_t limit;      /* > 0 */
};

/* How a big-dir record changes. */
struct vm_dirs_change {
	void (*apply)(void *context, struct vm_dir_control *dirs);
	void *context;
};

enum { VM_ACCOUNTS_MANY = 16 };

struct vm_account_ops {
	/* VM_OK, VM_NOT_FOUND (no such account, or no such domain). */
	enum vm_status (*get)(struct vm_backend *, struct vm_name, struct vm_arena *,
			      struct vm_account *out, struct vm_error *);
	/* VM_EXISTS; VM_NOT_FOUND: no such domain. account->home is stored as given. */
	enum vm_status (*insert)(struct vm_backend *, const struct vm_account *, struct vm_error *);
	/*
	 * Writes all fields. `expected` is what the caller read: VM_TEMPFAIL "changed meanwhile" when the stored
	 * account differs from it, so no update is lost; NULL overwrites. VM_NOT_FOUND.
	 */
	enum vm_status (*update)(struct vm_backend *, const struct vm_account *,
				 const struct vm_account *expected, struct vm_error *);
	/* VM_NOT_FOUND. Login, usage of the account go with it where the module keeps them. */
	enum vm_status (*remove)(struct vm_backend *, struct vm_name, struct vm_error *);
	/* VM_NOT_FOUND: no such domain; an empty domain is VM_OK with count 0. */
	enum vm_status (*list)(struct vm_backend *, const char *domain, struct vm_page,
			       struct vm_arena *, struct vm_account_list *out, struct vm_error *);
	/* Exact number of accounts. VM_NOT_FOUND: no such domain. */
	enum vm_status (*count)(struct vm_backend *, const char *domain, uint64_t *out,
				struct vm_error *);
	/*
	 * Only in a unit of work of their domain: inserts VM_ACCOUNTS_MANY accounts, or none of them with VM_EXISTS when one
	 * is there or two are the same; the unit goes on. NULL: that would cost as much as one after the other.
	 */
	enum vm_status (*insert_many)(struct vm_backend *, const struct vm_account *accounts,
				      struct vm_error *);
};

struct vm_domain_ops {
	/* `name` may be an alias: answers the real domain with is_alias set. VM_NOT_FOUND. */
	enum vm_status (*get)(struct vm_backend *, const char *name, struct vm_arena *,
			      struct vm_domain *out, struct vm_error *);
	/* VM_EXISTS when a domain or alias has this name. entry->real == entry->name, or an existing real domain. */
	enum vm_status (*insert)(struct vm_backend *, const struct vm_domain_entry *,
				 struct vm_error *);
	/* Removes one name: an alias, or a real domain without accounts kept elsewhere; aliases first. VM_NOT_FOUND. */
	enum vm_status (*remove)(struct vm_backend *, const char *name, struct vm_error *);
	/* All names, aliases included; by name. */
	enum vm_status (*list)(struct vm_backend *, struct vm_page, struct vm_arena *,
			       struct vm_domain_list *out, struct vm_error *);
	/* The aliases of one real domain. */
	enum vm_status (*list_aliases)(struct vm_backend *, const char *real, struct vm_page,
				       struct vm_arena *, struct vm_domain_list *out,
				       struct vm_error *);
	/* Big-dir record of a domain or of "dom_UID"; NULL slots: kept in files. */
	enum vm_status (*get_dirs)(struct vm_backend *, const char *domain,
				   struct vm_dir_control *out, struct vm_error *);
	/* Reads, applies and writes it while nobody else does; apply may be called again for another try. */
	enum vm_status (*change_dirs)(struct vm_backend *, const char *domain,
				      const struct vm_dirs_change *, struct vm_error *);
	/*
	 * A number that grows with every change of the names, for hosts that keep their control files by it. NULL: the
	 * domains are this host's users/assign itself.
	 */
	enum vm_status (*revision)(struct vm_backend *, uint64_t *out, struct vm_error *);
};

struct vm_login_ops {
	/*
	 * Notes a good login, and with it its event for the log (NULL: none; only where the module has a log). Need not
	 * survive a power failure of the server: a login does not wait for a disk.
	 */
	enum vm_status (*record)(struct vm_backend *, struct vm_name, const struct vm_last_login *,
				 const struct vm_log_event *, struct vm_error *);
	/* VM_OK with when == 0 for "never". */
	enum vm_status (*get)(struct vm_backend *, struct vm_name, struct vm_last_login *out,
			      struct vm_error *);
};

struct vm_alias_ops {
	/* All lines of one alias in order of insertion; VM_NOT_FOUND when there is none. */
	enum vm_status (*get)(struct vm_backend *, struct vm_name, struct vm_arena *,
			      struct vm_alias_list *out, struct vm_error *);
	/* VM_EXISTS for an exact duplicate. */
	enum vm_status (*insert)(struct vm_backend *, const struct vm_alias *, struct vm_error *);
	/* One line, or all lines when line == NULL. VM_NOT_FOUND. */
	enum vm_status (*remove)(struct vm_backend *, struct vm_name, const char *line,
				 struct vm_error *);
	/* Lines of a domain ordered by alias; pages end between aliases, never inside one. */
	enum vm_status (*list)(struct vm_backend *, const char *domain, struct vm_page,
			       struct vm_arena *, struct vm_alias_list *out, struct vm_error *);
};

struct vm_limit_ops {
	/* VM_NOT_FOUND: no record of its own (defaults hold); a copy that lags behind may say so, see read_fresh. */
	enum vm_status (*get)(struct vm_backend *, const char *domain, struct vm_limits *out,
			      struct vm_error *);
	enum vm_status (*put)(struct vm_backend *, const char *domain, const struct vm_limits *,
			      struct vm_error *);
	/* VM_OK also when there was none. */
	enum vm_status (*remove)(struct vm_backend *, const char *domain, struct vm_error *);
};

struct vm_ip_map_ops {
	enum vm_status (*get)(struct vm_backend *, const char *ip, struct vm_ip_map *out,
			      struct vm_error *);
	/* Adds, or changes the domain of, one address. */
	enum vm_status (*put)(struct vm_backend *, const struct vm_ip_map *, struct vm_error *);
	enum vm_status (*remove)(struct vm_backend *, const char *ip, struct vm_error *);
	enum vm_status (*list)(struct vm_backend *, struct vm_page, struct vm_arena *,
			       struct vm_ip_map_list *out, struct vm_error *);
};

struct vm_relay_ops {
	/* Opens a window or gives a known one the later time; *is_new tells which. */
	enum vm_status (*open)(struct vm_backend *, const struct vm_relay *, bool *is_new,
			       struct vm_error *);
	/* Removes the windows opened before `before`. */
	enum vm_status (*expire)(struct vm_backend *, time_t before, uint64_t *removed,
				 struct vm_error *);
	/* Calls `each` for every window; stops at the first status that is not VM_OK and returns it. */
	enum vm_status (*each)(struct vm_backend *,
			       enum vm_status (*each)(void *, const struct vm_relay *), void *,
			       struct vm_error *);
};

struct vm_usage_ops {
	/* Counters of an account (name.user) or, with user "", of a domain. VM_NOT_FOUND: never counted. */
	enum vm_status (*get)(struct vm_backend *, struct vm_name, struct vm_usage *out,
			      struct vm_error *);
	/*
	 * Adds signed deltas to the account's (where one is named) and the domain's counters in one unit. VM_NOT_FOUND, and
	 * nothing changed: the one that is named was never counted, and is not begun by this: a sum without a count would be
	 * wrong for ever. An account's delta reaches the domain's counter only where that is counted. New accounts and
	 * domains are counted from 0.
	 */
	enum vm_status (*add)(struct vm_backend *, struct vm_name, int64_t bytes, int64_t messages,
			      struct vm_error *);
	/* Sets the account's counter to a recounted value and moves the domain's, if it was counted, by the difference. */
	enum vm_status (*set)(struct vm_backend *, struct vm_name, const struct vm_usage *,
			      struct vm_error *);
	/* A domain was never counted from now on, which is no failure where it never was. */
	enum vm_status (*forget)(struct vm_backend *, const char *domain, struct vm_error *);
};

struct vm_log_ops {
	enum vm_status (*write)(struct vm_backend *, const struct vm_log_event *,
				struct vm_error *);
	/* At most `limit` events with a number below `before`, the newest first. */
	enum vm_status (*list)(struct vm_backend *, uint64_t before, size_t limit,
			       struct vm_arena *, struct vm_log_list *out, struct vm_error *);
	/* Removes at most `limit` events from before `before`, the oldest first; *removed < limit: none is left. */
	enum vm_status (*purge)(struct vm_backend *, time_t before, size_t limit, uint64_t *removed,
				struct vm_error *);
};

/*
 * A unit of work on one domain: what is done between begin and commit happens whole or not at all, and nobody else
 * adds to the domain meanwhile, so that a limit can be counted and obeyed. NULL slots: the module has no such unit.
 */
struct vm_unit_ops {
	enum vm_status (*begin)(struct vm_backend *, const char *domain, struct vm_error *);
	enum vm_status (*commit)(struct vm_backend *, struct vm_error *);
	void (*rollback)(struct vm_backend *); /* harmless when no unit is open */
	/*
	 * After a unit that did not end well: true when nothing of it happened and it may be done anew as a whole, for the
	 * round-th time (from 0). Waits a moment for those that were in the way. NULL: never.
	 */
	bool (*may_repeat)(struct vm_backend *, unsigned int round);
};

/* The tables of a module's engine, in numbered steps that are only ever added to. */
struct vm_schema_state {
	unsigned int applied,
		newest;   /* the last step of the database (0: none), and of this program */
	bool has_domains; /* the domains of a host's files have been taken in */
	size_t tables; /* of one domain each, as old programs made them, that take_over has to do with */
};

struct vm_schema_step {
	unsigned int number;
	const char *name, *text;
};

struct vm_schema_ops {
	/*
	 * Makes what open() needs and nobody but the operator should make, such as an empty file, unless it is there. NULL:
	 * nothing.
	 */
	enum vm_status (*prepare)(const struct vm_config *, struct vm_error *);
	enum vm_status (*state)(struct vm_backend *, struct vm_schema_state *out,
				struct vm_error *);
	/* Calls `each` for every step in order; stops at the first status that is not VM_OK and returns it. */
	enum vm_status (*each)(struct vm_backend *,
			       enum vm_status (*each)(void *, const struct vm_schema_step *),
			       void *, struct vm_error *);
	/* Runs what is missing. VM_DENIED: the database is newer than this program. */
	enum vm_status (*apply)(struct vm_backend *, struct vm_error *);
	/*
	 * Takes in domains that a host's files name, which until then nobody says do not exist; those that are there already
	 * are left as they are. is_last: that was all.
	 */
	enum vm_status (*import)(struct vm_backend *, const struct vm_domain_entry *entries,
				 size_t count, bool is_last, struct vm_error *);
	/* Takes over the tables that state counts. VM_DENIED says which two domains or tables contradict each other. */
	enum vm_status (*take_over)(struct vm_backend *, size_t *taken, struct vm_error *);
};

struct vm_auth_module {
	unsigned int api; /* VM_AUTH_MODULE_API */
	const char *name; /* [a-z0-9_]+ */
	/* Opens for the installation; writable says that changes will follow. VM_TEMPFAIL, VM_MISCONFIG. */
	enum vm_status (*open)(const struct vm_config *, bool writable, struct vm_backend **out,
			       struct vm_error *);
	void (*close)(struct vm_backend **); /* nulls the caller's pointer; harmless on NULL */
	/* Can it answer now? */
	enum vm_status (*ping)(struct vm_backend *, struct vm_error *);
	/*
	 * Folds pending changes of a domain into the files that other programs read and takes in hand edits. VM_NOT_FOUND:
	 * no such domain. NULL: nothing to do.
	 */
	enum vm_status (*fold)(struct vm_backend *, const char *domain, struct vm_error *);
	/*
	 * Looks for damage in what the module keeps of a domain, tells each finding and mends it where check->repair says so
	 * (vcheck). VM_OK also when something was found; VM_NOT_FOUND: no such domain. NULL: nothing to look at.
	 */
	enum vm_status (*check)(struct vm_backend *, const char *domain, const struct vm_check *,
				struct vm_error *);
	/*
	 * Until told otherwise reads come from where changes go (true), or may come from copies that lag behind (false).
	 * Answers whether there are such copies. NULL: there never are.
	 */
	bool (*read_fresh)(struct vm_backend *, bool fresh);
	const struct vm_schema_ops *schema;    /* NULL: there are no tables to make */
	const struct vm_account_ops *accounts; /* never NULL */
	const struct vm_domain_ops *domains;   /* never NULL */
	const struct vm_login_ops *logins;
	const struct vm_alias_ops *aliases;
	const struct vm_limit_ops *limits;
	const struct vm_ip_map_ops *ip_maps;
	const struct vm_relay_ops *relays;
	const struct vm_usage_ops *usage;
	const struct vm_log_ops *log;
	const struct vm_unit_ops *units;
};

#endif
