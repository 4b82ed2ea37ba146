/* Chooses the next folder of a big domain: at most a hundred homes in each. */
#include <config.h>

#include "core/dir_control.h"

#include <string.h>

enum { ALPHABET = 62 };

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void vm_dir_control_init(struct vm_dir_control *dirs)
{
	memset(dirs, 0, sizeof(*dirs));
	dirs->level_max = VM_DIR_CONTROL_LEVELS;
	for (int level = 0; level < VM_DIR_CONTROL_LEVELS; level++) {
		dirs->end[level] = ALPHABET - 1;
		dirs->mod[level] = 2 * level;
	}
}

/* Builds the path text of `levels` levels from the indexes. */
static void print_path(struct vm_dir_control *dirs, int levels)
{
	size_t length = 0;

	for (int level = 0; level < levels; level++) {
		if (level > 0)
			dirs->path[length++] = '/';
		dirs->path[length++] = letters[dirs->index[level]];
	}
	dirs->path[length] = '\0';
	dirs->level_current = levels > 0 ? levels - 1 : 0;
}

/*
 * The folder after this one: "" 0 ... z 0/0 ... z/z 0/0/0 ... z/z/z. The indexes count like an odometer; one more
 * level begins when all stand at the end, and after the last the three levels are filled once more.
 */
static void next_folder(struct vm_dir_control *dirs)
{
	int levels = dirs->path[0] == '\0' ? 0 : dirs->level_current + 1;

	for (int level = levels - 1; level >= 0; level--) {
		if (dirs->index[level] < ALPHABET - 1) {
			dirs->index[level]++;
			print_path(dirs, levels);
			return;
		}
		dirs->index[level] = 0;
	}
	if (levels < VM_DIR_CONTROL_LEVELS)
		levels++;
	dirs->index[levels - 1] = 0;
	print_path(dirs, levels);
}

void vm_dir_control_advance(struct vm_dir_control *dirs)
{
	dirs->count++;
	if (dirs->count % VM_DIR_CONTROL_PER_LEVEL == 0)
		next_folder(dirs);
}

void vm_dir_control_apply(struct vm_dir_control *dirs, int change, struct vm_dir_control *first)
{
	if (change < 0) {
		const uint64_t fewer = (uint64_t) - (int64_t)change;

		dirs->count = dirs->count > fewer ? dirs->count - fewer : 0;
		*first = *dirs;
		return;
	}
	for (int i = 0; i < change; i++) {
		vm_dir_control_advance(dirs);
		if (i == 0)
			*first = *dirs;
	}
}

bool vm_dir_control_set_path(struct vm_dir_control *dirs, const char *path)
{
	size_t length = strlen(path);
	int index[VM_DIR_CONTROL_LEVELS] = { 0 };
	int levels = 0;

	if (length > 2 * VM_DIR_CONTROL_LEVELS - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		const char *letter = strchr(letters, path[i]);

		if (i % 2 == 1 && path[i] != '/')
			return false;
		if (i % 2 == 0 && letter == NULL)
			return false;
		if (i % 2 == 0 && letter != NULL)
			index[levels++] = (int)(letter - letters);
	}
	if (length % 2 == 0 && length > 0)
		levels++;
	memcpy(dirs->index, index, sizeof(index));
	print_path(dirs, levels);
	return true;
}
