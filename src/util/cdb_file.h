/* Constant databases: lookups that distrust the file, and a writer for file_replace. */
#ifndef VM_UTIL_CDB_FILE_H
#define VM_UTIL_CDB_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/arena.h"
#include "util/status.h"

/* An open cdb (D. J. Bernstein's format; libcdb reads it). */
struct vm_cdb {
	int fd;             /* -1 when closed */
	struct stat opened; /* of the file as opened */
	void *state;
};

/*
 * Opens and checks that header and table bounds fit the file's size. VM_NOT_FOUND when absent; VM_TEMPFAIL when
 * unreadable, cut, zeroed or foreign (err says which): such a file is never an answer.
 */
enum vm_status vm_cdb_open(struct vm_cdb *cdb, int at, const char *name, struct vm_error *err);
void vm_cdb_close(struct vm_cdb *cdb);

/*
 * The first record with this key, copied to the arena (NUL added, not counted). VM_OK, VM_NOT_FOUND, or
 * VM_TEMPFAIL when a record runs past the file or memory ends.
 */
enum vm_status vm_cdb_get(struct vm_cdb *cdb, const void *key, size_t key_length,
			  struct vm_arena *arena, char **data, size_t *data_length,
			  struct vm_error *err);

/* One record of a walk; the pointers are valid until the next call. */
struct vm_cdb_record {
	const char *key;
	size_t key_length;
	const char *data;
	size_t data_length;
};

/* Walks the records in file order: *position is 0 at first. VM_NOT_FOUND after the last. */
enum vm_status vm_cdb_next(struct vm_cdb *cdb, uint32_t *position, struct vm_cdb_record *record,
			   struct vm_error *err);

/* Gives back the memory that reading has mapped; for walks through all of a big file. Pointers into it stay valid. */
void vm_cdb_relax(struct vm_cdb *cdb);

/* Writes records into an empty, seekable descriptor. The caller syncs and publishes it. */
struct vm_cdb_writer {
	void *state;
	const char *name;
};

enum vm_status vm_cdb_writer_init(struct vm_cdb_writer *writer, int fd, const char *name,
				  struct vm_error *err);
/* VM_LIMIT when the file would pass 4 GiB. */
enum vm_status vm_cdb_writer_add(struct vm_cdb_writer *writer, const void *key, size_t key_length,
				 const void *data, size_t data_length, struct vm_error *err);
/* Writes the tables; the descriptor is complete after VM_OK. */
enum vm_status vm_cdb_writer_finish(struct vm_cdb_writer *writer, struct vm_error *err);
/* Frees what a writer that was not finished holds; harmless otherwise. */
void vm_cdb_writer_abort(struct vm_cdb_writer *writer);

#endif
