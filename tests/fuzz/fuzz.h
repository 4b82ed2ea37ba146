/* What a fuzz target is: one function that takes any bytes and must neither crash nor hang nor break a promise. */
#ifndef VM_FUZZ_FUZZ_H
#define VM_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Called for each input; 0. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A promise: says which one and dies when it is broken, in every build. */
#define FUZZ_PROMISE(condition)                                                                 \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
