/* The names of members, for what prints and what reads lines; nobody else includes it. */
#ifndef VM_OPERATIONS_TRANSFER_MEMBERS_H
#define VM_OPERATIONS_TRANSFER_MEMBERS_H

#include "operations/transfer.h"

enum { VM_LIMIT_MAXIMA = 5, VM_LIMIT_SIZES = 4, VM_LIMIT_PERMISSIONS = 9, VM_LIMIT_ACTS = 3 };

/* The names that a line of the type may have. */
const char *const *vm_transfer_members(enum vm_transfer_type type, size_t *count);

/* Where limit `index` of each kind is, and its name; an act is a bit of a permission. */
const int32_t *vm_limit_maximum(const struct vm_limits *limits, size_t index);
const char *vm_limit_maximum_name(size_t index);
const uint64_t *vm_limit_size(const struct vm_limits *limits, size_t index);
const char *vm_limit_size_name(size_t index);
const uint8_t *vm_limit_permission(const struct vm_limits *limits, size_t index);
const char *vm_limit_permission_name(size_t index);
const char *vm_limit_act_name(size_t index);

void vm_limit_set_maximum(struct vm_limits *limits, size_t index, int32_t value);
void vm_limit_set_size(struct vm_limits *limits, size_t index, uint64_t value);
void vm_limit_set_permission(struct vm_limits *limits, size_t index, uint8_t value);

#endif
