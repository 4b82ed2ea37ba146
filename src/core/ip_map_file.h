/* Which domain an address of this host stands for: etc/ip_alias_map, "IP DOMAIN" a line. Source: reference 1.15. */
#ifndef VM_CORE_IP_MAP_FILE_H
#define VM_CORE_IP_MAP_FILE_H

#include "core/account.h"
#include "util/arena.h"
#include "util/status.h"

/* VM_INVALID (field "ip"): no address. */
enum vm_status vm_ip_map_check(const struct vm_ip_map *map, struct vm_error *err);

/* `folder` is an open descriptor of V/etc. Lines that are not "IP DOMAIN" are skipped and kept. */

/* VM_NOT_FOUND: no row for this address. */
enum vm_status vm_ip_map_file_get(int folder, const char *ip, struct vm_ip_map *out,
				  struct vm_error *err);

/* Adds or changes one row; locked (ip_alias_map.lock), replaced, 0644. VM_INVALID (field "ip") for no address. */
enum vm_status vm_ip_map_file_put(int folder, const struct vm_ip_map *map, struct vm_error *err);

/* VM_NOT_FOUND. */
enum vm_status vm_ip_map_file_remove(int folder, const char *ip, struct vm_error *err);

/* Rows in byte order of the address, those after `after`, at most limit. */
enum vm_status vm_ip_map_file_list(int folder, const char *after, size_t limit,
				   struct vm_arena *arena, struct vm_ip_map_list *out,
				   struct vm_error *err);

#endif
