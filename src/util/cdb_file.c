/* Reads constant databases without believing them. */
#include "config.h"

#include "util/cdb_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cdb_format.h"
#include "util/file.h"
#include "util/secret.h"

/*
 * pread() and not mmap(): a file that is cut while it is mapped kills the reader with SIGBUS, and a lookup needs
 * but three reads.
 */
enum { WINDOW = 65536, SLOTS_AT_ONCE = 32, RECORD_MAX = 16 * 1024 * 1024 };

struct table {
	uint32_t position;
	uint32_t slots;
};

struct reader {
	struct table tables[VM_CDB_TABLES];
	uint32_t records_end; /* where the records stop and the tables begin */
	size_t name_length;
	unsigned char *window; /* of vm_cdb_next; NULL until first used */
	size_t window_size;
	uint32_t window_position;
	size_t window_length;
	char name[];
};

static const char *name_of(const struct vm_cdb *cdb)
{
	return ((const struct reader *)cdb->state)->name;
}

static enum vm_status fail_insane(const struct vm_cdb *cdb, const char *what, struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "%s is not a sane cdb: %s", name_of(cdb), what);
}

/* All of `length` bytes at `position`, which the caller has checked against the size. */
static enum vm_status read_at(const struct vm_cdb *cdb, void *bytes, size_t length,
			      uint32_t position, struct vm_error *err)
{
	unsigned char *out = bytes;
	off_t offset = position;

	while (length > 0) {
		const ssize_t got = pread(cdb->fd, out, length, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return vm_fail_errno(err, errno, "cannot read %s", name_of(cdb));
		if (got == 0)
			return fail_insane(cdb, "it was cut while open", err);
		out += got;
		offset += got;
		length -= (size_t)got;
	}
	return VM_OK;
}

/* The tables must lie behind the header, end at the end of the file and leave no gap. */
static enum vm_status check_tables(const struct vm_cdb *cdb, struct reader *reader,
				   struct vm_error *err)
{
	const uint64_t size = (uint64_t)cdb->opened.st_size;
	uint64_t first = size, slots = 0;

	for (int i = 0; i < VM_CDB_TABLES; i++) {
		const struct table *const table = &reader->tables[i];
		const uint64_t end = (uint64_t)table->position +
				     (uint64_t)table->slots * VM_CDB_PAIR;

		if (table->slots == 0)
			continue;
		if (table->position < VM_CDB_HEADER || end > size)
			return fail_insane(cdb, "a table lies outside the file", err);
		if (table->position < first)
			first = table->position;
		slots += table->slots;
	}
	/* Every writer gives empty tables a place too; zeros are what a crash leaves. */
	if (slots == 0 && reader->tables[0].position != VM_CDB_HEADER)
		return fail_insane(cdb, "its header is empty", err);
	if (first + slots * VM_CDB_PAIR != size || (slots == 0 && size != VM_CDB_HEADER))
		return fail_insane(cdb, "its tables do not fill the file", err);
	reader->records_end = (uint32_t)first;
	return VM_OK;
}

static enum vm_status read_header(const struct vm_cdb *cdb, struct vm_error *err)
{
	struct reader *const reader = cdb->state;
	unsigned char header[VM_CDB_HEADER];
	enum vm_status status = VM_INTERNAL;

	if (cdb->opened.st_size < VM_CDB_HEADER)
		return fail_insane(cdb, "it is shorter than its header", err);
	if ((uint64_t)cdb->opened.st_size > UINT32_MAX)
		return fail_insane(cdb, "it is longer than 4 GiB", err);
	status = read_at(cdb, header, sizeof header, 0, err);
	if (status != VM_OK)
		return status;
	for (int i = 0; i < VM_CDB_TABLES; i++) {
		reader->tables[i].position = vm_cdb_unpack(header + i * VM_CDB_PAIR);
		reader->tables[i].slots = vm_cdb_unpack(header + i * VM_CDB_PAIR + 4);
	}
	return check_tables(cdb, reader, err);
}

enum vm_status vm_cdb_open(struct vm_cdb *cdb, int at, const char *name, struct vm_error *err)
{
	const size_t name_length = strlen(name);
	struct reader *reader = NULL;
	enum vm_status status = VM_INTERNAL;

	*cdb = (struct vm_cdb){ .fd = -1 };
	status = vm_file_open_read(at, name, &cdb->fd, err);
	if (status != VM_OK)
		return status;
	reader = calloc(1, sizeof *reader + name_length + 1);
	if (reader == NULL) {
		status = vm_fail_memory(err);
		goto out;
	}
	memcpy(reader->name, name, name_length);
	cdb->state = reader;
	if (fstat(cdb->fd, &cdb->opened) != 0)
		status = vm_fail_errno(err, errno, "cannot stat %s", name);
	else
		status = read_header(cdb, err);
out:
	if (status != VM_OK)
		vm_cdb_close(cdb);
	return status;
}

void vm_cdb_close(struct vm_cdb *cdb)
{
	struct reader *const reader = cdb->state;

	if (reader != NULL && reader->window != NULL) {
		vm_wipe(reader->window, reader->window_size); /* password hashes */
		free(reader->window);
	}
	free(reader);
	cdb->state = NULL;
	vm_file_discard(&cdb->fd);
}

/* Reads the two lengths of the record at `position` and checks them. */
static enum vm_status read_lengths(const struct vm_cdb *cdb, uint32_t position,
				   uint32_t *key_length, uint32_t *data_length,
				   struct vm_error *err)
{
	const struct reader *const reader = cdb->state;
	unsigned char lengths[VM_CDB_PAIR];
	enum vm_status status = VM_INTERNAL;

	if (position < VM_CDB_HEADER || (uint64_t)position + VM_CDB_PAIR > reader->records_end)
		return fail_insane(cdb, "a record lies outside the file", err);
	status = read_at(cdb, lengths, sizeof lengths, position, err);
	if (status != VM_OK)
		return status;
	*key_length = vm_cdb_unpack(lengths);
	*data_length = vm_cdb_unpack(lengths + 4);
	if ((uint64_t)position + VM_CDB_PAIR + *key_length + *data_length > reader->records_end)
		return fail_insane(cdb, "a record runs past its end", err);
	return VM_OK;
}

/* Is `key` the key of the record? VM_NOT_FOUND when it is another one of the same hash. */
static enum vm_status compare_key(const struct vm_cdb *cdb, uint32_t position, const void *key,
				  size_t key_length, struct vm_error *err)
{
	const unsigned char *wanted = key;
	unsigned char block[256];

	while (key_length > 0) {
		const size_t step = key_length < sizeof block ? key_length : sizeof block;
		const enum vm_status status = read_at(cdb, block, step, position, err);

		if (status != VM_OK)
			return status;
		if (memcmp(block, wanted, step) != 0)
			return VM_NOT_FOUND;
		wanted += step;
		position += (uint32_t)step;
		key_length -= step;
	}
	return VM_OK;
}

static enum vm_status copy_data(const struct vm_cdb *cdb, uint32_t position, uint32_t length,
				struct vm_arena *arena, char **data, size_t *data_length,
				struct vm_error *err)
{
	*data = vm_arena_alloc(arena, (size_t)length + 1);
	if (*data == NULL)
		return vm_fail(err, VM_TEMPFAIL, "no memory for a record of %lu bytes of %s",
			       (unsigned long)length, name_of(cdb));
	*data_length = length;
	return read_at(cdb, *data, length, position, err);
}

struct search {
	const void *key;
	size_t key_length;
	uint32_t hash;
	uint32_t found; /* position of the data */
	uint32_t data_length;
};

/* One slot of the table. VM_NOT_FOUND: go on with the next; VM_OK: this is it. */
static enum vm_status try_slot(const struct vm_cdb *cdb, struct search *search,
			       const unsigned char *slot, struct vm_error *err)
{
	const uint32_t position = vm_cdb_unpack(slot + 4);
	uint32_t key_length = 0;
	enum vm_status status = VM_INTERNAL;

	if (vm_cdb_unpack(slot) != search->hash)
		return VM_NOT_FOUND;
	status = read_lengths(cdb, position, &key_length, &search->data_length, err);
	if (status != VM_OK)
		return status;
	if (key_length != search->key_length)
		return VM_NOT_FOUND;
	search->found = position + VM_CDB_PAIR + key_length;
	return compare_key(cdb, position + VM_CDB_PAIR, search->key, search->key_length, err);
}

static enum vm_status find(const struct vm_cdb *cdb, struct search *search, struct vm_error *err)
{
	const struct reader *const reader = cdb->state;
	const struct table table = reader->tables[search->hash % VM_CDB_TABLES];
	uint32_t slot = table.slots == 0 ? 0 : (search->hash >> 8) % table.slots;
	uint32_t tried = 0;

	while (tried < table.slots) {
		unsigned char block[SLOTS_AT_ONCE * VM_CDB_PAIR];
		uint32_t step = table.slots - slot; /* up to the end, there the search wraps */
		enum vm_status status = VM_INTERNAL;

		if (step > table.slots - tried)
			step = table.slots - tried;
		if (step > SLOTS_AT_ONCE)
			step = SLOTS_AT_ONCE;
		status = read_at(cdb, block, step * VM_CDB_PAIR,
				 table.position + slot * VM_CDB_PAIR, err);
		if (status != VM_OK)
			return status;
		for (uint32_t i = 0; i < step; i++) {
			if (vm_cdb_unpack(block + i * VM_CDB_PAIR + 4) == 0)
				return VM_NOT_FOUND;
			status = try_slot(cdb, search, block + i * VM_CDB_PAIR, err);
			if (status != VM_NOT_FOUND)
				return status;
		}
		tried += step;
		slot = slot + step == table.slots ? 0 : slot + step;
	}
	return VM_NOT_FOUND;
}

enum vm_status vm_cdb_get(struct vm_cdb *cdb, const void *key, size_t key_length,
			  struct vm_arena *arena, char **data, size_t *data_length,
			  struct vm_error *err)
{
	struct search search = {
		.key = key,
		.key_length = key_length,
		.hash = vm_cdb_hash(key, key_length),
	};
	const enum vm_status status = find(cdb, &search, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_NOT_FOUND, "no such key in %s", name_of(cdb));
	if (status != VM_OK)
		return status;
	return copy_data(cdb, search.found, search.data_length, arena, data, data_length, err);
}

/* Makes `length` bytes at `position` (checked by the caller) readable in the window. */
static enum vm_status slide_window(struct vm_cdb *cdb, uint32_t position, size_t length,
				   const unsigned char **out, struct vm_error *err)
{
	struct reader *const reader = cdb->state;
	size_t wanted = length > WINDOW ? length : WINDOW;
	enum vm_status status = VM_INTERNAL;

	if (reader->window_length > 0 && position >= reader->window_position &&
	    position - reader->window_position + length <= reader->window_length) {
		*out = reader->window + (position - reader->window_position);
		return VM_OK;
	}
	reader->window_length = 0;
	if (wanted > reader->window_size) {
		if (reader->window != NULL)
			vm_wipe(reader->window, reader->window_size);
		free(reader->window);
		reader->window_size = 0;
		reader->window = malloc(wanted);
		if (reader->window == NULL)
			return vm_fail_memory(err);
		reader->window_size = wanted;
	}
	if (wanted > reader->records_end - position)
		wanted = reader->records_end - position;
	status = read_at(cdb, reader->window, wanted, position, err);
	if (status != VM_OK)
		return status;
	reader->window_position = position;
	reader->window_length = wanted;
	*out = reader->window;
	return VM_OK;
}

enum vm_status vm_cdb_next(struct vm_cdb *cdb, uint32_t *position, struct vm_cdb_record *record,
			   struct vm_error *err)
{
	const struct reader *const reader = cdb->state;
	const uint32_t at = *position == 0 ? VM_CDB_HEADER : *position;
	const unsigned char *bytes = NULL;
	uint64_t length = VM_CDB_PAIR;
	enum vm_status status = VM_INTERNAL;

	if (at == reader->records_end)
		return vm_fail(err, VM_NOT_FOUND, "%s ends here", name_of(cdb));
	if (at < VM_CDB_HEADER || (uint64_t)at + VM_CDB_PAIR > reader->records_end)
		return fail_insane(cdb, "a record lies outside the file", err);
	status = slide_window(cdb, at, VM_CDB_PAIR, &bytes, err);
	if (status != VM_OK)
		return status;
	record->key_length = vm_cdb_unpack(bytes);
	record->data_length = vm_cdb_unpack(bytes + 4);
	length += (uint64_t)record->key_length + record->data_length;
	if (at + length > reader->records_end)
		return fail_insane(cdb, "a record runs past its end", err);
	if (length > RECORD_MAX)
		return fail_insane(cdb, "a record is longer than 16 MiB", err);
	status = slide_window(cdb, at, (size_t)length, &bytes, err);
	if (status != VM_OK)
		return status;
	record->key = (const char *)bytes + VM_CDB_PAIR;
	record->data = record->key + record->key_length;
	*position = at + (uint32_t)length;
	return VM_OK;
}
