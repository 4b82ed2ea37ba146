/* Reads one JSON object strictly (json-c behind it; only programs that read JSON link it). */
#ifndef VM_UTIL_JSON_READ_H
#define VM_UTIL_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/status.h"

enum { VM_JSON_READ_DEPTH = 8 };

struct vm_json_object {
	void *root; /* NULL when empty */
};

/*
 * Parses exactly one object of at most `maximum` bytes. VM_INVALID (err says what) for anything that is not strict
 * JSON: another type, trailing text, bad UTF-8, a NUL (also as \u0000), control bytes in strings, a name twice
 * in one object, nesting beyond VM_JSON_READ_DEPTH. VM_LIMIT when too long; VM_TEMPFAIL without memory.
 * Release after VM_OK.
 */
enum vm_status vm_json_parse(struct vm_json_object *object, const char *text, size_t length,
			     size_t maximum, struct vm_error *err);

void vm_json_release(struct vm_json_object *object);

/* VM_INVALID naming the first member whose name is not among `names`. */
enum vm_status vm_json_check_names(const struct vm_json_object *object, const char *const *names,
				   size_t count, struct vm_error *err);

/*
 * Typed members. VM_OK; VM_NOT_FOUND when absent or null; VM_INVALID for another type or a value out of bounds.
 * err->field is the name. Strings stay the object's, hold no NUL and are at most `maximum` bytes.
 */
enum vm_status vm_json_get_string(const struct vm_json_object *object, const char *name,
				  size_t maximum, const char **out, struct vm_error *err);
enum vm_status vm_json_get_u64(const struct vm_json_object *object, const char *name,
			       uint64_t maximum, uint64_t *out, struct vm_error *err);
enum vm_status vm_json_get_bool(const struct vm_json_object *object, const char *name, bool *out,
				struct vm_error *err);

/* The number of elements of an array. */
enum vm_status vm_json_get_list(const struct vm_json_object *object, const char *name,
				size_t *count, struct vm_error *err);
/* Its element `index` (< count), a string. */
enum vm_status vm_json_get_list_string(const struct vm_json_object *object, const char *name,
				       size_t index, size_t maximum, const char **out,
				       struct vm_error *err);

/* Its element `index` (< count), an object, which stays the outer one's: it is not released. */
enum vm_status vm_json_get_list_object(const struct vm_json_object *object, const char *name,
				       size_t index, struct vm_json_object *out,
				       struct vm_error *err);

/* True when the member is there and is a string (for members that may have either of two types). */
bool vm_json_is_string(const struct vm_json_object *object, const char *name);

#endif
