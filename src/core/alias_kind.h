/* What an alias is for, as limits and permissions tell aliases apart. Source: reference 1.11, 1.12. */
#ifndef VM_CORE_ALIAS_KIND_H
#define VM_CORE_ALIAS_KIND_H

#include "core/limits.h"

/* An alias is of the last of these that one of its lines is of. */
enum vm_alias_kind {
	VM_ALIAS_LOCAL,         /* to this domain, a folder, a program, or nowhere */
	VM_ALIAS_LIST_PART,     /* ezmlm's own besides the list itself; never counted */
	VM_ALIAS_FORWARD,       /* to an address of another domain */
	VM_ALIAS_AUTORESPONDER, /* a program that answers: its command names "autorespond" */
	VM_ALIAS_LIST,          /* ezmlm-send or ezmlm-reject */
};

/* The kind of one line of an alias of `domain`; an alias of the domain is another domain here. */
enum vm_alias_kind vm_alias_kind_of(const char *line, const char *domain);

/* How many of the kind a domain may have; -1: no limit. */
int32_t vm_alias_kind_limit(enum vm_alias_kind kind, const struct vm_limits *limits);

/* "aliases", "forwards", "autoresponders", "mailing lists". */
const char *vm_alias_kind_name(enum vm_alias_kind kind);

#endif
