/* Keeps the memory of answers in a file that is replaced under a lock. */
#include <config.h>

#include "core/reply_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { LINE_LENGTH_MAX = 1024, FILE_MAX = VM_REPLY_MEMORY_LINES * LINE_LENGTH_MAX };

static const char file_name[] = ".answered", lock_name[] = ".answered.lock";

/* Keeps a line that is young enough; *count of those with this sender. The line is cut at its end. */
static void take_line(struct vm_reply_memory *memory, char *line, const char *sender, time_t oldest,
		      uint64_t *count)
{
	char *const blank = strchr(line, ' ');
	uint64_t when = 0;

	if (blank == NULL)
		return;
	*blank = '\0';
	if (!vm_text_parse_u64(line, INT64_MAX, &when) || (time_t)when < oldest)
		return;
	vm_buf_printf(&memory->lines, "%" PRIu64 " %s\n", when, blank + 1);
	*count += strcasecmp(blank + 1, sender) == 0;
}

/* A memory that is damaged or far too long is forgotten: one answer too many harms nobody. */
static enum vm_status read_lines(struct vm_reply_memory *memory, const char *sender, time_t oldest,
				 uint64_t *count, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;
	char *line = NULL;

	*count = 0;
	vm_buf_init(&text, FILE_MAX);
	status = vm_file_read_all(memory->folder, file_name, &text, err);
	if (status == VM_OK && memchr(text.bytes, '\0', text.length) == NULL)
		for (line = text.bytes; *line != '\0';) {
			char *const end = line + strcspn(line, "\n");
			char *const next = *end == '\n' ? end + 1 : end;

			*end = '\0';
			take_line(memory, line, sender, oldest, count);
			line = next;
		}
	vm_buf_release(&text);
	if (status == VM_NOT_FOUND || (status == VM_TEMPFAIL && err->sys_errno == 0))
		status = VM_OK;
	return status == VM_OK ? vm_buf_check(&memory->lines, "the memory of answers", err)
			       : status;
}

static void release(struct vm_reply_memory *memory)
{
	vm_buf_release(&memory->lines);
	vm_file_lock_release(&memory->lock);
	vm_file_discard(&memory->folder);
}

enum vm_status vm_reply_memory_begin(struct vm_reply_memory *memory, const char *folder,
				     const char *sender, uint64_t seconds, uint64_t most,
				     time_t now, struct vm_error *err)
{
	const time_t oldest = seconds < (uint64_t)now ? now - (time_t)seconds : 0;
	uint64_t count = 0;
	enum vm_status status = VM_INTERNAL;

	*memory = (struct vm_reply_memory){ .folder = -1, .lock = { .fd = -1 } };
	vm_buf_init(&memory->lines, FILE_MAX + LINE_LENGTH_MAX);
	status = vm_file_open_folder(AT_FDCWD, folder, &memory->folder, err);
	if (status == VM_OK)
		status = vm_file_lock_take(&memory->lock, memory->folder, lock_name, err);
	if (status == VM_OK)
		status = read_lines(memory, sender, oldest, &count, err);
	if (status == VM_OK && count >= most)
		status = vm_fail(err, VM_LIMIT, "%.200s had an answer in this period", sender);
	if (status != VM_OK)
		release(memory);
	return status;
}

/* Lines are in the order of their times; the oldest are the first. */
static void drop_oldest(struct vm_buf *lines)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->length; i++)
		count += lines->bytes[i] == '\n';
	for (; count > VM_REPLY_MEMORY_LINES; count--)
		vm_buf_consume(lines, strcspn(lines->bytes, "\n") + 1);
}

enum vm_status vm_reply_memory_end(struct vm_reply_memory *memory, const char *sender, time_t now,
				   struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (memory->folder < 0)
		return VM_OK;
	if (sender != NULL) {
		vm_buf_printf(&memory->lines, "%lld %s\n", (long long)now, sender);
		status = vm_buf_check(&memory->lines, "the memory of answers", err);
		if (status == VM_OK) {
			drop_oldest(&memory->lines);
			status = vm_file_replace_with(memory->folder, file_name, 0600,
						      memory->lines.bytes, memory->lines.length,
						      err);
		}
	}
	release(memory);
	return status;
}
