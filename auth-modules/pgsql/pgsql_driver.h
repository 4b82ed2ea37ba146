/* PostgreSQL as an SQL engine, by libpq. */
#ifndef VM_PGSQL_DRIVER_H
#define VM_PGSQL_DRIVER_H

#include "sql/sql_driver.h"

/*
 * As sql_driver.h has it. Beyond that:
 * - A transaction in which a statement failed, with whatever outcome, answers FAILED to all others until ROLLBACK. Its
 *   COMMIT is FAILED: the server rolls back then, and says so only in passing.
 * - CONFLICT too leaves the failed transaction open on the server: send ROLLBACK before the unit is repeated.
 * - COMMIT is LOST when the server gave up waiting for its synchronous standby: it has happened here, perhaps not there.
 * - A slot's first use is sent whole, in one round trip; its second use prepares it under the name s<slot>.
 * - Nothing is read from the environment (PG*, HOME) nor from files of the user's (.pgpass, .postgresql).
 * - The name of a host is resolved by libpq, which cannot be interrupted: the resolver's own time limits come on top of
 *   connect_seconds. An address or a socket has no such step.
 */
extern const struct vm_sql_driver vm_pgsql_driver;

#endif
