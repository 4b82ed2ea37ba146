/* A view of each domain's accounts, named as its table was in vpopmail --disable-many-domains (setting domain_views). */
#ifndef VM_SQL_DOMAIN_VIEWS_H
#define VM_SQL_DOMAIN_VIEWS_H

#include "auth/auth_module.h"
#include "session.h"

/* VM_INVALID ("domain"): there cannot be a view of this domain, or its name is taken by another table or view. */
enum vm_status vm_sql_view_check(struct vm_sql_session *session, const char *domain,
				 struct vm_error *err);

/* Makes the view, or makes it again. Not inside a unit: it would end there in MySQL. */
enum vm_status vm_sql_view_make(struct vm_sql_session *session, const char *domain,
				struct vm_error *err);

/* Drops the view, where it is this domain's. Not inside a unit. */
enum vm_status vm_sql_view_drop(struct vm_sql_session *session, const char *domain,
				struct vm_error *err);

/* How many are missing; and makes them all, naming the first that cannot be (VM_INVALID as in check). */
enum vm_status vm_sql_views_missing(struct vm_sql_session *session, size_t *out,
				    struct vm_error *err);
enum vm_status vm_sql_views_make(struct vm_backend *backend, struct vm_error *err);

#endif
