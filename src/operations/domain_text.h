/* Texts that an operator may put in the place of ours: ".no-user.msg", ".over-quota.msg", ... Source: reference 1.13. */
#ifndef VM_OPERATIONS_DOMAIN_TEXT_H
#define VM_OPERATIONS_DOMAIN_TEXT_H

#include "core/account.h"
#include "core/config.h"
#include "util/arena.h"

/*
 * The text of D/NAME, else of V/domains/NAME, in the arena; else `fallback` itself. What cannot be read counts as absent: a
 * text is no reason to lose an answer.
 */
const char *vm_domain_text(const struct vm_config *config, const struct vm_domain *domain,
			   struct vm_arena *arena, const char *name, const char *fallback);

#endif
