/* Tells versions of a file apart. */
#include <config.h>

#include "identity.h"

#include <inttypes.h>
#include <string.h>

#include "util/file.h"
#include "util/text.h"

enum { NUMBER_MAX = 20 };

struct vm_identity vm_identity_of(const struct stat *file)
{
	return (struct vm_identity){
		.dev = (uint64_t)file->st_dev,
		.ino = (uint64_t)file->st_ino,
		.size = (uint64_t)file->st_size,
		.seconds = (int64_t)file->st_mtim.tv_sec,
		.nanoseconds = (int64_t)file->st_mtim.tv_nsec,
	};
}

enum vm_status vm_identity_read(int folder, const char *name, struct vm_identity *out,
				struct vm_error *err)
{
	struct stat found;
	const enum vm_status status = vm_file_stat(folder, name, &found, err);

	*out = (struct vm_identity){ .dev = 0 };
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK)
		*out = vm_identity_of(&found);
	return status;
}

bool vm_identity_equals(const struct vm_identity *a, const struct vm_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

void vm_identity_print(const struct vm_identity *identity, struct vm_buf *out)
{
	vm_buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64,
		      identity->dev, identity->ino, identity->size, identity->seconds,
		      identity->nanoseconds);
}

bool vm_identity_number(const char **text, int64_t *out)
{
	const size_t length = strcspn(*text, " \n");
	char digits[NUMBER_MAX + 1];

	if (length > NUMBER_MAX)
		return false;
	memcpy(digits, *text, length);
	digits[length] = '\0';
	if (!vm_text_parse_i64(digits, INT64_MIN, INT64_MAX, out))
		return false;
	*text += length;
	if (**text != '\0')
		++*text;
	return true;
}

bool vm_identity_parse(const char **text, struct vm_identity *out)
{
	int64_t dev = 0, ino = 0, size = 0;

	if (!vm_identity_number(text, &dev) || !vm_identity_number(text, &ino) ||
	    !vm_identity_number(text, &size) || !vm_identity_number(text, &out->seconds) ||
	    !vm_identity_number(text, &out->nanoseconds))
		return false;
	out->dev = (uint64_t)dev;
	out->ino = (uint64_t)ino;
	out->size = (uint64_t)size;
	return dev >= 0 && ino >= 0 && size >= 0;
}
