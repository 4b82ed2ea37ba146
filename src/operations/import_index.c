/* Finds out where what is in a file of the neutral format. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operations/import_internal.h"
#include "util/text.h"

enum { NAMES_MAX = 256 * 1024 * 1024, GROW = 64 };

/* The file while it is looked through. */
struct scan {
	struct vm_import_index *index;
	struct vm_address_policy policy;
	struct vm_line_reader lines;
	struct vm_arena line;
	void (*bad)(void *context, size_t line, const char *text);
	void *context;
	bool has_header, is_ended;
};

static void complain(struct scan *scan, size_t line, const char *text)
{
	scan->index->bad_lines++;
	scan->bad(scan->context, line, text);
}

static enum vm_status grow(void **items, size_t count, size_t *capacity, size_t size,
			   struct vm_error *err)
{
	void *more = NULL;

	if (count < *capacity)
		return VM_OK;
	more = reallocarray(*items, *capacity * 2 + GROW, size);
	if (more == NULL)
		return vm_fail_memory(err);
	*items = more;
	*capacity = *capacity * 2 + GROW;
	return VM_OK;
}

static struct vm_import_section *open_section(const struct scan *scan)
{
	struct vm_import_index *const index = scan->index;

	return index->section_count == 0 ? NULL : &index->sections[index->section_count - 1];
}

static enum vm_status add_section(struct scan *scan, const struct vm_transfer *transfer,
				  off_t start, struct vm_error *err)
{
	struct vm_import_index *const index = scan->index;
	void *items = index->sections;
	const enum vm_status status = grow(&items, index->section_count, &index->section_capacity,
					   sizeof *index->sections, err);
	struct vm_import_section section = { .start = start, .line = scan->lines.number };

	index->sections = items;
	section.domain = vm_arena_strdup(&index->arena, transfer->domain);
	if (status != VM_OK)
		return status;
	if (section.domain == NULL)
		return vm_fail_memory(err);
	index->sections[index->section_count++] = section;
	return VM_OK;
}

static enum vm_status add_loose(struct scan *scan, off_t start, size_t length, struct vm_error *err)
{
	struct vm_import_index *const index = scan->index;
	void *items = index->loose;
	const enum vm_status status =
		grow(&items, index->loose_count, &index->loose_capacity, sizeof *index->loose, err);

	index->loose = items;
	if (status == VM_OK)
		index->loose[index->loose_count++] =
			(struct vm_import_loose){ start, scan->lines.number, length };
	return status;
}

/* A line that was understood: does it stand where it may? */
static enum vm_status take_line(struct scan *scan, const struct vm_transfer *transfer, off_t start,
				size_t length, struct vm_error *err)
{
	const struct vm_import_section *const section = open_section(scan);

	if (scan->is_ended)
		return vm_fail(err, VM_INVALID, "it stands after the end");
	switch (transfer->type) {
	case VM_TRANSFER_EXPORT:
		return vm_fail(err, VM_INVALID, "a second header");
	case VM_TRANSFER_END:
		scan->is_ended = true;
		return VM_OK;
	case VM_TRANSFER_DOMAIN:
		return add_section(scan, transfer, start, err);
	case VM_TRANSFER_ALIAS_DOMAIN:
	case VM_TRANSFER_IP_MAP:
		return add_loose(scan, start, length, err);
	case VM_TRANSFER_DOMAIN_ADMIN:
	case VM_TRANSFER_LIMITS:
	case VM_TRANSFER_ACCOUNT:
	case VM_TRANSFER_ALIAS:
	case VM_TRANSFER_VACATION:
		if (section == NULL)
			return vm_fail(err, VM_INVALID, "no domain line is before it");
		if (strcmp(section->domain, transfer->domain) != 0)
			return vm_fail(err, VM_INVALID, "it is about %s in the section of %s",
				       transfer->domain, section->domain);
		return VM_OK;
	case VM_TRANSFER_TYPES:
		break;
	}
	return vm_fail(err, VM_INTERNAL, "a type that nobody reads");
}

static void extend_section(const struct scan *scan, off_t end, size_t length)
{
	struct vm_import_section *const section = open_section(scan);

	if (section == NULL)
		return;
	section->end = end;
	if (length > section->longest)
		section->longest = length;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r")] == '\0';
}

/* Other than VM_OK: nothing more can be read. */
static enum vm_status scan_line(struct scan *scan, const char *line, size_t length, off_t start,
				struct vm_error *err)
{
	struct vm_transfer transfer;
	enum vm_status status = VM_INTERNAL;

	if (strlen(line) == length && is_blank(line))
		return VM_OK;
	vm_arena_clear(&scan->line);
	status = vm_transfer_parse(line, length, &scan->policy, &scan->line, &transfer, err);
	if (!scan->has_header) {
		if (status == VM_OK && transfer.type != VM_TRANSFER_EXPORT)
			status = vm_fail(err, VM_INVALID, "it is not the header of an export");
		if (status == VM_OK)
			scan->has_header = true;
		return status;
	}
	if (status == VM_OK)
		status = take_line(scan, &transfer, start, length, err);
	extend_section(scan, scan->lines.offset, length);
	if (status == VM_OK || !vm_status_is_definite(status))
		return status;
	complain(scan, scan->lines.number, err->text);
	return VM_OK;
}

static enum vm_status scan_lines(struct scan *scan, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	while (status == VM_OK) {
		const off_t start = scan->lines.offset;
		char *line = NULL;
		size_t length = 0;

		status = vm_line_reader_next(&scan->lines, &line, &length, err);
		if (status == VM_OK) {
			status = scan_line(scan, line, length, start, err);
		} else if (status == VM_INVALID && scan->has_header) {
			complain(scan, scan->lines.number, err->text);
			extend_section(scan, scan->lines.offset, VM_TRANSFER_LINE_MAX);
			status = VM_OK;
		}
	}
	if (status == VM_NOT_FOUND && !scan->has_header)
		return vm_fail(err, VM_INVALID, "%s is empty", scan->lines.name);
	if (status == VM_NOT_FOUND && !scan->is_ended)
		complain(scan, scan->lines.number,
			 "it is not followed by {\"type\":\"end\"}: the file was cut off");
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static int by_name(const void *one, const void *other)
{
	const struct vm_import_section *const a = *(struct vm_import_section *const *)one;
	const struct vm_import_section *const b = *(struct vm_import_section *const *)other;
	const int order = strcmp(a->domain, b->domain);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* Two sections of one domain would be compared with each other. */
static enum vm_status find_twice(struct scan *scan, struct vm_error *err)
{
	struct vm_import_index *const index = scan->index;
	struct vm_import_section **const sorted =
		calloc(index->section_count + 1, sizeof(struct vm_import_section *));
	char text[VM_ERROR_TEXT_MAX];

	if (sorted == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < index->section_count; i++)
		sorted[i] = &index->sections[i];
	qsort(sorted, index->section_count, sizeof(struct vm_import_section *), by_name);
	for (size_t i = 1; i < index->section_count; i++) {
		if (strcmp(sorted[i]->domain, sorted[i - 1]->domain) != 0)
			continue;
		(void)vm_text_format(text, sizeof text, "%s has a section already",
				     sorted[i]->domain);
		complain(scan, sorted[i]->line, text);
		sorted[i]->end = sorted[i]->start; /* nothing of it is read */
	}
	free(sorted);
	return VM_OK;
}

enum vm_status vm_import_index_read(const struct vm_config *config, int fd, const char *name,
				    void (*bad)(void *context, size_t line, const char *text),
				    void *context, struct vm_import_index *out,
				    struct vm_error *err)
{
	struct scan scan = { .index = out,
			     .policy = vm_config_address_policy(config, ""),
			     .bad = bad,
			     .context = context };
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_import_index){ .bad_lines = 0 };
	vm_arena_init(&out->arena, NAMES_MAX);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return vm_fail_errno(err, errno, "%s cannot be read twice", name);
	vm_arena_init(&scan.line, VM_IMPORT_LINE_ARENA_MAX);
	status = vm_line_reader_init(&scan.lines, fd, name, VM_TRANSFER_LINE_MAX, err);
	if (status == VM_OK)
		status = scan_lines(&scan, err);
	if (status == VM_OK)
		status = find_twice(&scan, err);
	vm_line_reader_release(&scan.lines);
	vm_arena_release(&scan.line);
	return status;
}

void vm_import_index_release(struct vm_import_index *index)
{
	free(index->sections);
	free(index->loose);
	vm_arena_release(&index->arena);
	*index = (struct vm_import_index){ .bad_lines = 0 };
}

enum vm_status vm_import_reader_init(struct vm_import_reader *reader,
				     const struct vm_import *import,
				     const struct vm_import_section *section, struct vm_error *err)
{
	*reader = (struct vm_import_reader){ .section = section };
	reader->policy = vm_config_address_policy(import->context->config, "");
	if (lseek(import->fd, section->start, SEEK_SET) != section->start)
		return vm_fail_errno(err, errno, "%s", import->name);
	return vm_line_reader_init(&reader->lines, import->fd, import->name, section->longest, err);
}

void vm_import_reader_release(struct vm_import_reader *reader)
{
	vm_line_reader_release(&reader->lines);
}

/* What the index was told of is passed over here. */
static bool belongs(const struct vm_import_section *section, const struct vm_transfer *transfer)
{
	return transfer->type != VM_TRANSFER_ALIAS_DOMAIN && transfer->type != VM_TRANSFER_IP_MAP &&
	       transfer->type != VM_TRANSFER_EXPORT && transfer->type != VM_TRANSFER_END &&
	       strcmp(transfer->domain, section->domain) == 0;
}

enum vm_status vm_import_reader_next(struct vm_import_reader *reader, struct vm_arena *arena,
				     struct vm_transfer *out, struct vm_error *err)
{
	const struct vm_import_section *const section = reader->section;
	enum vm_status status = VM_OK;

	while (reader->lines.offset < section->end - section->start) {
		char *line = NULL;
		size_t length = 0;

		status = vm_line_reader_next(&reader->lines, &line, &length, err);
		if (status == VM_OK)
			status = vm_transfer_parse(line, length, &reader->policy, arena, out, err);
		if (status == VM_OK && belongs(section, out))
			return VM_OK;
		if (status != VM_OK && !vm_status_is_definite(status))
			return status;
	}
	return vm_fail(err, VM_NOT_FOUND, "the section ends");
}

enum vm_status vm_import_read_at(const struct vm_import *import,
				 const struct vm_import_loose *where, struct vm_arena *arena,
				 struct vm_transfer *out, struct vm_error *err)
{
	const struct vm_address_policy policy =
		vm_config_address_policy(import->context->config, "");
	char *const text = vm_arena_alloc(arena, where->length + 1);
	const ssize_t got = text == NULL ? -1
					 : pread(import->fd, text, where->length, where->start);

	if (text == NULL)
		return vm_fail_memory(err);
	if (got < 0)
		return vm_fail_errno(err, errno, "%s", import->name);
	if ((size_t)got != where->length)
		return vm_fail(err, VM_TEMPFAIL, "%s was changed while it was read", import->name);
	return vm_transfer_parse(text, where->length, &policy, arena, out, err);
}
