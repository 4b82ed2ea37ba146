/*
 * The main of a fuzz target where there is no libFuzzer: replays corpus/NAME of the source tree (NAME from the
 * program's own, fuzz_NAME), or the files and folders given. Each file is given whole, cut at each length, and
 * changed in a fixed pseudo-random way, so that every run is the same.
 */
#include "config.h"

#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20, CUTS_MAX = 2048, CHANGES = 256, PATH_SIZE = 4096 };

static unsigned long inputs;

static void feed(const uint8_t *bytes, size_t length)
{
	/* Its own block of just this size, so that a sanitizer sees a read beyond it. */
	uint8_t *const copy = malloc(length == 0 ? 1 : length);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, length);
	(void)LLVMFuzzerTestOneInput(copy, length); /* always 0 */
	free(copy);
	inputs++;
}

/* A small generator of our own, so that all machines make the same changes. */
static uint32_t next_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void feed_changed(const uint8_t *bytes, size_t length)
{
	static const uint8_t odd_bytes[] = { 0,   '\n', '\r', '"',  '\\', '%',
					     ':', '-',  0x7f, 0x80, 0xff };
	uint32_t state = 2463534242U;
	uint8_t *const copy = malloc(length == 0 ? 1 : length);

	if (copy == NULL)
		abort();
	for (int i = 0; i < CHANGES && length != 0; i++) {
		memcpy(copy, bytes, length);
		for (uint32_t left = 1 + next_number(&state) % 3; left != 0; left--) {
			const uint32_t what = next_number(&state);

			copy[next_number(&state) % length] =
				(what & 1) != 0 ? (uint8_t)(what >> 8)
						: odd_bytes[(what >> 8) % sizeof odd_bytes];
		}
		feed(copy, length);
	}
	free(copy);
}

static int replay_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	if (fd >= 0) {
		while ((got = read(fd, bytes + length, sizeof bytes - length)) > 0)
			length += (size_t)got;
		close(fd);
	}
	if (got < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	feed(bytes, length);
	for (size_t cut = 0; cut < length && cut < CUTS_MAX; cut++)
		feed(bytes, cut);
	feed_changed(bytes, length);
	return 0;
}

static int replay_folder(const char *path)
{
	struct dirent **entries;
	const int count = scandir(path, &entries, NULL, alphasort);
	int failures = count < 0 ? 1 : 0, files = 0;

	if (count < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		char name[PATH_SIZE];

		if (entries[i]->d_name[0] != '.' &&
		    snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name) < PATH_SIZE) {
			failures += replay_file(name);
			files++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (files == 0) {
		fprintf(stderr, "%s: holds no file to replay\n", path);
		failures++;
	}
	return failures;
}

static int replay(const char *path)
{
	struct stat state;

	return stat(path, &state) == 0 && S_ISDIR(state.st_mode) ? replay_folder(path)
								 : replay_file(path);
}

/* corpus/NAME for .../fuzz_NAME */
static int replay_own_corpus(const char *program)
{
	const char *source = getenv("VM_SOURCE"), *slash = strrchr(program, '/');
	const char *name = slash == NULL ? program : slash + 1;
	char path[PATH_SIZE];

	if (source == NULL || strncmp(name, "fuzz_", 5) != 0 ||
	    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", source, name + 5) >= PATH_SIZE) {
		fprintf(stderr, "usage: %s file|folder...\n", program);
		return 1;
	}
	return replay(path);
}

int main(int argc, char **argv)
{
	int failures = argc < 2 ? replay_own_corpus(argv[0]) : 0;

	for (int i = 1; i < argc; i++)
		failures += replay(argv[i]);
	printf("%lu inputs\n", inputs);
	return failures == 0 ? 0 : 1;
}
