/* The one table of settings: parser, `vconfig`, manual page and lint read it. */
#ifndef VM_CORE_CONFIG_TABLE_H
#define VM_CORE_CONFIG_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "util/status.h"

enum { VM_SETTING_TEXT_MAX = 1000 }; /* bytes of a value in the file, NUL not counted */

enum vm_setting_type {
	VM_SETTING_TEXT,
	VM_SETTING_BOOL,    /* yes or no */
	VM_SETTING_NUMBER,  /* uint32_t */
	VM_SETTING_SIZE,    /* uint64_t bytes; K, M, G accepted */
	VM_SETTING_OCTAL,   /* uint32_t */
	VM_SETTING_LOGGING, /* enum vm_logging: none all errors, or 5.4's letters */
	VM_SETTING_LOG_TARGET,
};

struct vm_setting {
	const char *name;
	enum vm_setting_type type;
	size_t offset; /* in struct vm_config */
	const char *default_text;
	const char *unit;          /* "seconds", "bytes", "" */
	uint64_t minimum, maximum; /* value of a number, length of a text */
	const char *choices;       /* blank-separated legal texts, NULL = any */
	const char *help;          /* one sentence */
};

extern const struct vm_setting vm_settings[];
extern const size_t vm_setting_count;

/* A store module's section and its names, for the check of unknown ones. */
struct vm_section {
	const char *name;
	const char *const *names; /* ends with NULL */
};

extern const struct vm_section vm_sections[];
extern const size_t vm_section_count;

/* The row of that name, NULL when there is none. */
const struct vm_setting *vm_setting_find(const char *name);

/*
 * Puts a value from its text into the struct, which keeps a copy. VM_INVALID (field: the setting's name) says what a
 * legal value is; VM_TEMPFAIL for memory.
 */
enum vm_status vm_setting_set(const struct vm_setting *setting, const char *text,
			      struct vm_config *config, struct vm_error *err);

/* The value in the form that the file would have; out has VM_SETTING_TEXT_MAX + 1 bytes. */
void vm_setting_print(const struct vm_setting *setting, const struct vm_config *config, char *out);

#endif
