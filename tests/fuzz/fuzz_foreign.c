/* Another system's file, after a line with the name of its format: what it becomes is understood by vimport. */
#include "config.h"

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "operations/foreign.h"
#include "operations/import.h"
#include "util/text.h"

enum { NAME_MAX_LENGTH = 32 };

static void hear_skipped(void *context, const char *where, const char *text)
{
	(void)context;
	FUZZ_PROMISE(where[0] != '\0' && text[0] != '\0');
	FUZZ_PROMISE(strchr(where, '\n') == NULL && strchr(text, '\n') == NULL);
}

static void hear_bad_line(void *context, size_t line, const char *text)
{
	(void)context;
	(void)line;
	/* Rows that no database would print in this order. */
	FUZZ_PROMISE(vm_text_ends_with(text, "has a section already"));
}

static int memory_file(const void *bytes, size_t length)
{
	const int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_PROMISE(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	FUZZ_PROMISE(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void check_lines(const struct vm_config *config, int fd)
{
	struct vm_import_index index;
	struct vm_error err;

	FUZZ_PROMISE(vm_import_index_read(config, fd, "lines", hear_bad_line, NULL, &index, &err) ==
		     VM_OK);
	vm_import_index_release(&index);
}

static void translate(enum vm_foreign_format format, const void *bytes, size_t length)
{
	struct vm_config config;
	struct vm_error err;
	struct vm_foreign foreign = { .config = &config, .name = "rows", .skip = hear_skipped };
	const int source = memory_file(bytes, length), out = memory_file("", 0);
	enum vm_status status = vm_config_parse("", "test", "/v", &config, &err);

	FUZZ_PROMISE(status == VM_OK);
	status = vm_foreign_translate(&foreign, format, source, out, &err);
	FUZZ_PROMISE(status == VM_OK || status == VM_INVALID || status == VM_LIMIT);
	if (status == VM_OK)
		check_lines(&config, out);
	vm_config_release(&config);
	close(out);
	close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *const end = length == 0 ? NULL : memchr(bytes, '\n', length);
	char name[NAME_MAX_LENGTH];
	enum vm_foreign_format format = VM_FOREIGN_FORMATS;

	if (end == NULL || end - bytes >= NAME_MAX_LENGTH)
		return 0;
	memcpy(name, bytes, (size_t)(end - bytes));
	name[end - bytes] = '\0';
	format = vm_foreign_find(name);
	if (format != VM_FOREIGN_FORMATS && !vm_foreign_is_folder(format))
		translate(format, end + 1, length - (size_t)(end + 1 - bytes));
	return 0;
}
