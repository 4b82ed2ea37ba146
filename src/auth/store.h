/*
 * The one door to accounts and domains: resolves alias domains, checks what enters, falls back to the file forms for
 * groups that the module does not keep, and turns a store that cannot be opened into one that answers "later".
 */
#ifndef VM_AUTH_STORE_H
#define VM_AUTH_STORE_H

#include "auth/auth_module.h"

struct vm_store;

/*
 * Opens config->auth. An engine that is away is not an error here: the store opens and every call answers
 * VM_TEMPFAIL (it tries again each time). VM_MISCONFIG: no such module, refused module, bad settings.
 * config must outlive the store.
 */
enum vm_status vm_store_open(const struct vm_config *config, bool writable, struct vm_store **out,
			     struct vm_error *err);
/* Opens with a module given by hand: tests, vconvert. */
enum vm_status vm_store_open_with(const struct vm_auth_module *module,
				  const struct vm_config *config, bool writable,
				  struct vm_store **out, struct vm_error *err);
void vm_store_close(struct vm_store **store);
enum vm_status vm_store_ping(struct vm_store *store, struct vm_error *err);
/* Who hears the module's warnings; NULL: nobody. */
void vm_store_set_warning(struct vm_store *store, void (*warn)(void *, const char *),
			  void *context);
/* Folds the pending changes of a domain (an alias is resolved) and takes in hand edits; see auth_module.h. */
enum vm_status vm_store_fold(struct vm_store *store, const char *domain, struct vm_error *err);
/* Looks for damage in what the module keeps of a domain; see auth_module.h. */
enum vm_status vm_store_check(struct vm_store *store, const char *domain,
			      const struct vm_check *check, struct vm_error *err);
const struct vm_config *vm_store_config(const struct vm_store *store);
const char *vm_store_name(const struct vm_store *store); /* the module's */

/* What a module keeps itself, or leaves to files of the installation, which are then the same for every such store. */
enum vm_store_group {
	VM_STORE_ALIASES,
	VM_STORE_DIRS,
	VM_STORE_IP_MAPS,
	VM_STORE_LIMITS,
	VM_STORE_LOGINS,
	VM_STORE_USAGE,
};
bool vm_store_keeps(const struct vm_store *store, enum vm_store_group group);

bool vm_store_has_schema(const struct vm_store *store);

/* The tables of the module's engine; see auth_module.h. VM_UNSUPPORTED: the module has none. */
enum vm_status vm_store_schema_state(struct vm_store *store, struct vm_schema_state *out,
				     struct vm_error *err);
enum vm_status vm_store_schema_each(struct vm_store *store,
				    enum vm_status (*each)(void *, const struct vm_schema_step *),
				    void *context, struct vm_error *err);
/* Makes what the engine needs and only an operator should make, such as an empty file, and connects. */
enum vm_status vm_store_schema_prepare(struct vm_store *store, struct vm_error *err);
/*
 * The missing steps, then once the domains of users/assign, then tables of one domain each; *taken tells how many of these.
 * May be run again.
 */
enum vm_status vm_store_schema_apply(struct vm_store *store, size_t *taken, struct vm_error *err);

/*
 * From now on (true) reads see every change that was answered VM_OK, at the price of the way to the primary; false goes back
 * to what may lag behind. A NOT_FOUND is always certain, but for limits. Answers whether it makes a difference.
 */
bool vm_store_read_fresh(struct vm_store *store, bool fresh);

/*
 * A unit of work over several changes of one domain: none or all of them are durable after commit, and nobody else
 * adds to the domain meanwhile. Big units are synced once. VM_UNSUPPORTED where the module has none.
 */
enum vm_status vm_store_begin(struct vm_store *, const char *domain, struct vm_error *);
enum vm_status vm_store_commit(struct vm_store *, struct vm_error *);
void vm_store_rollback(struct vm_store *); /* harmless when no unit is open */

/*
 * After a unit that did not end well: true when nothing of it happened and it may be done anew as a whole, for the round-th
 * time (from 0). Waits a moment for those that were in the way.
 */
bool vm_store_may_repeat(struct vm_store *, unsigned int round);

/* Contracts are those of auth_module.h; `name` parts may use an alias domain. */
enum vm_status vm_store_account_get(struct vm_store *, struct vm_name, struct vm_arena *,
				    struct vm_account *out, struct vm_error *);
/* Checks the fields (VM_INVALID). max_accounts >= 0: VM_LIMIT when the domain has that many, decided in one unit. */
enum vm_status vm_store_account_insert(struct vm_store *, const struct vm_account *,
				       int64_t max_accounts, struct vm_error *);
/* Is it worth while to insert many at once? */
bool vm_store_inserts_many(const struct vm_store *);
/*
 * VM_ACCOUNTS_MANY accounts of the open unit's domain at once, by its real name; all or, with VM_EXISTS or VM_INVALID, none
 * of them. VM_UNSUPPORTED where that is not worth while.
 */
enum vm_status vm_store_account_insert_many(struct vm_store *, const struct vm_account *accounts,
					    struct vm_error *);
enum vm_status vm_store_account_update(struct vm_store *, const struct vm_account *,
				       const struct vm_account *expected, struct vm_error *);
enum vm_status vm_store_account_remove(struct vm_store *, struct vm_name, struct vm_error *);
enum vm_status vm_store_account_list(struct vm_store *, const char *domain, struct vm_page,
				     struct vm_arena *, struct vm_account_list *out,
				     struct vm_error *);
enum vm_status vm_store_account_count(struct vm_store *, const char *domain, uint64_t *out,
				      struct vm_error *);

enum vm_status vm_store_domain_get(struct vm_store *, const char *name, struct vm_arena *,
				   struct vm_domain *out, struct vm_error *);
enum vm_status vm_store_domain_insert(struct vm_store *, const struct vm_domain_entry *,
				      struct vm_error *);
enum vm_status vm_store_domain_remove(struct vm_store *, const char *name, struct vm_error *);
enum vm_status vm_store_domain_list(struct vm_store *, struct vm_page, struct vm_arena *,
				    struct vm_domain_list *out, struct vm_error *);
enum vm_status vm_store_domain_aliases(struct vm_store *, const char *real, struct vm_page,
				       struct vm_arena *, struct vm_domain_list *out,
				       struct vm_error *);

/*
 * Are the domains kept where other hosts see them? Then users/assign and the other files of qmail are this host's copy, which
 * who changes the domains brings up to date, and vsync after others.
 */
bool vm_store_domains_are_shared(const struct vm_store *);
/* The number of the last change of the names. VM_UNSUPPORTED where they are not shared. */
enum vm_status vm_store_domain_revision(struct vm_store *, uint64_t *out, struct vm_error *);

/*
 * The places of `change` more accounts of the domain and the count that goes with them, as vm_dir_control_change():
 * locked against others; *first is the place of the first. Negative after removing; first may then be NULL.
 */
enum vm_status vm_store_dirs_change(struct vm_store *, const struct vm_domain *, int change,
				    struct vm_dir_control *first, struct vm_error *);
/* Moves the count by counted - seen; a damaged record is made anew (vcheck). */
enum vm_status vm_store_dirs_correct(struct vm_store *, const struct vm_domain *, uint64_t seen,
				     uint64_t counted, struct vm_error *);
/* Sets the whole record, locked against others (vconvert). */
enum vm_status vm_store_dirs_put(struct vm_store *, const struct vm_domain *,
				 const struct vm_dir_control *dirs, struct vm_error *);
/* The count alone, for vdominfo. */
enum vm_status vm_store_dirs_get(struct vm_store *, const struct vm_domain *,
				 struct vm_dir_control *out, struct vm_error *);

/*
 * Calls `each` for every name, those of aliases too, or for every account of a domain, in their order. It may change the
 * store; what comes and goes meanwhile may be seen or not. A status that is not VM_OK ends the walk and comes back.
 */
enum vm_status vm_store_each_name(struct vm_store *,
				  enum vm_status (*each)(void *, const struct vm_domain_entry *,
							 struct vm_error *),
				  void *context, struct vm_error *);
enum vm_status vm_store_each_account(struct vm_store *, const char *domain,
				     enum vm_status (*each)(void *, const struct vm_account *,
							    struct vm_error *),
				     void *context, struct vm_error *);

/*
 * The account must exist; `home` is its folder (file form: home/lastauth). event (may be NULL) is written to the log with
 * it, where one is kept.
 */
enum vm_status vm_store_login_record(struct vm_store *, const struct vm_account *,
				     const struct vm_last_login *, const struct vm_log_event *event,
				     struct vm_error *);
enum vm_status vm_store_login_get(struct vm_store *, const struct vm_account *,
				  struct vm_last_login *out, struct vm_error *);

enum vm_status vm_store_alias_get(struct vm_store *, struct vm_name, struct vm_arena *,
				  struct vm_alias_list *out, struct vm_error *);
enum vm_status vm_store_alias_insert(struct vm_store *, const struct vm_alias *, struct vm_error *);
/*
 * The same in one unit with the question whether the domain may have another alias of that kind (core/alias_kind.h):
 * VM_LIMIT when the line would begin one more than the limits allow.
 */
enum vm_status vm_store_alias_insert_within(struct vm_store *, const struct vm_alias *,
					    const struct vm_limits *, struct vm_error *);
enum vm_status vm_store_alias_remove(struct vm_store *, struct vm_name, const char *line,
				     struct vm_error *);
enum vm_status vm_store_alias_list(struct vm_store *, const char *domain, struct vm_page,
				   struct vm_arena *, struct vm_alias_list *out, struct vm_error *);

/* The domain's own, else etc/vlimits.default, else no limits: always VM_OK unless the store cannot tell. */
enum vm_status vm_store_limits_get(struct vm_store *, const char *domain, struct vm_limits *out,
				   struct vm_error *);
/* The domain's own alone; VM_NOT_FOUND: the defaults hold. */
enum vm_status vm_store_limits_own(struct vm_store *, const char *domain, struct vm_limits *out,
				   struct vm_error *);
enum vm_status vm_store_limits_put(struct vm_store *, const char *domain, const struct vm_limits *,
				   struct vm_error *);
enum vm_status vm_store_limits_remove(struct vm_store *, const char *domain, struct vm_error *);

enum vm_status vm_store_ip_map_get(struct vm_store *, const char *ip, struct vm_ip_map *out,
				   struct vm_error *);
/* VM_INVALID (field "ip"): no address. */
enum vm_status vm_store_ip_map_put(struct vm_store *, const struct vm_ip_map *, struct vm_error *);
enum vm_status vm_store_ip_map_remove(struct vm_store *, const char *ip, struct vm_error *);
enum vm_status vm_store_ip_map_list(struct vm_store *, struct vm_page, struct vm_arena *,
				    struct vm_ip_map_list *out, struct vm_error *);

/*
 * The relay windows of roaming users (file form: etc/open-smtp). relay->ip may be any text of the address; VM_INVALID
 * (field "ip") for none. A known window only gets the later time.
 */
enum vm_status vm_store_relay_open(struct vm_store *, const struct vm_relay *, bool *is_new,
				   struct vm_error *);
enum vm_status vm_store_relay_expire(struct vm_store *, time_t before, uint64_t *removed,
				     struct vm_error *);
enum vm_status vm_store_relay_each(struct vm_store *,
				   enum vm_status (*each)(void *, const struct vm_relay *),
				   void *context, struct vm_error *);

/* Does the store count each account's mail? Else a domain's alone, in a file. */
bool vm_store_keeps_usage(const struct vm_store *);

/* A domain's stored mail (file form: D/.usage, locked; an account's deltas go to its domain's). */
enum vm_status vm_store_usage_get(struct vm_store *, const struct vm_domain *, struct vm_name,
				  struct vm_usage *out, struct vm_error *);
enum vm_status vm_store_usage_add(struct vm_store *, const struct vm_domain *, struct vm_name,
				  int64_t bytes, int64_t messages, struct vm_error *);
enum vm_status vm_store_usage_set(struct vm_store *, const struct vm_domain *, struct vm_name,
				  const struct vm_usage *, struct vm_error *);
/* The domain was never counted: who needs the number counts anew. */
enum vm_status vm_store_usage_forget(struct vm_store *, const struct vm_domain *,
				     struct vm_error *);

/* VM_OK and nothing done where the module keeps no log. */
enum vm_status vm_store_log_write(struct vm_store *, const struct vm_log_event *,
				  struct vm_error *);
/* VM_UNSUPPORTED where the module keeps no log. before == VM_LOG_NEWEST: from the newest. */
enum vm_status vm_store_log_list(struct vm_store *, uint64_t before, size_t limit,
				 struct vm_arena *, struct vm_log_list *out, struct vm_error *);
/* Removes all events from before `before` in short steps, which an interruption leaves done. VM_UNSUPPORTED as above. */
enum vm_status vm_store_log_purge(struct vm_store *, time_t before, uint64_t *removed,
				  struct vm_error *);

#endif
