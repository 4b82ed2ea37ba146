/* Writes constant databases, byte for byte as cdbmake and qmail-newu would. */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cdb_file.h"
#include "util/cdb_format.h"
#include "util/file.h"
#include "util/secret.h"

enum { BLOCK = 65536, FIRST_ENTRIES = 1024 };

struct entry {
	uint32_t hash;
	uint32_t position;
};

struct state {
	int fd;
	uint32_t position; /* of the next byte, those in the block included */
	size_t filled;
	struct entry *entries;
	size_t count, capacity;
	unsigned char block[BLOCK];
};

static enum vm_status flush(struct vm_cdb_writer *writer, struct vm_error *err)
{
	struct state *const state = writer->state;
	const size_t length = state->filled;

	state->filled = 0;
	return vm_file_write(state->fd, writer->name, state->block, length, err);
}

static enum vm_status put(struct vm_cdb_writer *writer, const void *bytes, size_t length,
			  struct vm_error *err)
{
	struct state *const state = writer->state;
	const unsigned char *from = bytes;

	if (length > UINT32_MAX - state->position)
		return vm_fail(err, VM_LIMIT, "%s would be longer than 4 GiB", writer->name);
	state->position += (uint32_t)length;
	while (length > 0) {
		const size_t room = sizeof state->block - state->filled;
		const size_t step = length < room ? length : room;
		enum vm_status status = VM_OK;

		memcpy(state->block + state->filled, from, step);
		state->filled += step;
		from += step;
		length -= step;
		if (state->filled == sizeof state->block)
			status = flush(writer, err);
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

static enum vm_status put_pair(struct vm_cdb_writer *writer, uint32_t first, uint32_t second,
			       struct vm_error *err)
{
	unsigned char pair[VM_CDB_PAIR];

	vm_cdb_pack(pair, first);
	vm_cdb_pack(pair + 4, second);
	return put(writer, pair, sizeof pair, err);
}

enum vm_status vm_cdb_writer_init(struct vm_cdb_writer *writer, int fd, const char *name,
				  struct vm_error *err)
{
	static const unsigned char no_header[VM_CDB_HEADER];
	struct state *const state = malloc(sizeof *state);

	*writer = (struct vm_cdb_writer){ .state = state, .name = name };
	if (state == NULL)
		return vm_fail_memory(err);
	state->fd = fd;
	state->position = 0;
	state->filled = 0;
	state->entries = NULL;
	state->count = 0;
	state->capacity = 0;
	return put(writer, no_header, sizeof no_header, err); /* finish writes the true one */
}

static enum vm_status remember(struct state *state, uint32_t hash, struct vm_error *err)
{
	if (state->count == state->capacity) {
		const size_t capacity = state->capacity == 0 ? FIRST_ENTRIES : state->capacity * 2;
		struct entry *const entries =
			reallocarray(state->entries, capacity, sizeof *entries);

		if (entries == NULL)
			return vm_fail_memory(err);
		state->entries = entries;
		state->capacity = capacity;
	}
	state->entries[state->count++] = (struct entry){ hash, state->position };
	return VM_OK;
}

enum vm_status vm_cdb_writer_add(struct vm_cdb_writer *writer, const void *key, size_t key_length,
				 const void *data, size_t data_length, struct vm_error *err)
{
	struct state *const state = writer->state;
	enum vm_status status = VM_INTERNAL;
	uint64_t after = (uint64_t)state->position + VM_CDB_PAIR;

	if (key_length > UINT32_MAX || data_length > UINT32_MAX)
		return vm_fail(err, VM_LIMIT, "a record of %s would be too long", writer->name);
	/* With its tables the file must fit: two slots a record. */
	after += (uint64_t)key_length + data_length +
		 2 * VM_CDB_PAIR * ((uint64_t)state->count + 1);
	if (after > UINT32_MAX)
		return vm_fail(err, VM_LIMIT, "%s would be longer than 4 GiB", writer->name);
	status = remember(state, vm_cdb_hash(key, key_length), err);
	if (status == VM_OK)
		status = put_pair(writer, (uint32_t)key_length, (uint32_t)data_length, err);
	if (status == VM_OK)
		status = put(writer, key, key_length, err);
	if (status == VM_OK)
		status = put(writer, data, data_length, err);
	return status;
}

/* Sorts the entries by table, keeping the order in which they came; starts[] has one more row than tables. */
static struct entry *sort_by_table(const struct state *state, size_t *starts)
{
	struct entry *const sorted = calloc(state->count + 1, sizeof *sorted);
	size_t next[VM_CDB_TABLES];

	if (sorted == NULL)
		return NULL;
	memset(starts, 0, (VM_CDB_TABLES + 1) * sizeof *starts);
	for (size_t i = 0; i < state->count; i++)
		starts[state->entries[i].hash % VM_CDB_TABLES + 1]++;
	for (size_t i = 0; i < VM_CDB_TABLES; i++) {
		starts[i + 1] += starts[i];
		next[i] = starts[i];
	}
	for (size_t i = 0; i < state->count; i++)
		sorted[next[state->entries[i].hash % VM_CDB_TABLES]++] = state->entries[i];
	return sorted;
}

/* One hash table: twice as many slots as entries, linear probing. */
static enum vm_status put_table(struct vm_cdb_writer *writer, const struct entry *entries,
				size_t count, struct entry *slots, struct vm_error *err)
{
	const size_t slot_count = count * 2;

	memset(slots, 0, slot_count * sizeof *slots);
	for (size_t i = 0; i < count; i++) {
		size_t slot = (entries[i].hash >> 8) % slot_count;

		while (slots[slot].position != 0)
			slot = slot + 1 == slot_count ? 0 : slot + 1;
		slots[slot] = entries[i];
	}
	for (size_t i = 0; i < slot_count; i++) {
		const enum vm_status status =
			put_pair(writer, slots[i].hash, slots[i].position, err);

		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

static enum vm_status put_tables(struct vm_cdb_writer *writer, const struct entry *sorted,
				 const size_t *starts, unsigned char *header, struct vm_error *err)
{
	const struct state *const state = writer->state;
	size_t largest = 1;
	struct entry *slots = NULL;
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < VM_CDB_TABLES; i++)
		if (starts[i + 1] - starts[i] > largest)
			largest = starts[i + 1] - starts[i];
	slots = calloc(largest * 2, sizeof *slots);
	if (slots == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < VM_CDB_TABLES && status == VM_OK; i++) {
		const size_t count = starts[i + 1] - starts[i];

		vm_cdb_pack(header + i * VM_CDB_PAIR, state->position);
		vm_cdb_pack(header + i * VM_CDB_PAIR + 4, (uint32_t)(count * 2));
		if (count > 0)
			status = put_table(writer, sorted + starts[i], count, slots, err);
	}
	free(slots);
	return status;
}

static enum vm_status write_header(const struct vm_cdb_writer *writer, const unsigned char *header,
				   struct vm_error *err)
{
	const struct state *const state = writer->state;
	size_t done = 0;

	while (done < VM_CDB_HEADER) {
		const ssize_t written =
			pwrite(state->fd, header + done, VM_CDB_HEADER - done, (off_t)done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return vm_fail_errno(err, written < 0 ? errno : ENOSPC, "cannot write %s",
					     writer->name);
		done += (size_t)written;
	}
	return VM_OK;
}

enum vm_status vm_cdb_writer_finish(struct vm_cdb_writer *writer, struct vm_error *err)
{
	unsigned char header[VM_CDB_HEADER];
	size_t starts[VM_CDB_TABLES + 1];
	struct entry *const sorted = sort_by_table(writer->state, starts);
	enum vm_status status = VM_INTERNAL;

	if (sorted == NULL)
		return vm_fail_memory(err);
	status = put_tables(writer, sorted, starts, header, err);
	if (status == VM_OK)
		status = flush(writer, err);
	if (status == VM_OK)
		status = write_header(writer, header, err);
	free(sorted);
	vm_cdb_writer_abort(writer);
	return status;
}

void vm_cdb_writer_abort(struct vm_cdb_writer *writer)
{
	struct state *const state = writer->state;

	if (state == NULL)
		return;
	vm_wipe(state->block, sizeof state->block); /* password hashes */
	free(state->entries);
	free(state);
	writer->state = NULL;
}
