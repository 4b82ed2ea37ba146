/* Keeps a person's answer with the files of the account. */
#include <config.h>

#include "operations/vacation.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { PERIOD_MAX = 4096 };

static const char message_name[] = "message", period_name[] = "period";
static const char *const memories[] = { ".answered", ".answered.lock" };

bool vm_vacation_is_now(const struct vm_vacation *vacation, time_t now)
{
	return now >= vacation->from && (vacation->until == 0 || now < vacation->until);
}

static enum vm_status open_folder(const char *home, int *out, struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];

	if (!vm_text_format(path, sizeof path, "%s/vacation", home))
		return vm_fail(err, VM_TEMPFAIL, "the path of the home is too long");
	return vm_file_open_folder(AT_FDCWD, path, out, err);
}

/* "from=N", "until=N", "days=N", a line each. */
static bool take_line(const char *line, struct vm_vacation *out)
{
	uint64_t number = 0;
	const char *const equals = strchr(line, '=');

	if (equals == NULL || !vm_text_parse_u64(equals + 1, INT64_MAX, &number))
		return false;
	if (vm_text_starts_with(line, "from="))
		out->from = (time_t)number;
	else if (vm_text_starts_with(line, "until="))
		out->until = (time_t)number;
	else if (vm_text_starts_with(line, "days=") && number <= VM_VACATION_DAYS_MAX)
		out->days = (unsigned int)number;
	else
		return false;
	return true;
}

static enum vm_status parse(char *text, struct vm_vacation *out, struct vm_error *err)
{
	char *line = text;

	*out = (struct vm_vacation){ .days = VM_VACATION_DAYS };
	while (*line != '\0') {
		char *const end = line + strcspn(line, "\n");
		char *const next = *end == '\n' ? end + 1 : end;

		*end = '\0';
		if (!take_line(line, out))
			return vm_fail(err, VM_TEMPFAIL, "vacation/period has a bad line");
		line = next;
	}
	return out->days > 0 ? VM_OK : vm_fail(err, VM_TEMPFAIL, "vacation/period has no days");
}

enum vm_status vm_vacation_get(const char *home, struct vm_vacation *out, struct vm_error *err)
{
	struct vm_buf text;
	int folder = -1;
	enum vm_status status = open_folder(home, &folder, err);

	vm_buf_init(&text, PERIOD_MAX);
	if (status == VM_OK)
		status = vm_file_read_all(folder, period_name, &text, err);
	if (status == VM_OK)
		status = parse(text.bytes, out, err);
	vm_buf_release(&text);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_vacation_text(const char *home, struct vm_buf *out, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = open_folder(home, &folder, err);

	if (status == VM_OK)
		status = vm_file_read_all(folder, message_name, out, err);
	vm_file_discard(&folder);
	return status;
}

static enum vm_status check(const struct vm_vacation *vacation, const char *text, size_t length,
			    struct vm_error *err)
{
	if (vacation->from < 0 || vacation->until < 0 ||
	    (vacation->until != 0 && vacation->until <= vacation->from))
		return vm_fail_field(err, VM_INVALID, "until", "the end is before the beginning");
	if (vacation->days == 0 || vacation->days > VM_VACATION_DAYS_MAX)
		return vm_fail_field(err, VM_INVALID, "days", "the days are 1 to %d",
				     VM_VACATION_DAYS_MAX);
	if (length == 0 || length > VM_VACATION_TEXT_MAX)
		return vm_fail_field(err, VM_INVALID, "message",
				     "the message is empty, or longer than %d bytes",
				     VM_VACATION_TEXT_MAX);
	if (memchr(text, '\0', length) != NULL)
		return vm_fail_field(err, VM_INVALID, "message", "the message holds a NUL byte");
	return VM_OK;
}

static enum vm_status make_folder(const char *home, int *out, struct vm_error *err)
{
	int parent = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, home, &parent, err);

	if (status != VM_OK)
		return status;
	status = vm_file_make_folder(parent, "vacation", 0700, err);
	if (status == VM_OK)
		status = vm_file_sync_folder(parent, ".", err);
	if (status == VM_OK || status == VM_EXISTS)
		status = vm_file_open_folder(parent, "vacation", out, err);
	vm_file_discard(&parent);
	return status;
}

enum vm_status vm_vacation_set(const char *home, const struct vm_vacation *vacation,
			       const char *text, size_t length, struct vm_error *err)
{
	char period[128];
	int folder = -1;
	enum vm_status status = check(vacation, text, length, err);

	if (status == VM_OK)
		status = make_folder(home, &folder, err);
	if (status == VM_OK &&
	    !vm_text_format(period, sizeof period, "from=%lld\nuntil=%lld\ndays=%u\n",
			    (long long)vacation->from, (long long)vacation->until, vacation->days))
		status = VM_INTERNAL;
	/* The period is last: it is what turns the answer on. */
	if (status == VM_OK)
		status = vm_file_replace_with(folder, message_name, 0600, text, length, err);
	if (status == VM_OK)
		status = vm_file_remove(folder, memories[0], err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, period_name, 0600, period, strlen(period),
					      err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_vacation_remove(const char *home, struct vm_error *err)
{
	struct stat period;
	int folder = -1;
	enum vm_status status = open_folder(home, &folder, err);

	if (status == VM_OK)
		status = vm_file_stat(folder, period_name, &period, err);
	if (status == VM_OK) /* what turned it on goes first */
		status = vm_file_remove(folder, period_name, err);
	if (status == VM_OK)
		status = vm_file_sync_folder(folder, ".", err);
	if (status == VM_OK)
		status = vm_file_remove(folder, message_name, err);
	for (size_t i = 0; i < sizeof memories / sizeof *memories && status == VM_OK; i++)
		status = vm_file_remove(folder, memories[i], err);
	vm_file_discard(&folder);
	return status;
}
