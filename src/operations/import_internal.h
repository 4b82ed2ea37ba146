/* What the files of vm_import share; nobody else includes it. */
#ifndef VM_OPERATIONS_IMPORT_INTERNAL_H
#define VM_OPERATIONS_IMPORT_INTERNAL_H

#include "operations/convert_internal.h"
#include "operations/import.h"
#include "operations/transfer.h"
#include "util/line_reader.h"

enum { VM_IMPORT_ARENA_MAX = 64 * 1024 * 1024, VM_IMPORT_LINE_ARENA_MAX = 16 * 1024 * 1024 };

/* One section while it is imported. */
struct vm_import_work {
	const struct vm_import *import;
	const struct vm_import_section *section;
	struct vm_convert convert; /* the changes go its way */
	struct vm_domain domain;   /* as the target has it */
	struct vm_transfer about;  /* the domain's own line, in kept */
	struct vm_arena kept;      /* lives as long as this */
	struct vm_arena batch;     /* lives until the queue is flushed */
	struct vm_convert_queue queue;
};

/* The lines of a section, in their order, as far as they can be understood. */
struct vm_import_reader {
	struct vm_line_reader lines;
	const struct vm_import_section *section;
	struct vm_address_policy policy;
};

enum vm_status vm_import_reader_init(struct vm_import_reader *reader,
				     const struct vm_import *import,
				     const struct vm_import_section *section, struct vm_error *err);
void vm_import_reader_release(struct vm_import_reader *reader);
/* VM_NOT_FOUND at the end of the section. */
enum vm_status vm_import_reader_next(struct vm_import_reader *reader, struct vm_arena *arena,
				     struct vm_transfer *out, struct vm_error *err);

/* One line by its place. */
enum vm_status vm_import_read_at(const struct vm_import *import,
				 const struct vm_import_loose *where, struct vm_arena *arena,
				 struct vm_transfer *out, struct vm_error *err);

/* The conversion that the changes of an import are part of. */
struct vm_convert vm_import_convert(const struct vm_import *import);

/*
 * A path below the domain's old folder as it is below its new one; others, and all with keep_paths, are as they are. NULL
 * without memory.
 */
const char *vm_import_path(const struct vm_import_work *work, struct vm_arena *arena,
			   const char *path);
/* Is it below the folder of the domain? */
bool vm_import_is_below(const struct vm_import_work *work, const char *path);

/* Is it no rehearsal? */
bool vm_import_changes(const struct vm_import_work *work);
/* Counts, and unless it is equal tells, a record of USER@ the domain. */
void vm_import_note(const struct vm_import_work *work, enum vm_convert_kind kind,
		    enum vm_convert_outcome outcome, const char *user, const char *text);

/* The parts of vm_import_section. */
enum vm_status vm_import_accounts(struct vm_import_work *work, struct vm_error *err);
enum vm_status vm_import_aliases(struct vm_import_work *work, struct vm_error *err);
/* Of an account that is in the store by now; the process is the domain's owner. */
enum vm_status vm_import_vacation(const struct vm_import_work *work,
				  const struct vm_transfer *transfer, struct vm_error *err);
enum vm_status vm_import_catch_all(struct vm_import_work *work, struct vm_error *err);

#endif
