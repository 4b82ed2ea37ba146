/* Chooses the reader for another system's files. */
#include <config.h>

#include "operations/foreign.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "operations/foreign_internal.h"
#include "util/file.h"

enum {
	TEXT_MAX = 400,
	LINE_BYTES_MAX = 2 * VM_TRANSFER_LINE_MAX, /* longer than one that can be read */
	CHECK_MAX = 16 * 1024 * 1024,
};

static const char *const names[VM_FOREIGN_FORMATS] = {
	[VM_FOREIGN_PASSWD_FILE] = "passwd-file",
	[VM_FOREIGN_CPANEL] = "cpanel",
	[VM_FOREIGN_POSTFIXADMIN] = "postfixadmin",
	[VM_FOREIGN_MAILCOW] = "mailcow",
};

enum vm_foreign_format vm_foreign_find(const char *name)
{
	size_t format = 0;

	while (format < VM_FOREIGN_FORMATS && strcmp(names[format], name) != 0)
		format++;
	return (enum vm_foreign_format)format;
}

bool vm_foreign_is_folder(enum vm_foreign_format format)
{
	return format == VM_FOREIGN_CPANEL;
}

static enum vm_status read_source(struct vm_foreign_out *out, enum vm_foreign_format format,
				  int source, struct vm_error *err)
{
	switch (format) {
	case VM_FOREIGN_PASSWD_FILE:
		return vm_foreign_passwd_file(out, source, err);
	case VM_FOREIGN_CPANEL:
		return vm_foreign_cpanel(out, err);
	case VM_FOREIGN_POSTFIXADMIN:
	case VM_FOREIGN_MAILCOW:
		return vm_foreign_tables(out, source, format == VM_FOREIGN_MAILCOW, err);
	case VM_FOREIGN_FORMATS:
		break;
	}
	return vm_fail(err, VM_INTERNAL, "no format is chosen");
}

enum vm_status vm_foreign_flush(struct vm_foreign_out *out, struct vm_error *err)
{
	enum vm_status status = vm_buf_check(&out->text, "a line", err);

	if (status == VM_OK)
		status =
			vm_file_write(out->fd, "the lines", out->text.bytes, out->text.length, err);
	vm_buf_clear(&out->text);
	return status;
}

enum vm_status vm_foreign_put(struct vm_foreign_out *out, const struct vm_transfer *transfer,
			      struct vm_error *err)
{
	struct vm_transfer ignored;
	enum vm_status status = VM_INTERNAL;

	vm_buf_clear(&out->line);
	vm_arena_clear(&out->check);
	vm_transfer_print(transfer, &out->line);
	status = vm_buf_check(&out->line, "a line", err);
	if (status == VM_OK) /* without its LF */
		status = vm_transfer_parse(out->line.bytes, out->line.length - 1, &out->policy,
					   &out->check, &ignored, err);
	if (status != VM_OK)
		return status;
	vm_buf_append(&out->text, out->line.bytes, out->line.length);
	return out->text.failed || out->text.length >= VM_FOREIGN_FLUSH_AT
		       ? vm_foreign_flush(out, err)
		       : VM_OK;
}

enum vm_status vm_foreign_put_or_skip(struct vm_foreign_out *out,
				      const struct vm_transfer *transfer,
				      const struct vm_foreign_origin *origin, struct vm_error *err)
{
	const enum vm_status status = vm_foreign_put(out, transfer, err);

	if (status != VM_INVALID && status != VM_LIMIT)
		return status;
	vm_foreign_skip(out, origin->file, origin->line, "%.200s: %s", origin->who, err->text);
	return VM_OK;
}

enum vm_status vm_foreign_put_domain(struct vm_foreign_out *out, struct vm_transfer *transfer,
				     const struct vm_foreign_origin *origin, struct vm_error *err)
{
	const enum vm_status status = vm_foreign_put(out, transfer, err);

	if (status != VM_INVALID && status != VM_LIMIT)
		return status;
	vm_foreign_skip(out, origin->file, origin->line, "%.200s: %s", origin->who, err->text);
	transfer->about.catch_all = "bounce-no-mailbox";
	return vm_foreign_put(out, transfer, err);
}

static void make_one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

void vm_foreign_skip(const struct vm_foreign_out *out, const char *file, size_t line,
		     const char *format, ...)
{
	char where[TEXT_MAX], text[TEXT_MAX];
	va_list arguments;

	if (line > 0)
		(void)snprintf(where, sizeof where, "%s:%zu", file, line);
	else
		(void)snprintf(where, sizeof where, "%s", file);
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	make_one_line(where);
	make_one_line(text);
	out->foreign->skip(out->foreign->context, where, text);
}

char *vm_foreign_cut(char **rest, char separator)
{
	char *const text = *rest;
	char *const end = text == NULL ? NULL : strchr(text, separator);

	*rest = end == NULL ? NULL : end + 1;
	if (end != NULL)
		*end = '\0';
	return text;
}

char *vm_foreign_next_word(char **rest)
{
	static const char blanks[] = " \t\r\n";
	char *in = *rest, *word = NULL;

	if (in == NULL)
		return NULL;
	in += strspn(in, " \t\r\n,");
	word = in;
	if (*in == '"' && (in[1] == '|' || in[1] == '/')) {
		word = ++in;
		in += strcspn(in, "\"");
		*rest = *in == '\0' ? NULL : in + 1;
	} else {
		for (bool is_quoted = false; *in != '\0' && (is_quoted || *in != ','); in++)
			is_quoted ^= *in == '"';
		*rest = *in == '\0' ? NULL : in + 1;
		while (in > word && strchr(blanks, in[-1]) != NULL)
			in--;
	}
	*in = '\0';
	return word[0] == '\0' ? NULL : word;
}

enum vm_status vm_foreign_translate(const struct vm_foreign *foreign, enum vm_foreign_format format,
				    int source, int out, struct vm_error *err)
{
	struct vm_foreign_out lines = { .foreign = foreign,
					.policy = vm_config_address_policy(
						foreign->config, foreign->config->default_domain),
					.fd = out };
	const struct vm_transfer header = { .type = VM_TRANSFER_EXPORT, .name = names[format] };
	const struct vm_transfer end = { .type = VM_TRANSFER_END };
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&lines.text, LINE_BYTES_MAX + VM_FOREIGN_FLUSH_AT);
	vm_buf_init(&lines.line, LINE_BYTES_MAX);
	vm_arena_init(&lines.check, CHECK_MAX);
	status = vm_foreign_put(&lines, &header, err);
	if (status == VM_OK)
		status = read_source(&lines, format, source, err);
	if (status == VM_OK)
		status = vm_foreign_put(&lines, &end, err);
	if (status == VM_OK)
		status = vm_foreign_flush(&lines, err);
	vm_arena_release(&lines.check);
	vm_buf_release(&lines.line);
	vm_buf_release(&lines.text);
	return status;
}
