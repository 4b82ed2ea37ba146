/* Writes JSON text. */
#include <config.h>

#include "util/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "util/text.h"

void vm_json_writer_init(struct vm_json_writer *writer, struct vm_buf *out)
{
	*writer = (struct vm_json_writer){ .out = out };
}

/* The comma before a value or a key; none behind a key or at the beginning. */
static void separate(struct vm_json_writer *writer)
{
	const uint64_t bit = UINT64_C(1) << writer->depth;

	if (writer->after_key) {
		writer->after_key = false;
		return;
	}
	if (writer->depth > 0 && (writer->has_member & bit) != 0)
		vm_buf_append_byte(writer->out, ',');
	writer->has_member |= bit;
}

static void begin(struct vm_json_writer *writer, char bracket)
{
	separate(writer);
	vm_buf_append_byte(writer->out, bracket);
	if (writer->depth == VM_JSON_WRITE_DEPTH) {
		writer->out->failed = true;
		return;
	}
	writer->depth++;
	writer->has_member &= ~(UINT64_C(1) << writer->depth);
}

static void end(struct vm_json_writer *writer, char bracket)
{
	vm_buf_append_byte(writer->out, bracket);
	if (writer->depth > 0)
		writer->depth--;
}

void vm_json_begin_object(struct vm_json_writer *writer)
{
	begin(writer, '{');
}

void vm_json_end_object(struct vm_json_writer *writer)
{
	end(writer, '}');
}

void vm_json_begin_array(struct vm_json_writer *writer)
{
	begin(writer, '[');
}

void vm_json_end_array(struct vm_json_writer *writer)
{
	end(writer, ']');
}

static void append_byte(struct vm_buf *out, char byte)
{
	switch (byte) {
	case '"':
		vm_buf_append_text(out, "\\\"");
		break;
	case '\\':
		vm_buf_append_text(out, "\\\\");
		break;
	case '\n':
		vm_buf_append_text(out, "\\n");
		break;
	case '\r':
		vm_buf_append_text(out, "\\r");
		break;
	case '\t':
		vm_buf_append_text(out, "\\t");
		break;
	default:
		vm_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)byte);
		break;
	}
}

static bool is_plain(char byte)
{
	return (unsigned char)byte >= 32 && byte != 127 && byte != '"' && byte != '\\';
}

static void append_quoted(struct vm_buf *out, const char *text, size_t length)
{
	size_t done = 0;

	vm_buf_append_byte(out, '"');
	while (done < length) {
		size_t run = 0, sequence = 0;

		while (done + run < length && is_plain(text[done + run]) &&
		       (sequence = vm_text_utf8_sequence(text + done + run, length - done - run)) >
			       0)
			run += sequence;
		vm_buf_append(out, text + done, run);
		done += run;
		if (done < length)
			append_byte(out, text[done++]);
	}
	vm_buf_append_byte(out, '"');
}

void vm_json_key(struct vm_json_writer *writer, const char *name)
{
	separate(writer);
	append_quoted(writer->out, name, strlen(name));
	vm_buf_append_byte(writer->out, ':');
	writer->after_key = true;
}

void vm_json_string(struct vm_json_writer *writer, const char *text)
{
	if (text == NULL)
		vm_json_null(writer);
	else
		vm_json_string_n(writer, text, strlen(text));
}

void vm_json_string_n(struct vm_json_writer *writer, const char *text, size_t length)
{
	separate(writer);
	append_quoted(writer->out, text, length);
}

void vm_json_u64(struct vm_json_writer *writer, uint64_t number)
{
	separate(writer);
	vm_buf_printf(writer->out, "%" PRIu64, number);
}

void vm_json_i64(struct vm_json_writer *writer, int64_t number)
{
	separate(writer);
	vm_buf_printf(writer->out, "%" PRId64, number);
}

void vm_json_bool(struct vm_json_writer *writer, bool value)
{
	separate(writer);
	vm_buf_append_text(writer->out, value ? "true" : "false");
}

void vm_json_null(struct vm_json_writer *writer)
{
	separate(writer);
	vm_buf_append_text(writer->out, "null");
}

void vm_json_member_string(struct vm_json_writer *writer, const char *name, const char *text)
{
	vm_json_key(writer, name);
	vm_json_string(writer, text);
}

void vm_json_member_u64(struct vm_json_writer *writer, const char *name, uint64_t number)
{
	vm_json_key(writer, name);
	vm_json_u64(writer, number);
}

void vm_json_member_i64(struct vm_json_writer *writer, const char *name, int64_t number)
{
	vm_json_key(writer, name);
	vm_json_i64(writer, number);
}

void vm_json_member_bool(struct vm_json_writer *writer, const char *name, bool value)
{
	vm_json_key(writer, name);
	vm_json_bool(writer, value);
}

void vm_json_end_line(struct vm_json_writer *writer)
{
	vm_buf_append_byte(writer->out, '\n');
	writer->depth = 0;
	writer->has_member = 0;
	writer->after_key = false;
}
