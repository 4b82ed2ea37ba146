/* What the files of the SQL modules share. */
#ifndef VM_SQL_BACKEND_H
#define VM_SQL_BACKEND_H

#include "auth/auth_module.h"
#include "session.h"

struct vm_sql_backend {
	struct vm_backend backend; /* first */
	struct vm_sql_session session;
};

extern const struct vm_account_ops vm_sql_account_ops;
extern const struct vm_domain_ops vm_sql_domain_ops;
extern const struct vm_login_ops vm_sql_login_ops;
extern const struct vm_alias_ops vm_sql_alias_ops;
extern const struct vm_limit_ops vm_sql_limit_ops;
extern const struct vm_ip_map_ops vm_sql_ip_map_ops;
extern const struct vm_relay_ops vm_sql_relay_ops;
extern const struct vm_usage_ops vm_sql_usage_ops;
extern const struct vm_log_ops vm_sql_log_ops;
extern const struct vm_unit_ops vm_sql_unit_ops;

/* The session of a backend that the store holds. */
struct vm_sql_session *vm_sql_session_of(struct vm_backend *backend);

/* A module's open, close, and ping with its driver. */
enum vm_status vm_sql_open(const struct vm_auth_module *module, const struct vm_sql_driver *driver,
			   const struct vm_config *config, struct vm_backend **out,
			   struct vm_error *err);
void vm_sql_close(struct vm_backend **backend);
enum vm_status vm_sql_ping(struct vm_backend *backend, struct vm_error *err);
bool vm_sql_read_fresh(struct vm_backend *backend, bool fresh);

/*
 * Locks a real domain until the open unit ends, so that nobody else adds to it. VM_NOT_FOUND: no such domain. Only
 * inside a unit.
 */
enum vm_status vm_sql_lock_domain(struct vm_sql_session *session, const char *domain,
				  struct vm_error *err);

/*
 * Have the domains of the first host's users/assign been taken in? Until then it is VM_TEMPFAIL for check_imported and
 * no_domain, which is VM_NOT_FOUND afterwards.
 */
enum vm_status vm_sql_is_imported(struct vm_sql_session *session, bool *out, struct vm_error *err);
enum vm_status vm_sql_check_imported(struct vm_sql_session *session, struct vm_error *err);
enum vm_status vm_sql_no_domain(struct vm_sql_session *session, const char *name,
				struct vm_error *err);

/* Inserts a domain's rows. VM_EXISTS. Only inside a unit. */
enum vm_status vm_sql_put_domain(struct vm_sql_session *session,
				 const struct vm_domain_entry *entry, struct vm_error *err);

enum vm_status vm_sql_get_dirs(struct vm_backend *backend, const char *domain,
			       struct vm_dir_control *out, struct vm_error *err);
enum vm_status vm_sql_change_dirs(struct vm_backend *backend, const char *domain,
				  const struct vm_dirs_change *change, struct vm_error *err);

/* Begins the counter of a new account, or with user "" of a new domain, at 0. Only inside a unit. */
/* The same for VM_ACCOUNTS_MANY accounts of a domain in one statement. */
enum vm_status vm_sql_begin_usage_many(struct vm_sql_session *session,
				       const struct vm_account *accounts, struct vm_error *err);
enum vm_status vm_sql_begin_usage(struct vm_sql_session *session, struct vm_name name,
				  struct vm_error *err);

/* Removes an account's usage counter, and what it counted from the domain's. Only inside a unit. */
enum vm_status vm_sql_forget_usage(struct vm_sql_session *session, struct vm_name name,
				   struct vm_error *err);

/* Inserts an event into the log. */
enum vm_status vm_sql_write_event(struct vm_sql_session *session, const struct vm_log_event *event,
				  struct vm_error *err);

/*
 * The open unit's commit need not wait for the server's disk, where the engine can do without for one transaction. Only
 * for a unit in which all may be lost.
 */
enum vm_status vm_sql_need_no_sync(struct vm_sql_session *session, struct vm_error *err);

/* Is there this real domain? VM_OK or VM_NOT_FOUND. */
enum vm_status vm_sql_need_domain(struct vm_sql_session *session, const char *domain,
				  struct vm_error *err);

#endif
