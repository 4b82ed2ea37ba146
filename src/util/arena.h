/* Memory with one owner and one end: everything a request needs, wiped and freed together. */
#ifndef VM_UTIL_ARENA_H
#define VM_UTIL_ARENA_H

#include <stddef.h>

struct vm_arena_block;

struct vm_arena {
	struct vm_arena_block *newest;
	size_t used;    /* bytes handed out */
	size_t maximum; /* bytes that may be handed out */
};

/* An empty arena that will never hand out more than maximum bytes. Cannot fail. */
void vm_arena_init(struct vm_arena *arena, size_t maximum);

/* Wipes and frees everything the arena gave; it is then empty and may be used again. */
void vm_arena_release(struct vm_arena *arena);

/* Like release, but keeps one block for the next round of a loop; the kept memory is wiped. */
void vm_arena_clear(struct vm_arena *arena);

/* Zeroed memory aligned for any type, or NULL when memory or the maximum is exhausted. */
void *vm_arena_alloc(struct vm_arena *arena, size_t size);

/* count * size with the overflow checked; NULL as above. */
void *vm_arena_alloc_array(struct vm_arena *arena, size_t count, size_t size);

/* Copies of text; NULL as above. text must not be NULL. */
char *vm_arena_strdup(struct vm_arena *arena, const char *text);
char *vm_arena_strndup(struct vm_arena *arena, const char *text, size_t length);

/* Formatted text; NULL as above. */
char *vm_arena_printf(struct vm_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
