/* Keeps sorted rows in an array. */
#include <config.h>

#include "table.h"

#include <stdlib.h>
#include <string.h>

size_t vm_memory_table_seek(const struct vm_memory_table *table, const char *key)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(table->rows[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct vm_memory_table *table, size_t index, const char *key)
{
	return index < table->count && strcmp(table->rows[index].key, key) == 0;
}

const struct vm_memory_row *vm_memory_table_find(const struct vm_memory_table *table,
						 const char *key)
{
	const size_t index = vm_memory_table_seek(table, key);

	return is_at(table, index, key) ? &table->rows[index] : NULL;
}

static bool grow(struct vm_memory_table *table)
{
	const size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
	struct vm_memory_row *rows = NULL;

	if (table->count < table->capacity)
		return true;
	rows = realloc(table->rows, capacity * sizeof *rows);
	if (rows == NULL)
		return false;
	table->rows = rows;
	table->capacity = capacity;
	return true;
}

static void free_row(struct vm_memory_row *row)
{
	/* The analyzer takes a row that another has replaced for the old one. */
	free(row->key);   /* NOLINT(clang-analyzer-unix.Malloc) */
	free(row->value); /* NOLINT(clang-analyzer-unix.Malloc) */
	*row = (struct vm_memory_row){ .key = NULL };
}

enum vm_status vm_memory_table_put(struct vm_memory_table *table, const char *key,
				   const void *value, size_t size, struct vm_error *err)
{
	const size_t index = vm_memory_table_seek(table, key);
	struct vm_memory_row row = { .key = strdup(key), .value = malloc(size + 1), .size = size };

	if (row.key == NULL || row.value == NULL || !grow(table)) {
		free_row(&row);
		return vm_fail_memory(err);
	}
	if (size > 0)
		memcpy(row.value, value, size);
	if (is_at(table, index, key)) {
		struct vm_memory_row old = table->rows[index];

		table->rows[index] = row;
		free_row(&old);
		return VM_OK;
	}
	memmove(&table->rows[index + 1], &table->rows[index], (table->count - index) * sizeof row);
	table->count++;
	table->rows[index] = row;
	return VM_OK;
}

static void remove_rows(struct vm_memory_table *table, size_t from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_row(&table->rows[from + i]);
	if (count > 0)
		memmove(&table->rows[from], &table->rows[from + count],
			(table->count - from - count) * sizeof *table->rows);
	table->count -= count;
}

bool vm_memory_table_remove(struct vm_memory_table *table, const char *key)
{
	const size_t index = vm_memory_table_seek(table, key);

	if (!is_at(table, index, key))
		return false;
	remove_rows(table, index, 1);
	return true;
}

size_t vm_memory_table_remove_prefix(struct vm_memory_table *table, const char *prefix)
{
	const size_t from = vm_memory_table_seek(table, prefix);
	size_t count = 0;

	while (from + count < table->count &&
	       strncmp(table->rows[from + count].key, prefix, strlen(prefix)) == 0)
		count++;
	remove_rows(table, from, count);
	return count;
}

void vm_memory_table_clear(struct vm_memory_table *table)
{
	remove_rows(table, 0, table->count);
	free(table->rows);
	*table = (struct vm_memory_table){ 0 };
}

enum vm_status vm_memory_table_copy(const struct vm_memory_table *from, struct vm_memory_table *to,
				    struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < from->count && status == VM_OK; i++)
		status = vm_memory_table_put(to, from->rows[i].key, from->rows[i].value,
					     from->rows[i].size, err);
	if (status != VM_OK)
		vm_memory_table_clear(to);
	return status;
}
