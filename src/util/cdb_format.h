/* The numbers of D. J. Bernstein's cdb format (https://cr.yp.to/cdb/cdb.txt). */
#ifndef VM_UTIL_CDB_FORMAT_H
#define VM_UTIL_CDB_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum {
	VM_CDB_TABLES = 256,
	/* two little-endian numbers: position and slots, hash and position, two lengths */
	VM_CDB_PAIR = 8,
	VM_CDB_HEADER = VM_CDB_TABLES * VM_CDB_PAIR,
};

static inline uint32_t vm_cdb_unpack(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static inline void vm_cdb_pack(unsigned char *bytes, uint32_t number)
{
	bytes[0] = (unsigned char)number;
	bytes[1] = (unsigned char)(number >> 8);
	bytes[2] = (unsigned char)(number >> 16);
	bytes[3] = (unsigned char)(number >> 24);
}

static inline uint32_t vm_cdb_hash(const void *key, size_t length)
{
	const unsigned char *const bytes = key;
	uint32_t hash = 5381;

	for (size_t i = 0; i < length; i++)
		hash = ((hash << 5) + hash) ^ bytes[i];
	return hash;
}

#endif
