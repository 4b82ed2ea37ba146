/* Constant databases that nobody made: opening, asking and walking them ends, and stays within the file. */
#include "config.h"

#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/cdb_file.h"

enum { ARENA_MAX = 1024 * 1024 };

static void ask(struct vm_cdb *cdb, const char *key, size_t length)
{
	struct vm_arena arena;
	struct vm_error err;
	char *data = NULL;
	size_t data_length = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_cdb_get(cdb, key, length, &arena, &data, &data_length, &err);
	FUZZ_PROMISE(status == VM_OK || status == VM_NOT_FOUND || status == VM_TEMPFAIL);
	FUZZ_PROMISE(status != VM_OK || data[data_length] == '\0');
	vm_arena_release(&arena);
}

static void walk(struct vm_cdb *cdb, size_t length)
{
	struct vm_cdb_record record;
	struct vm_error err;
	uint32_t position = 0, before = 0;
	size_t total = 0;

	while (vm_cdb_next(cdb, &position, &record, &err) == VM_OK) {
		char key[256];

		FUZZ_PROMISE(position > before);
		before = position;
		total += record.key_length + record.data_length;
		FUZZ_PROMISE(total <= length);
		if (record.key_length > sizeof key)
			continue;
		memcpy(key, record.key, record.key_length);
		ask(cdb, key, record.key_length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char path[] = "/tmp/virtmail-fuzz-cdb-XXXXXX";
	const int fd = mkstemp(path);
	struct vm_cdb cdb;
	struct vm_error err;

	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		abort();
	close(fd);
	if (vm_cdb_open(&cdb, AT_FDCWD, path, &err) == VM_OK) {
		ask(&cdb, "bob", 3);
		ask(&cdb, "", 0);
		walk(&cdb, length);
		vm_cdb_close(&cdb);
	}
	unlink(path);
	return 0;
}
