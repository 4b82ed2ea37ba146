/* Rows of bytes under text keys, sorted. */
#ifndef VM_MODULES_MEMORY_TABLE_H
#define VM_MODULES_MEMORY_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/status.h"

struct vm_memory_row {
	char *key;
	void *value;
	size_t size;
};

struct vm_memory_table {
	struct vm_memory_row *rows;
	size_t count, capacity;
};

/* The index of the first row whose key is not less than `key`. */
size_t vm_memory_table_seek(const struct vm_memory_table *table, const char *key);

/* The row with this key, NULL when there is none; valid until the next change. */
const struct vm_memory_row *vm_memory_table_find(const struct vm_memory_table *table,
						 const char *key);

/* Adds or replaces a row with a copy of the bytes. VM_TEMPFAIL: no memory, nothing changed. */
enum vm_status vm_memory_table_put(struct vm_memory_table *table, const char *key,
				   const void *value, size_t size, struct vm_error *err);

/* False when there was none. */
bool vm_memory_table_remove(struct vm_memory_table *table, const char *key);

/* Removes the rows whose keys begin with `prefix`; answers how many. */
size_t vm_memory_table_remove_prefix(struct vm_memory_table *table, const char *prefix);

void vm_memory_table_clear(struct vm_memory_table *table);

/* `to` is empty before. After a failure it is empty again. */
enum vm_status vm_memory_table_copy(const struct vm_memory_table *from, struct vm_memory_table *to,
				    struct vm_error *err);

#endif
