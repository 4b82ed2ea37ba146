/* Writes constant databases through libcdb. */
#include <config.h>

#include <cdb.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "util/cdb_file.h"
#include "util/secret.h"

enum { HEADER = 2048, PAIR = 8, SLOTS_PER_RECORD = 2 };

struct state {
	struct cdb_make make;
	uint64_t size; /* of the finished file */
};

enum vm_status vm_cdb_writer_init(struct vm_cdb_writer *writer, int fd, const char *name,
				  struct vm_error *err)
{
	struct state *const state = calloc(1, sizeof *state);

	*writer = (struct vm_cdb_writer){ .name = name };
	if (state == NULL)
		return vm_fail_memory(err);
	if (cdb_make_start(&state->make, fd) != 0) {
		free(state);
		return vm_fail_errno(err, errno, "cannot write %s", name);
	}
	state->size = HEADER;
	writer->state = state;
	return VM_OK;
}

enum vm_status vm_cdb_writer_add(struct vm_cdb_writer *writer, const void *key, size_t key_length,
				 const void *data, size_t data_length, struct vm_error *err)
{
	struct state *const state = writer->state;
	const uint64_t record = (SLOTS_PER_RECORD + 1) * PAIR;

	if (key_length > UINT32_MAX || data_length > UINT32_MAX ||
	    state->size + record + key_length + data_length > UINT32_MAX)
		return vm_fail(err, VM_LIMIT, "%s would be longer than 4 GiB", writer->name);
	state->size += record + key_length + data_length;
	if (cdb_make_add(&state->make, key, (unsigned)key_length, data, (unsigned)data_length) != 0)
		return vm_fail_errno(err, errno, "cannot write %s", writer->name);
	return VM_OK;
}

/* libcdb frees its lists in finish and has no other way to: a writer that is dropped finishes too. */
static int release(struct vm_cdb_writer *writer)
{
	struct state *const state = writer->state;
	const int result = cdb_make_finish(&state->make);

	vm_wipe(&state->make, sizeof state->make); /* password hashes */
	free(state);
	writer->state = NULL;
	return result;
}

enum vm_status vm_cdb_writer_finish(struct vm_cdb_writer *writer, struct vm_error *err)
{
	if (release(writer) != 0)
		return vm_fail_errno(err, errno, "cannot write %s", writer->name);
	return VM_OK;
}

void vm_cdb_writer_abort(struct vm_cdb_writer *writer)
{
	if (writer->state != NULL)
		(void)release(writer); /* the file is dropped, whatever was written */
}
