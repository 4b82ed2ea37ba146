/* Domains of libvpopmail. */
#include <config.h>

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "operations/domain_create.h"
#include "util/text.h"

enum { ARENA_MAX = 1 << 20, NAMES_ARENA_MAX = 64 << 20, PAGE = 1000 };

VM_EXPORT int vadddomain(char *domain, char *dir, uid_t uid, gid_t gid)
{
	char name[VM_DOMAIN_MAX + 1];
	const struct vm_domain_request request = { .domain = name,
						   .base = dir,
						   .uid = uid,
						   .gid = gid,
						   .optimize = OptimizeAddDomain != 0,
						   /* 5.4's makes none: the caller adds one. */
						   .without_postmaster = true };
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	return code == VA_SUCCESS
		       ? vm_compat_answer(vm_domain_create(vm_compat_context(), &request, &err),
					  &err)
		       : code;
}

VM_EXPORT int vaddaliasdomain(char *alias_domain, char *real_domain)
{
	char alias[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	int code = vm_compat_parse_domain(alias_domain, alias);

	if (code == VA_SUCCESS)
		code = vm_compat_parse_domain(real_domain, real);
	return code == VA_SUCCESS ? vm_compat_answer(vm_add_domain_alias(vm_compat_installation(),
									 alias, real, &err),
						     &err)
				  : code;
}

VM_EXPORT int vdeldomain(char *domain)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	return code == VA_SUCCESS
		       ? vm_compat_answer(vm_delete_domain(vm_compat_installation(), name, &err),
					  &err)
		       : code;
}

static int find(const char *domain, struct vm_arena *arena, struct vm_domain *out)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	return code == VA_SUCCESS ? vm_compat_answer(vm_store_domain_get(vm_compat_context()->store,
									 name, arena, out, &err),
						     &err)
				  : code;
}

/* 5.4's buffers have room for MAX_PW_DOMAIN bytes, whatever stands in them. */
static void become_real(char *domain, const struct vm_domain *found)
{
	if (strcmp(domain, found->name) != 0)
		memcpy(domain, found->name, strlen(found->name) + 1);
}

VM_EXPORT char *vget_assign(char *domain, char *dir, int dir_len, uid_t *uid, gid_t *gid)
{
	static char folder[VM_PATH_MAX + 1];
	struct vm_arena arena;
	struct vm_domain found;
	bool is_there = false;

	if (domain == NULL || domain[0] == '\0') /* 5.4: forgets what it remembers */
		return NULL;
	vm_arena_init(&arena, ARENA_MAX);
	is_there = find(domain, &arena, &found) == VA_SUCCESS &&
		   vm_text_copy(folder, sizeof folder, found.dir) &&
		   (dir == NULL || dir_len > (int)strlen(folder));
	if (is_there) {
		become_real(domain, &found);
		if (dir != NULL)
			memcpy(dir, folder, strlen(folder) + 1);
		if (uid != NULL)
			*uid = found.uid;
		if (gid != NULL)
			*gid = found.gid;
	}
	vm_arena_release(&arena);
	return is_there ? folder : NULL;
}

VM_EXPORT int vget_real_domain(char *domain, int len)
{
	struct vm_arena arena;
	struct vm_domain found;
	int code = -1;

	vm_arena_init(&arena, ARENA_MAX);
	if (domain != NULL && find(domain, &arena, &found) == VA_SUCCESS &&
	    len > (int)strlen(found.name)) {
		become_real(domain, &found);
		code = 0;
	}
	vm_arena_release(&arena);
	return code;
}

/* The names that get_domain_entries goes through. */
static struct {
	bool is_begun;
	struct vm_arena arena;
	struct vm_domain_list list;
	size_t index;
	char after[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1];
} walk;

static bool next_page(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	vm_arena_clear(&walk.arena);
	walk.index = 0;
	if (context != NULL &&
	    vm_store_domain_list(context->store, (struct vm_page){ walk.after, PAGE }, &walk.arena,
				 &walk.list, &err) == VM_OK)
		return true;
	verrori = VA_CANNOT_READ_ASSIGN;
	return false;
}

static void end_walk(void)
{
	if (walk.is_begun)
		vm_arena_release(&walk.arena);
	walk.is_begun = false;
}

static bool begin_walk(const char *real)
{
	end_walk();
	walk.real[0] = '\0';
	if (real[0] != '\0' && vm_compat_parse_domain(real, walk.real) != VA_SUCCESS)
		return false;
	vm_arena_init(&walk.arena, NAMES_ARENA_MAX);
	walk.list = (struct vm_domain_list){ .more = true };
	walk.index = 0;
	walk.after[0] = '\0';
	walk.is_begun = true;
	return true;
}

static domain_entry *keep(const struct vm_domain_entry *entry)
{
	static char name[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1], path[VM_PATH_MAX + 1];
	static domain_entry kept = { .domain = name, .realdomain = real, .path = path };

	(void)vm_text_copy(name, sizeof name,
			   entry->name); /* these fit: the store has checked them */
	(void)vm_text_copy(real, sizeof real, entry->real);
	(void)vm_text_copy(path, sizeof path, entry->dir);
	kept.uid = entry->uid;
	kept.gid = entry->gid;
	return &kept;
}

VM_EXPORT domain_entry *get_domain_entries(const char *match_real)
{
	if (match_real != NULL && !begin_walk(match_real))
		return NULL;
	while (walk.is_begun) {
		const struct vm_domain_entry *entry = NULL;

		if (walk.index == walk.list.count &&
		    (!walk.list.more || !next_page() || walk.list.count == 0))
			break;
		entry = &walk.list.items[walk.index++];
		(void)vm_text_copy(walk.after, sizeof walk.after, entry->name); /* fits */
		if (walk.real[0] == '\0' || strcmp(walk.real, entry->real) == 0)
			return keep(entry);
	}
	end_walk();
	return NULL;
}

VM_EXPORT int vget_ip_map(char *ip, char *domain, int domain_size)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_ip_map map;
	struct vm_error err;

	if (ip == NULL || domain == NULL || context == NULL ||
	    vm_compat_answer(vm_store_ip_map_get(context->store, ip, &map, &err), &err) !=
		    VA_SUCCESS ||
	    domain_size <= (int)strlen(map.domain))
		return -1;
	memcpy(domain, map.domain, strlen(map.domain) + 1);
	return 0;
}

VM_EXPORT int vadd_ip_map(char *ip, char *domain)
{
	struct vm_ip_map map;
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, map.domain);

	if (code != VA_SUCCESS)
		return code;
	if (ip == NULL || !vm_text_copy(map.ip, sizeof map.ip, ip))
		return VA_INVALID_IP_ADDRESS;
	return vm_compat_answer(vm_store_ip_map_put(vm_compat_context()->store, &map, &err), &err);
}

VM_EXPORT int vdel_ip_map(char *ip, char *domain)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	(void)domain; /* an address has one */
	if (ip == NULL || context == NULL)
		return ip == NULL ? VA_NULL_POINTER : VA_NO_AUTH_CONNECTION;
	return vm_compat_answer(vm_store_ip_map_remove(context->store, ip, &err), &err);
}

VM_EXPORT int vshow_ip_map(int first, char *ip, char *domain)
{
	static char after[VM_IP_MAX + 1];
	const struct vm_context *const context = vm_compat_context();
	struct vm_ip_map_list list;
	struct vm_arena arena;
	struct vm_error err;
	int code = -1;

	if (ip == NULL || domain == NULL || context == NULL)
		return code;
	if (first != 0)
		after[0] = '\0';
	vm_arena_init(&arena, ARENA_MAX);
	if (vm_compat_answer(vm_store_ip_map_list(context->store, (struct vm_page){ after, 1 },
						  &arena, &list, &err),
			     &err) == VA_SUCCESS)
		code = list.count > 0;
	if (code == 1) {
		(void)vm_text_copy(after, sizeof after, list.items[0].ip); /* both fit */
		memcpy(ip, list.items[0].ip, strlen(list.items[0].ip) + 1);
		memcpy(domain, list.items[0].domain, strlen(list.items[0].domain) + 1);
	}
	vm_arena_release(&arena);
	return code;
}
