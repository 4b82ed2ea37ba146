/* Finds the domain of an address that names none. */
#include "config.h"

#include "operations/default_domain.h"

#include <fcntl.h>
#include <string.h>

#include "util/file.h"
#include "util/line_reader.h"
#include "util/text.h"

enum { CONTROL_LINE_MAX = 1000, CONTROL_PATH_MAX = 1000 };

static enum vm_status clean_wanted(const char *wanted, char *out, struct vm_error *err)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";

	if (!vm_text_copy(out, VM_DOMAIN_MAX + 1, wanted))
		return vm_fail_field(err, VM_INVALID, "address", "VPOPMAIL_DOMAIN is too long");
	vm_text_lower(out);
	for (char *byte = out + strspn(out, legal); *byte != '\0'; byte += strspn(byte, legal))
		*byte = '_';
	return VM_OK;
}

/* VM_OK when a line of the file at `path` is `word`; VM_NOT_FOUND when none is or the file is absent. */
static enum vm_status find_line(const char *path, const char *word, struct vm_error *err)
{
	struct vm_line_reader reader;
	enum vm_status status;
	char *line;
	size_t length;
	int fd = -1;

	status = vm_file_open_read(AT_FDCWD, path, &fd, err);
	if (status != VM_OK)
		return status;
	status = vm_line_reader_init(&reader, fd, path, CONTROL_LINE_MAX, err);
	if (status == VM_OK) {
		while ((status = vm_line_reader_next(&reader, &line, &length, err)) == VM_OK ||
		       status == VM_INVALID) {
			if (status == VM_OK && vm_text_equals_nocase(line, word))
				break;
		}
		vm_line_reader_release(&reader);
	}
	vm_file_discard(&fd);
	return status;
}

/* VM_NOT_FOUND: the map has nothing to say. */
static enum vm_status from_ip_map(const struct vm_context *context, const char *local_ip, char *out,
				  struct vm_error *err)
{
	struct vm_ip_map map;
	char path[CONTROL_PATH_MAX];
	enum vm_status status;

	status = vm_store_ip_map_get(context->store, local_ip, &map, err);
	if (status == VM_UNSUPPORTED)
		return VM_NOT_FOUND;
	if (status != VM_OK)
		return status;
	if (!vm_text_format(path, sizeof(path), "%s/control/locals", context->config->qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "qmail_dir is too long");
	status = find_line(path, map.domain, err);
	if (status == VM_OK)
		return VM_NOT_FOUND;
	if (status == VM_NOT_FOUND)
		return vm_text_copy(out, VM_DOMAIN_MAX + 1, map.domain)
			       ? VM_OK
			       : vm_fail(err, VM_MISCONFIG,
					 "the ip map's domain for %s is too long", local_ip);
	return status;
}

/* VM_OK with "" when there is no such file. */
static enum vm_status from_file(const struct vm_config *config, char *out, struct vm_error *err)
{
	struct vm_line_reader reader;
	char path[CONTROL_PATH_MAX];
	enum vm_status status;
	char *line;
	size_t length;
	int fd = -1;

	if (!vm_text_format(path, sizeof(path), "%s/etc/defaultdomain", config->home))
		return vm_fail(err, VM_MISCONFIG, "the vpopmail home's path is too long");
	status = vm_file_open_read(AT_FDCWD, path, &fd, err);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status != VM_OK)
		return status;
	status = vm_line_reader_init(&reader, fd, path, VM_DOMAIN_MAX, err);
	if (status == VM_OK) {
		status = vm_line_reader_next(&reader, &line, &length, err);
		if (status == VM_OK) {
			line[strcspn(line, " \t\r")] = '\0';
			vm_text_lower(line);
			if (!vm_text_copy(out, VM_DOMAIN_MAX + 1, line))
				status = VM_INVALID;
		}
		vm_line_reader_release(&reader);
	}
	vm_file_discard(&fd);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_INVALID)
		return vm_fail(err, VM_MISCONFIG, "%s: the first line is too long", path);
	return status;
}

enum vm_status vm_default_domain(const struct vm_context *context, const char *wanted,
				 const char *local_ip, char *out, struct vm_error *err)
{
	const struct vm_config *config = context->config;
	enum vm_status status;

	out[0] = '\0';
	if (wanted != NULL && wanted[0] != '\0')
		return clean_wanted(wanted, out, err);
	if (config->ip_alias_domains && local_ip != NULL && local_ip[0] != '\0') {
		status = from_ip_map(context, local_ip, out, err);
		if (status != VM_NOT_FOUND)
			return status;
	}
	if (config->default_domain[0] != '\0')
		return vm_text_copy(out, VM_DOMAIN_MAX + 1, config->default_domain)
			       ? VM_OK
			       : vm_fail(err, VM_MISCONFIG, "default_domain is too long");
	return from_file(config, out, err);
}
