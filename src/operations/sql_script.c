/* Writes SQL for a client's standard input. */
#include <config.h>

#include "operations/sql_script.h"

#include <string.h>

#include "util/digest.h"
#include "util/text.h"

enum { SEQUENCE_MAX = 4 };

static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '\'' || *text == '\\')
			return false;
	return true;
}

/* As UTF-8: a byte that is part of no character there is one of ISO 8859-1. */
static void print_hex(const char *text, struct vm_buf *out)
{
	while (*text != '\0') {
		const size_t length = vm_text_utf8_sequence(text, strlen(text));
		const unsigned char byte = (unsigned char)*text;
		const char wide[2] = { (char)(0xC0 | byte >> 6), (char)(0x80 | (byte & 0x3F)) };
		char hex[2 * SEQUENCE_MAX + 1];

		vm_hex_encode(length > 0 ? text : wide, length > 0 ? length : sizeof wide, hex);
		vm_buf_append_text(out, hex);
		text += length > 0 ? length : 1;
	}
}

void vm_script_text(enum vm_script_engine engine, const char *text, struct vm_buf *out)
{
	static const char *const before[] = { "CONVERT(X'", "convert_from('\\x", "CAST(X'" };
	static const char *const behind[] = { "' USING utf8mb4)", "'::bytea, 'UTF8')",
					      "' AS TEXT)" };

	if (is_plain(text)) {
		vm_buf_printf(out, "'%s'", text);
		return;
	}
	vm_buf_append_text(out, before[engine]);
	print_hex(text, out);
	vm_buf_append_text(out, behind[engine]);
}

void vm_script_name(enum vm_script_engine engine, const char *name, struct vm_buf *out)
{
	const char quote = engine == VM_SCRIPT_MYSQL ? '`' : '"';

	vm_buf_printf(out, "%c%s%c", quote, name, quote);
}

static void print_value(enum vm_script_engine engine, const struct vm_script_column *column,
			struct vm_buf *out)
{
	if (column->is_expression)
		vm_buf_append_text(out, column->value);
	else
		vm_script_text(engine, column->value, out);
}

static void print_replacements(enum vm_script_engine engine, const struct vm_script_row *row,
			       struct vm_buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < row->count; i++) {
		const struct vm_script_column *const column = &row->columns[i];

		if (column->stays || strcmp(column->name, row->key) == 0)
			continue;
		vm_buf_append_text(out, comma);
		vm_script_name(engine, column->name, out);
		vm_buf_append_text(out, engine == VM_SCRIPT_MYSQL ? " = VALUES(" : " = excluded.");
		vm_script_name(engine, column->name, out);
		vm_buf_append_text(out, engine == VM_SCRIPT_MYSQL ? ")" : "");
		comma = ", ";
	}
}

void vm_script_row(enum vm_script_engine engine, const struct vm_script_row *row,
		   struct vm_buf *out)
{
	vm_buf_append_text(out, "INSERT INTO ");
	vm_script_name(engine, row->table, out);
	for (size_t i = 0; i < row->count; i++) {
		vm_buf_append_text(out, i == 0 ? " (" : ", ");
		vm_script_name(engine, row->columns[i].name, out);
	}
	vm_buf_append_text(out, ") VALUES ");
	for (size_t i = 0; i < row->count; i++) {
		vm_buf_append_text(out, i == 0 ? "(" : ", ");
		print_value(engine, &row->columns[i], out);
	}
	if (row->key == NULL) {
		vm_buf_append_text(out, ");\n");
		return;
	}
	vm_buf_append_text(out, ") ON ");
	if (engine == VM_SCRIPT_MYSQL) {
		vm_buf_append_text(out, "DUPLICATE KEY UPDATE ");
	} else {
		vm_buf_append_text(out, "CONFLICT (");
		vm_script_name(engine, row->key, out);
		vm_buf_append_text(out, ") DO UPDATE SET ");
	}
	print_replacements(engine, row, out);
	vm_buf_append_text(out, ";\n");
}
