/* Quota texts: "NOQUOTA", "10485760S", "1000C", "10485760S,1000C". */
#ifndef VM_CORE_QUOTA_H
#define VM_CORE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account.h"
#include "util/status.h"

struct vm_quota {
	uint64_t bytes;    /* 0 = unlimited */
	uint64_t messages; /* 0 = unlimited */
};

/*
 * What people type: "NOQUOTA", "", or comma-separated parts: digits, then K, M, G or T (powers of 1024, either
 * case), then optional B and S; or digits and C. Junk is VM_INVALID (field "quota"), never "unlimited".
 */
enum vm_status vm_quota_parse(const char *text, struct vm_quota *out, struct vm_error *err);

/* What the store keeps, in VM_QUOTA_MAX + 1 bytes: "NOQUOTA" when both are 0. */
void vm_quota_print(const struct vm_quota *quota, char *out);

bool vm_quota_is_unlimited(const struct vm_quota *quota);

/* Would `more` bytes and one more message pass the quota? Equal is allowed. */
bool vm_quota_is_exceeded_by(const struct vm_quota *quota, const struct vm_usage *usage,
			     uint64_t more);

/* The fuller of the two in whole percent (can pass 100); 0 when unlimited. */
unsigned int vm_quota_percent(const struct vm_quota *quota, const struct vm_usage *usage);

#endif
