/* The rules of etc/password_strength.conf. Source: reference 1.4. */
#ifndef VM_CORE_PASSWORD_RULES_H
#define VM_CORE_PASSWORD_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "util/status.h"

enum { VM_PASSWORD_RULES_MAX = 32, VM_PASSWORD_POLICY_TEXT_MAX = 200 };

/* What a rule looks at, in the order of 5.6's error numbers -70 to -74. */
enum vm_password_measure {
	VM_PASSWORD_LENGTH,     /* bytes */
	VM_PASSWORD_ALPHABET,   /* share of letters, 0 to 1 */
	VM_PASSWORD_NUMERIC,    /* share of digits */
	VM_PASSWORD_OTHER,      /* share of everything else */
	VM_PASSWORD_UPPER_LOWER /* |upper - lower| as a share of the letters; 0 without letters */
};

enum vm_password_test {
	VM_PASSWORD_LESS,
	VM_PASSWORD_AT_MOST,
	VM_PASSWORD_EQUAL,
	VM_PASSWORD_AT_LEAST,
	VM_PASSWORD_MORE
};

struct vm_password_rule {
	enum vm_password_measure measure;
	enum vm_password_test test;
	uint64_t millionths; /* the value */
	char text[64];       /* as in the file: "Numeric >= 0.2" */
};

struct vm_password_rules {
	size_t count;
	struct vm_password_rule items[VM_PASSWORD_RULES_MAX];
	char policy[VM_PASSWORD_POLICY_TEXT_MAX +
		    1]; /* what "Policy =" tells people; "" = nothing */
};

/* No file is no rule (VM_OK). A line that cannot be understood is VM_MISCONFIG, with file and line. */
enum vm_status vm_password_rules_read(const char *path, struct vm_password_rules *out,
				      struct vm_error *err);

/* The same from text; file names it in messages. */
enum vm_status vm_password_rules_parse(const char *text, const char *file,
				       struct vm_password_rules *out, struct vm_error *err);

/* The first rule that these bytes break, NULL when they keep all. */
const struct vm_password_rule *vm_password_rules_broken(const struct vm_password_rules *rules,
							const char *bytes, size_t length);

#endif
