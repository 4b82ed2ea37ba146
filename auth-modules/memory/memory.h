/*
 * The memory store: a test double that keeps every group of auth_module.h. All connections of a process share one
 * engine, which lives until vm_memory_reset. No program links it.
 */
#ifndef VM_MODULES_MEMORY_MEMORY_H
#define VM_MODULES_MEMORY_MEMORY_H

#include "auth/auth_module.h"

extern const struct vm_auth_module vm_memory_module;

/* Forgets all rows, units and failures that were asked for. Also frees what the engine holds. */
void vm_memory_reset(void);

/* The engine goes away or comes back: while away, open and every call answer VM_TEMPFAIL. */
void vm_memory_set_away(bool away);

/* The call after `skip` further ones does nothing and answers `status`; those after it work again. */
void vm_memory_fail(unsigned int skip, enum vm_status status);

/* As vm_memory_fail, for a change whose answer is lost: it is made, the caller hears `status`. */
void vm_memory_lose_answer(unsigned int skip, enum vm_status status);

/* The number of calls since the last reset. */
unsigned int vm_memory_calls(void);

#endif
