/* Reads and appends the journal of a domain. */
#include <config.h>

#include "journal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/passwd_line.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { MAGIC_LENGTH = 4, SUMMED_HEADER = 22, HEX8 = 8, HEX16 = 16 };

static const char magic[] = "VJ1 ";

/* FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint64_t sum(uint64_t start, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		start = (start ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return start;
}

static uint64_t sum_record(const char *header, const char *payload, size_t length)
{
	const uint64_t basis = UINT64_C(14695981039346656037);

	return sum(sum(basis, header, SUMMED_HEADER), payload, length);
}

static bool parse_hex(const char *text, size_t digits, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		const char c = text[i];
		int digit = -1;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		if (digit < 0)
			return false;
		*out = *out << 4 | (uint64_t)digit;
	}
	return true;
}

/* Is there a whole record at `offset`? Then *payload is its length. */
static bool is_record(const char *bytes, size_t length, size_t offset, size_t *payload)
{
	const char *const header = bytes + offset;
	uint64_t place = 0, size = 0, wanted = 0;

	if (length - offset < VM_JOURNAL_HEADER || memcmp(header, magic, MAGIC_LENGTH) != 0 ||
	    header[MAGIC_LENGTH + HEX8] != ' ' || header[SUMMED_HEADER - 1] != ' ' ||
	    header[VM_JOURNAL_HEADER - 1] != '\n')
		return false;
	if (!parse_hex(header + MAGIC_LENGTH, HEX8, &place) || place != offset ||
	    !parse_hex(header + MAGIC_LENGTH + HEX8 + 1, HEX8, &size) ||
	    size > length - offset - VM_JOURNAL_HEADER ||
	    !parse_hex(header + SUMMED_HEADER, HEX16, &wanted))
		return false;
	*payload = (size_t)size;
	return sum_record(header, header + VM_JOURNAL_HEADER, (size_t)size) == wanted;
}

/* A tail that was torn by a crash has nothing good behind it: each record is synced before the next is begun. */
static enum vm_status check_tail(const char *bytes, size_t length, size_t end, struct vm_error *err)
{
	size_t payload = 0;

	if (length - end > VM_JOURNAL_FULL + VM_JOURNAL_HEADER)
		return vm_fail(err, VM_TEMPFAIL,
			       "%s is damaged at byte %zu: no record is as long as what follows",
			       VM_JOURNAL_NAME, end);
	for (size_t i = end + 1; i + VM_JOURNAL_HEADER <= length; i++) {
		const char *const next = memchr(bytes + i, magic[0], length - i);

		if (next == NULL)
			break;
		i = (size_t)(next - bytes);
		if (is_record(bytes, length, i, &payload))
			return vm_fail(err, VM_TEMPFAIL,
				       "%s is damaged at byte %zu, before good records",
				       VM_JOURNAL_NAME, end);
	}
	return VM_OK;
}

static enum vm_status fail_line(struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "%s holds a line that is no change", VM_JOURNAL_NAME);
}

/* One line of a record, without its LF. */
static bool parse_change(const char *line, size_t length, struct vm_change *change)
{
	const char *colon = NULL;
	bool live = false;

	if (length < 3 || line[1] != ' ' || !vm_change_from_letter(line[0], change, &live))
		return false;
	change->user = line + 2;
	colon = memchr(change->user, ':', length - 2);
	if (live != (colon != NULL))
		return false;
	change->user_length = live ? (size_t)(colon - change->user) : length - 2;
	change->fields = live ? colon + 1 : NULL;
	change->fields_length = live ? length - 3 - change->user_length : 0;
	return change->user_length > 0 && change->user_length <= VM_USER_MAX &&
	       change->fields_length <= VM_PASSWD_LINE_MAX;
}

static enum vm_status walk_payload(const char *bytes, size_t length,
				   enum vm_status (*each)(void *, const struct vm_change *,
							  struct vm_error *),
				   void *context, struct vm_error *err)
{
	while (length > 0) {
		const char *const lf = memchr(bytes, '\n', length);
		struct vm_change change = { .user = NULL };
		enum vm_status status = VM_INTERNAL;

		if (lf == NULL || !parse_change(bytes, (size_t)(lf - bytes), &change))
			return fail_line(err);
		status = each(context, &change, err);
		if (status != VM_OK)
			return status;
		length -= (size_t)(lf + 1 - bytes);
		bytes = lf + 1;
	}
	return VM_OK;
}

enum vm_status vm_journal_walk(const char *bytes, size_t length, size_t *end,
			       enum vm_status (*each)(void *, const struct vm_change *,
						      struct vm_error *),
			       void *context, struct vm_error *err)
{
	size_t payload = 0;

	*end = 0;
	while (is_record(bytes, length, *end, &payload)) {
		const enum vm_status status =
			walk_payload(bytes + *end + VM_JOURNAL_HEADER, payload, each, context, err);

		if (status != VM_OK)
			return status;
		*end += VM_JOURNAL_HEADER + payload;
	}
	return check_tail(bytes, length, *end, err);
}

static enum vm_status put_change(void *context, const struct vm_change *change,
				 struct vm_error *err)
{
	return vm_changes_put(context, change, err);
}

enum vm_status vm_journal_load(const char *bytes, size_t length, size_t *end,
			       struct vm_changes *changes, struct vm_error *err)
{
	return vm_journal_walk(bytes, length, end, put_change, changes, err);
}

struct search {
	const char *user;
	size_t user_length;
	struct vm_change *found;
	bool is_found;
};

static enum vm_status match_change(void *context, const struct vm_change *change,
				   struct vm_error *err)
{
	struct search *const search = context;

	(void)err;
	if (change->user_length == search->user_length &&
	    memcmp(change->user, search->user, search->user_length) == 0) {
		*search->found = *change;
		search->is_found = true;
	}
	return VM_OK;
}

enum vm_status vm_journal_find(const char *bytes, size_t length, const char *user,
			       struct vm_change *out, struct vm_error *err)
{
	struct search search = { .user = user, .user_length = strlen(user), .found = out };
	size_t end = 0;
	const enum vm_status status =
		vm_journal_walk(bytes, length, &end, match_change, &search, err);

	if (status != VM_OK || search.is_found)
		return status;
	return vm_fail(err, VM_NOT_FOUND, "nothing of %s in the journal", user);
}

enum vm_status vm_journal_print(const struct vm_changes *changes, size_t offset, struct vm_buf *out,
				struct vm_error *err)
{
	const size_t start = out->length;
	char header[VM_JOURNAL_HEADER + 1];
	size_t payload = 0;

	vm_buf_append(out, "                                      \n", VM_JOURNAL_HEADER);
	for (size_t i = 0; i < changes->count; i++) {
		const struct vm_change *const change = &changes->items[i];

		vm_buf_append_byte(out, vm_change_letter(change));
		vm_buf_append_byte(out, ' ');
		vm_buf_append(out, change->user, change->user_length);
		if (change->fields != NULL) {
			vm_buf_append_byte(out, ':');
			vm_buf_append(out, change->fields, change->fields_length);
		}
		vm_buf_append_byte(out, '\n');
	}
	if (out->failed)
		return vm_buf_check(out, VM_JOURNAL_NAME, err);
	payload = out->length - start - VM_JOURNAL_HEADER;
	if (!vm_text_format(header, sizeof header, "%s%08zx %08zx ", magic, offset, payload))
		return vm_fail(err, VM_INTERNAL, "the header of a record does not fit");
	(void)!vm_text_format(header + SUMMED_HEADER, sizeof header - SUMMED_HEADER,
			      "%016" PRIx64 "\n",
			      sum_record(header, out->bytes + start + VM_JOURNAL_HEADER, payload));
	memcpy(out->bytes + start, header, VM_JOURNAL_HEADER);
	return VM_OK;
}

enum vm_status vm_journal_read(int folder, struct vm_buf *out, struct vm_error *err)
{
	const enum vm_status status = vm_file_read_all(folder, VM_JOURNAL_NAME, out, err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* What was written but not synced may be there after a crash or not: take it back before anybody reads it as done. */
static void take_back(int fd, size_t end)
{
	struct vm_error ignored;

	if (vm_file_truncate(fd, VM_JOURNAL_NAME, (off_t)end, &ignored) == VM_OK)
		(void)vm_file_sync(fd, VM_JOURNAL_NAME,
				   &ignored); /* the caller tells the first error */
}

static enum vm_status append_at(int fd, size_t end, const struct vm_buf *record,
				struct vm_error *err)
{
	struct stat found;
	enum vm_status status = VM_OK;

	if (fstat(fd, &found) != 0 || lseek(fd, (off_t)end, SEEK_SET) < 0)
		return vm_fail(err, VM_TEMPFAIL, "cannot find the end of %s", VM_JOURNAL_NAME);
	if (found.st_size > (off_t)end)
		status = vm_file_truncate(fd, VM_JOURNAL_NAME, (off_t)end, err);
	if (status != VM_OK)
		return status;
	status = vm_file_write(fd, VM_JOURNAL_NAME, record->bytes, record->length, err);
	if (status == VM_OK)
		status = vm_file_sync(fd, VM_JOURNAL_NAME, err);
	if (status != VM_OK)
		take_back(fd, end);
	return status;
}

enum vm_status vm_journal_append(int folder, size_t end, const struct vm_buf *record,
				 struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = VM_INTERNAL;

	if (end == 0) /* a new file, whole at once: its name is synced with it */
		return vm_file_replace_with(folder, VM_JOURNAL_NAME, 0600, record->bytes,
					    record->length, err);
	status = vm_file_open_write(folder, VM_JOURNAL_NAME, &fd, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "%s went away", VM_JOURNAL_NAME);
	if (status != VM_OK)
		return status;
	status = append_at(fd, end, record, err);
	vm_file_discard(&fd); /* synced: close has nothing left to say */
	return status;
}
