/* Keeps the usage counter of a domain in D/.usage. */
#include <config.h>

#include "core/usage_file.h"

#include <inttypes.h>
#include <string.h>

#include "util/buf.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

static const char file_name[] = ".usage";

static bool parse(char *text, struct vm_usage *out)
{
	char *const blank = strchr(text, ' ');
	char *const end = strchr(text, '\n');

	if (blank == NULL || end == NULL || end < blank)
		return false;
	*blank = '\0';
	*end = '\0';
	return vm_text_parse_u64(text, INT64_MAX, &out->bytes) &&
	       vm_text_parse_u64(blank + 1, INT64_MAX, &out->messages);
}

enum vm_status vm_usage_file_get(int folder, struct vm_usage *out, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_usage){ 0 };
	vm_buf_init(&text, 256);
	status = vm_file_read_all(folder, file_name, &text, err);
	/* A file that is longer than any of ours is damaged too. */
	if (text.failed || (status == VM_OK && !parse(text.bytes, out)))
		status = vm_fail(err, VM_NOT_FOUND, "%s is damaged", file_name);
	vm_buf_release(&text);
	return status;
}

static enum vm_status write_usage(int folder, const struct vm_usage *usage, struct vm_error *err)
{
	char text[64];

	if (!vm_text_format(text, sizeof text, "%" PRIu64 " %" PRIu64 "\n", usage->bytes,
			    usage->messages))
		return vm_fail(err, VM_INTERNAL, "the usage does not fit its line");
	return vm_file_replace_with(folder, file_name, 0600, text, strlen(text), err);
}

uint64_t vm_usage_move(uint64_t value, int64_t change)
{
	const uint64_t size = change < 0 ? 0 - (uint64_t)change : (uint64_t)change;

	if (change < 0)
		return value > size ? value - size : 0;
	return value > (uint64_t)INT64_MAX - size ? (uint64_t)INT64_MAX : value + size;
}

enum vm_status vm_usage_file_add(int folder, int64_t bytes, int64_t messages, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	struct vm_usage usage;
	enum vm_status status = vm_file_lock_take(&lock, folder, ".usage.lock", err);

	if (status == VM_OK)
		status = vm_usage_file_get(folder, &usage, err);
	if (status == VM_OK) {
		usage.bytes = vm_usage_move(usage.bytes, bytes);
		usage.messages = vm_usage_move(usage.messages, messages);
		status = write_usage(folder, &usage, err);
	}
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_usage_file_set(int folder, const struct vm_usage *usage, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, ".usage.lock", err);

	if (status == VM_OK)
		status = write_usage(folder, usage, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_usage_file_forget(int folder, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, ".usage.lock", err);

	if (status == VM_OK)
		status = vm_file_remove(folder, file_name, err);
	vm_file_lock_release(&lock);
	return status == VM_NOT_FOUND ? VM_OK : status;
}
