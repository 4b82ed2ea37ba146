/* Hands out memory from a chain of blocks that are wiped and freed together. */
#include <config.h>

#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/secret.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 65536 };

struct vm_arena_block {
	struct vm_arena_block *older;
	size_t size; /* of bytes[] */
	size_t used; /* the rest is still zero */
	alignas(max_align_t) unsigned char bytes[];
};

void vm_arena_init(struct vm_arena *arena, size_t maximum)
{
	arena->newest = NULL;
	arena->used = 0;
	arena->maximum = maximum;
}

static void free_blocks(struct vm_arena_block *block)
{
	while (block != NULL) {
		struct vm_arena_block *const older = block->older;

		vm_wipe(block->bytes, block->used);
		free(block);
		block = older;
	}
}

void vm_arena_release(struct vm_arena *arena)
{
	free_blocks(arena->newest);
	arena->newest = NULL;
	arena->used = 0;
}

void vm_arena_clear(struct vm_arena *arena)
{
	struct vm_arena_block *const kept = arena->newest;

	arena->used = 0;
	if (kept == NULL)
		return;
	free_blocks(kept->older);
	kept->older = NULL;
	vm_wipe(kept->bytes, kept->used);
	kept->used = 0;
}

static struct vm_arena_block *add_block(struct vm_arena *arena, size_t at_least)
{
	size_t size = FIRST_BLOCK;
	struct vm_arena_block *block = NULL;

	if (arena->newest != NULL && arena->newest->size < LARGEST_BLOCK)
		size = arena->newest->size * 2;
	else if (arena->newest != NULL)
		size = LARGEST_BLOCK;
	if (size < at_least)
		size = at_least;
	if (size > SIZE_MAX - sizeof *block)
		return NULL;
	block = calloc(1, sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	block->older = arena->newest;
	arena->newest = block;
	return block;
}

void *vm_arena_alloc(struct vm_arena *arena, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct vm_arena_block *block = arena->newest;
	size_t rounded = 0;
	void *memory = NULL;

	if (size == 0)
		size = 1; /* a pointer of its own, like any other */
	if (size > SIZE_MAX - unit)
		return NULL;
	rounded = (size + unit - 1) / unit * unit;
	if (size > arena->maximum || arena->used > arena->maximum - size)
		return NULL;
	if (block == NULL || block->size - block->used < rounded)
		block = add_block(arena, rounded);
	if (block == NULL)
		return NULL;
	memory = block->bytes + block->used;
	block->used += rounded;
	arena->used += size;
	return memory;
}

void *vm_arena_alloc_array(struct vm_arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return vm_arena_alloc(arena, count * size);
}

char *vm_arena_strndup(struct vm_arena *arena, const char *text, size_t length)
{
	char *copy = NULL;

	if (length == SIZE_MAX)
		return NULL;
	copy = vm_arena_alloc(arena, length + 1);
	if (copy != NULL && length > 0)
		memcpy(copy, text, length); /* the NUL is there: memory comes zeroed */
	return copy;
}

char *vm_arena_strdup(struct vm_arena *arena, const char *text)
{
	return vm_arena_strndup(arena, text, strlen(text));
}

char *vm_arena_printf(struct vm_arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length = 0;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	text = vm_arena_alloc(arena, (size_t)length + 1);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	length = vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}
