/* Chooses the reader for another system's files. */
#include <config.h>

#include "operations/foreign.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "operations/foreign_internal.h"
#include "util/file.h"

enum { TEXT_MAX = 400 };

static const char *const names[VM_FOREIGN_FORMATS] = {
	[VM_FOREIGN_PASSWD_FILE] = "passwd-file",
	[VM_FOREIGN_CPANEL] = "cpanel",
};

enum vm_foreign_format vm_foreign_find(const char *name)
{
	size_t format = 0;

	while (format < VM_FOREIGN_FORMATS && strcmp(names[format], name) != 0)
		format++;
	return (enum vm_foreign_format)format;
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
	vm_transfer_print(transfer, &out->text);
	return out->text.failed || out->text.length >= VM_FOREIGN_FLUSH_AT
		       ? vm_foreign_flush(out, err)
		       : VM_OK;
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

enum vm_status vm_foreign_translate(const struct vm_foreign *foreign, enum vm_foreign_format format,
				    int source, int out, struct vm_error *err)
{
	struct vm_foreign_out lines = { .foreign = foreign,
					.policy = vm_config_address_policy(
						foreign->config, foreign->config->default_domain),
					.fd = out };
	const struct vm_transfer header = { .type = VM_TRANSFER_EXPORT, .name = names[format] };
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&lines.text, VM_TRANSFER_LINE_MAX + VM_FOREIGN_FLUSH_AT);
	status = vm_foreign_put(&lines, &header, err);
	if (status == VM_OK && format == VM_FOREIGN_PASSWD_FILE)
		status = vm_foreign_passwd_file(&lines, source, err);
	else if (status == VM_OK)
		status = vm_foreign_cpanel(&lines, err);
	if (status == VM_OK)
		status = vm_foreign_flush(&lines, err);
	vm_buf_release(&lines.text);
	return status;
}
