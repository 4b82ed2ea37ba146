/* The big-dir record of libvpopmail: where new homes go. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dir_control.h"
#include "core/dir_tree.h"
#include "util/file.h"
#include "util/text.h"

enum { ARENA_MAX = 65536, ROOM_MAX = 16384, USER_ID_MAX = 0x7fffffff };

/* "0-9A-Za-z", in which folders are named. */
static const char names[MAX_DIR_LIST + 1] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

VM_EXPORT vdir_type vdir;

/* Whose record it is: a domain's in the store, or in a file that of all domains below one home. */
struct place {
	struct vm_arena arena;
	struct vm_domain domain;
	int domains; /* the folder of the file; -1: a domain's */
};

/* The name that open_big_dir was given; "" when none is open. */
static char opened[VM_DOMAIN_MAX + 1];

static void to_theirs(const struct vm_dir_control *from, vdir_type *to)
{
	*to = (vdir_type){ .level_cur = from->level_current,
			   .level_max = from->level_max,
			   .cur_users = (unsigned long)from->count };
	for (int i = 0; i < VM_DIR_CONTROL_LEVELS; i++) {
		to->level_start[i] = from->start[i];
		to->level_end[i] = from->end[i];
		to->level_mod[i] = from->mod[i];
		to->level_index[i] = from->index[i];
	}
	memcpy(to->the_dir, from->path, sizeof from->path);
}

/* All but the count follows from the path. */
static bool to_ours(const vdir_type *from, struct vm_dir_control *to)
{
	vm_dir_control_init(to);
	to->count = from->cur_users;
	return memchr(from->the_dir, '\0', sizeof from->the_dir) != NULL &&
	       vm_dir_control_set_path(to, from->the_dir);
}

/* BASE/domains of a user: V's for the owner of the installation. */
static enum vm_status open_domains(const struct vm_context *context, uid_t uid, int *out,
				   struct vm_error *err)
{
	char room[ROOM_MAX], path[VM_PATH_MAX + 1];
	struct passwd entry, *found = NULL;
	const char *base = context->config->home;

	if (uid != context->config->uid) {
		if (getpwuid_r(uid, &entry, room, sizeof room, &found) != 0)
			return vm_fail(err, VM_TEMPFAIL, "cannot look up the user %u",
				       (unsigned int)uid);
		if (found == NULL)
			return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no user %u",
					     (unsigned int)uid);
		base = entry.pw_dir;
	}
	if (!vm_text_format(path, sizeof path, "%s/%s", base, context->config->domains_dir))
		return vm_fail_field(err, VM_INVALID, "dir", "%s is too long", base);
	return vm_file_open_folder(AT_FDCWD, path, out, err);
}

static enum vm_status find(const struct vm_context *context, const char *name, struct place *place,
			   struct vm_error *err)
{
	uint64_t uid = 0;

	if (vm_text_starts_with(name, "dom_") &&
	    vm_text_parse_u64(name + strlen("dom_"), USER_ID_MAX, &uid))
		return open_domains(context, (uid_t)uid, &place->domains, err);
	return vm_store_domain_get(context->store, name, &place->arena, &place->domain, err);
}

/* Runs `work` on the record of a name; 0 or -1, and verrori. */
static int with_place(const char *name,
		      enum vm_status (*work)(const struct vm_context *, const struct place *,
					     void *, struct vm_error *),
		      void *argument)
{
	const struct vm_context *const context = vm_compat_context();
	struct place place = { .domains = -1 };
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	if (context == NULL || name == NULL || strlen(name) > VM_DOMAIN_MAX)
		return -1;
	vm_arena_init(&place.arena, ARENA_MAX);
	status = find(context, name, &place, &err);
	if (status == VM_OK)
		status = work(context, &place, argument, &err);
	vm_file_discard(&place.domains);
	vm_arena_release(&place.arena);
	return vm_compat_answer(status, &err) == VA_SUCCESS ? 0 : -1;
}

static enum vm_status read_record(const struct vm_context *context, const struct place *place,
				  void *record, struct vm_error *err)
{
	struct vm_dir_control dirs;
	const enum vm_status status =
		place->domains >= 0 ? vm_dir_control_read(place->domains, &dirs, err)
				    : vm_store_dirs_get(context->store, &place->domain, &dirs, err);

	if (status == VM_OK)
		to_theirs(&dirs, record);
	return status;
}

static enum vm_status write_record(const struct vm_context *context, const struct place *place,
				   void *record, struct vm_error *err)
{
	struct vm_dir_control dirs;

	if (!to_ours(record, &dirs))
		return vm_fail_field(err, VM_INVALID, "dir", "the record names no hash folder");
	return place->domains >= 0 ? vm_dir_control_put(place->domains, &dirs, err)
				   : vm_store_dirs_put(context->store, &place->domain, &dirs, err);
}

VM_EXPORT int vread_dir_control(vdir_type *record, char *domain, uid_t uid, gid_t gid)
{
	(void)uid; /* the owner is known */
	(void)gid;
	return record == NULL ? -1 : with_place(domain, read_record, record);
}

VM_EXPORT int vwrite_dir_control(vdir_type *record, char *domain, uid_t uid, gid_t gid)
{
	(void)uid;
	(void)gid;
	return record == NULL ? -1 : with_place(domain, write_record, record);
}

/* No record and that of an empty domain are the same. */
VM_EXPORT int vdel_dir_control(char *domain)
{
	struct vm_dir_control none;
	vdir_type record;

	vm_dir_control_init(&none);
	to_theirs(&none, &record);
	return with_place(domain, write_record, &record);
}

VM_EXPORT int open_big_dir(char *domain, uid_t uid, gid_t gid)
{
	(void)uid;
	(void)gid;
	opened[0] = '\0';
	if (with_place(domain, read_record, &vdir) != 0)
		return -1;
	(void)vm_text_copy(opened, sizeof opened, domain); /* fits: the record was found by it */
	return 0;
}

VM_EXPORT int close_big_dir(char *domain, uid_t uid, gid_t gid)
{
	(void)domain;
	(void)uid;
	(void)gid;
	opened[0] = '\0';
	return 0;
}

struct change {
	int count;
	uid_t uid;
	gid_t gid;
	struct vm_dir_control first;
};

static enum vm_status make_folder(const struct place *place, const struct change *change,
				  struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = VM_OK;

	if (place->domains >= 0)
		return vm_dir_tree_make(place->domains, change->first.path, 0711, change->uid,
					change->gid, err);
	status = vm_file_open_folder(AT_FDCWD, place->domain.dir, &folder, err);
	if (status == VM_OK)
		status = vm_dir_tree_make(folder, change->first.path, 0700, place->domain.uid,
					  place->domain.gid, err);
	vm_file_discard(&folder);
	return status;
}

static enum vm_status change_record(const struct vm_context *context, const struct place *place,
				    void *argument, struct vm_error *err)
{
	struct change *const change = argument;
	const enum vm_status status =
		place->domains >= 0
			? vm_dir_control_change(place->domains, change->count, &change->first, err)
			: vm_store_dirs_change(context->store, &place->domain, change->count,
					       &change->first, err);

	if (status != VM_OK || change->count < 0 || change->first.path[0] == '\0')
		return status;
	return make_folder(place, change, err);
}

VM_EXPORT char *next_big_dir(uid_t uid, gid_t gid)
{
	static char path[VM_DIR_CONTROL_PATH_MAX + 1];
	struct change change = { .count = 1, .uid = uid, .gid = gid };

	if (opened[0] == '\0' || with_place(opened, change_record, &change) != 0)
		return NULL;
	to_theirs(&change.first, &vdir);
	memcpy(path, change.first.path, sizeof path);
	return path;
}

VM_EXPORT int dec_dir_control(char *domain, uid_t uid, gid_t gid)
{
	struct change change = { .count = -1, .uid = uid, .gid = gid };

	return with_place(domain, change_record, &change);
}

VM_EXPORT int inc_dir_control(vdir_type *record)
{
	struct vm_dir_control dirs;

	if (record == NULL || !to_ours(record, &dirs))
		return -1;
	vm_dir_control_advance(&dirs);
	to_theirs(&dirs, record);
	return 0;
}

VM_EXPORT char *inc_dir(vdir_type *record, int in_level)
{
	struct vm_dir_control dirs;

	(void)in_level; /* the path says which */
	if (record == NULL || !to_ours(record, &dirs))
		return NULL;
	dirs.count = VM_DIR_CONTROL_PER_LEVEL - 1; /* the next one begins a folder */
	vm_dir_control_advance(&dirs);
	dirs.count = record->cur_users;
	to_theirs(&dirs, record);
	return record->the_dir;
}

VM_EXPORT char next_char(char byte, int start, int end)
{
	const char *const at = byte == '\0' ? NULL : strchr(names, byte);
	const int next = at == NULL ? start : (int)(at - names) + 1;

	if (start < 0 || end >= MAX_DIR_LIST || start > end)
		return names[0];
	return names[next < start || next > end ? start : next];
}

VM_EXPORT void print_control(void)
{
	printf("cur_users %lu\nlevel_cur %d\nlevel_max %d\n", vdir.cur_users, vdir.level_cur,
	       vdir.level_max);
	for (int i = 0; i < MAX_DIR_LEVELS; i++)
		printf("level %d: start %d end %d mod %d index %d\n", i, vdir.level_start[i],
		       vdir.level_end[i], vdir.level_mod[i], vdir.level_index[i]);
	printf("the_dir %s\n", vdir.the_dir);
}
