/* Reads constant databases through libcdb, which believes what it reads: the checks are here. */
#include <config.h>

#include "util/cdb_file.h"

#include <cdb.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/file.h"

enum { TABLES = 256, PAIR = 8, HEADER = TABLES * PAIR };

/*
 * libcdb maps the file. Every writer here and in qmail's family publishes a cdb by rename, so that a mapped one
 * is never cut.
 */
struct reader {
	struct cdb cdb;
	uint32_t records_end; /* where the records stop and the tables begin */
	char name[];
};

static struct reader *reader_of(const struct vm_cdb *cdb)
{
	return cdb->state;
}

static enum vm_status fail_insane(const struct vm_cdb *cdb, const char *what, struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "%s is not a sane cdb: %s", reader_of(cdb)->name, what);
}

/* The tables must lie behind the header, end at the end of the file and leave no gap. */
static enum vm_status check_tables(const struct vm_cdb *cdb, const unsigned char *header,
				   struct vm_error *err)
{
	const uint64_t size = (uint64_t)cdb->opened.st_size;
	uint64_t first = size, slots = 0;

	for (int i = 0; i < TABLES; i++) {
		const uint64_t position = cdb_unpack(header + i * PAIR);
		const uint64_t length = cdb_unpack(header + i * PAIR + 4);

		if (length == 0)
			continue;
		if (position < HEADER || position + length * PAIR > size)
			return fail_insane(cdb, "a table lies outside the file", err);
		if (position < first)
			first = position;
		slots += length;
	}
	/* Every writer gives empty tables a place too; zeros are what a crash leaves. */
	if (slots == 0 && cdb_unpack(header) != HEADER)
		return fail_insane(cdb, "its header is empty", err);
	if (first + slots * PAIR != size || (slots == 0 && size != HEADER))
		return fail_insane(cdb, "its tables do not fill the file", err);
	reader_of(cdb)->records_end = (uint32_t)first;
	return VM_OK;
}

static enum vm_status map(struct vm_cdb *cdb, struct vm_error *err)
{
	struct reader *const reader = cdb->state;

	if (fstat(cdb->fd, &cdb->opened) != 0)
		return vm_fail_errno(err, errno, "cannot stat %s", reader->name);
	if (cdb->opened.st_size < HEADER)
		return fail_insane(cdb, "it is shorter than its header", err);
	if ((uint64_t)cdb->opened.st_size > UINT32_MAX)
		return fail_insane(cdb, "it is longer than 4 GiB", err);
	if (cdb_init(&reader->cdb, cdb->fd) != 0)
		return vm_fail_errno(err, errno, "cannot map %s", reader->name);
	return check_tables(cdb, cdb_get(&reader->cdb, HEADER, 0), err);
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
		vm_cdb_close(cdb);
		return vm_fail_memory(err);
	}
	memcpy(reader->name, name, name_length);
	cdb->state = reader;
	status = map(cdb, err);
	if (status != VM_OK)
		vm_cdb_close(cdb);
	return status;
}

void vm_cdb_close(struct vm_cdb *cdb)
{
	struct reader *const reader = cdb->state;

	if (reader != NULL)
		cdb_free(&reader->cdb);
	free(reader);
	cdb->state = NULL;
	vm_file_discard(&cdb->fd);
}

/* Do key and data of the record that libcdb found lie among the records? */
static bool is_inside(const struct reader *reader)
{
	const struct cdb *const cdb = &reader->cdb;

	return cdb_keypos(cdb) >= HEADER + PAIR &&
	       (uint64_t)cdb_keypos(cdb) + cdb_keylen(cdb) <= cdb_datapos(cdb) &&
	       (uint64_t)cdb_datapos(cdb) + cdb_datalen(cdb) <= reader->records_end;
}

enum vm_status vm_cdb_get(struct vm_cdb *cdb, const void *key, size_t key_length,
			  struct vm_arena *arena, char **data, size_t *data_length,
			  struct vm_error *err)
{
	struct reader *const reader = cdb->state;
	const int found = cdb_find(&reader->cdb, key, (unsigned)key_length);

	if (found == 0)
		return vm_fail(err, VM_NOT_FOUND, "no such key in %s", reader->name);
	if (found < 0 || !is_inside(reader))
		return fail_insane(cdb, "a record runs past its end", err);
	*data_length = cdb_datalen(&reader->cdb);
	*data = vm_arena_alloc(arena, *data_length + 1);
	if (*data == NULL)
		return vm_fail(err, VM_TEMPFAIL, "no memory for a record of %zu bytes of %s",
			       *data_length, reader->name);
	if (*data_length > 0)
		memcpy(*data, cdb_getdata(&reader->cdb), *data_length);
	return VM_OK;
}

void vm_cdb_relax(struct vm_cdb *cdb)
{
	struct reader *const reader = cdb->state;
	void *const map = (void *)(uintptr_t)reader->cdb.cdb_mem; /* libcdb says const of its map */

	/* Without it the pages only stay: an advice. */
	(void)!madvise(map, reader->cdb.cdb_fsize, MADV_DONTNEED);
}

enum vm_status vm_cdb_next(struct vm_cdb *cdb, uint32_t *position, struct vm_cdb_record *record,
			   struct vm_error *err)
{
	struct reader *const reader = cdb->state;
	unsigned at = *position == 0 ? HEADER : *position;

	if (at == reader->records_end)
		return vm_fail(err, VM_NOT_FOUND, "%s ends here", reader->name);
	if (at < HEADER || at > reader->records_end || cdb_seqnext(&at, &reader->cdb) <= 0 ||
	    !is_inside(reader))
		return fail_insane(cdb, "a record runs past its end", err);
	record->key = cdb_getkey(&reader->cdb);
	record->key_length = cdb_keylen(&reader->cdb);
	record->data = cdb_getdata(&reader->cdb);
	record->data_length = cdb_datalen(&reader->cdb);
	*position = at;
	return VM_OK;
}
