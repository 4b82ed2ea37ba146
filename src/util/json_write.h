/* Writes JSON text (RFC 8259) into a buffer; needs no library. */
#ifndef VM_UTIL_JSON_WRITE_H
#define VM_UTIL_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum { VM_JSON_WRITE_DEPTH = 32 };

struct vm_json_writer {
	struct vm_buf *out; /* borrowed; its sticky failure is the only one (vm_buf_check) */
	unsigned depth;
	uint64_t has_member; /* bit per depth: a comma is due before the next */
	bool after_key;
};

void vm_json_writer_init(struct vm_json_writer *writer, struct vm_buf *out);

/* Nesting deeper than VM_JSON_WRITE_DEPTH makes the buffer fail. */
void vm_json_begin_object(struct vm_json_writer *writer);
void vm_json_end_object(struct vm_json_writer *writer);
void vm_json_begin_array(struct vm_json_writer *writer);
void vm_json_end_array(struct vm_json_writer *writer);

/* The name of the member whose value comes next. */
void vm_json_key(struct vm_json_writer *writer, const char *name);

/*
 * Values. Strings come out as valid UTF-8 whatever goes in: control bytes and each byte that is not part of
 * well-formed UTF-8 become \u00XX. text NULL is null.
 */
void vm_json_string(struct vm_json_writer *writer, const char *text);
void vm_json_string_n(struct vm_json_writer *writer, const char *text, size_t length);
void vm_json_u64(struct vm_json_writer *writer, uint64_t number);
void vm_json_i64(struct vm_json_writer *writer, int64_t number);
void vm_json_bool(struct vm_json_writer *writer, bool value);
void vm_json_null(struct vm_json_writer *writer);

/* key and value in one call. */
void vm_json_member_string(struct vm_json_writer *writer, const char *name, const char *text);
void vm_json_member_u64(struct vm_json_writer *writer, const char *name, uint64_t number);
void vm_json_member_i64(struct vm_json_writer *writer, const char *name, int64_t number);
void vm_json_member_bool(struct vm_json_writer *writer, const char *name, bool value);

/* Ends the line: one object a line. */
void vm_json_end_line(struct vm_json_writer *writer);

#endif
