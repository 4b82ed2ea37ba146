/* Tests of mta/common/pop3/pop3_encoder.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mta/common/pop3/pop3_encoder.h"

enum { ALL_LINES = -1, SENT_MAX = 4096 };

struct encoder_case {
	const char *stored;
	int body_lines;
	const char *sent;
};

static const struct encoder_case cases[] = {
	{ "", ALL_LINES, ".\r\n" },
	{ "a: b\n\nbody\n", ALL_LINES, "a: b\r\n\r\nbody\r\n.\r\n" },
	{ "no end", ALL_LINES, "no end\r\n.\r\n" },
	{ "no end\r", ALL_LINES, "no end\r\n.\r\n" },
	{ "a: b\r\n\r\nbody\r\n", ALL_LINES, "a: b\r\n\r\nbody\r\n.\r\n" },
	{ "bare\rcr\n", ALL_LINES, "bare\rcr\r\n.\r\n" },
	{ ".\n..\n.x\nx.\n", ALL_LINES, "..\r\n...\r\n..x\r\nx.\r\n.\r\n" },
	{ ".", ALL_LINES, "..\r\n.\r\n" },
	{ "\n\n\n", ALL_LINES, "\r\n\r\n\r\n.\r\n" },
	{ "a: b\nc: d\n\n1\n2\n3\n", 0, "a: b\r\nc: d\r\n\r\n.\r\n" },
	{ "a: b\nc: d\n\n1\n2\n3\n", 2, "a: b\r\nc: d\r\n\r\n1\r\n2\r\n.\r\n" },
	{ "a: b\nc: d\n\n1\n2\n3\n", 9, "a: b\r\nc: d\r\n\r\n1\r\n2\r\n3\r\n.\r\n" },
	{ "a: b\r\n\r\n.1\r\n2\r\n", 1, "a: b\r\n\r\n..1\r\n.\r\n" },
	{ "header only\n", 0, "header only\r\n.\r\n" },
};

/* Feeds the text in parts of `step` bytes; what was sent, and *octets as the encoder counted. */
static const char *encode(const struct encoder_case *item, size_t step, uint64_t *octets)
{
	static char sent[SENT_MAX];
	const int fd = memfd_create("sent", MFD_CLOEXEC);
	const size_t length = strlen(item->stored);
	struct vm_pop3_encoder encoder;
	struct vm_stream stream;
	struct vm_error err;
	ssize_t got;

	assert_true(fd >= 0);
	assert_int_equal(vm_stream_init(&stream, fd, fd, 128, 60, &err), VM_OK);
	vm_pop3_encoder_init(&encoder, &stream,
			     item->body_lines == ALL_LINES ? UINT64_MAX
							   : (uint64_t)item->body_lines);
	for (size_t at = 0; at < length; at += step)
		vm_pop3_encoder_feed(&encoder, item->stored + at,
				     length - at < step ? length - at : step);
	vm_pop3_encoder_finish(&encoder);
	assert_int_equal(vm_stream_flush(&stream, &err), VM_OK);
	vm_stream_release(&stream);
	got = pread(fd, sent, sizeof(sent) - 1, 0);
	assert_true(got >= 0);
	sent[got] = '\0';
	close(fd);
	*octets = encoder.octets;
	return sent;
}

static void stored_text_is_sent_as_pop3_wants_it_however_it_is_cut(void **state)
{
	uint64_t octets;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step <= strlen(cases[i].stored) + 1; step++)
			assert_string_equal(encode(&cases[i], step, &octets), cases[i].sent);
	}
}

/* The size in LIST is what RETR sends, without doubled dots and the last line. */
static void the_size_is_what_is_sent_without_stuffing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *stored = cases[i].stored;
		const size_t length = strlen(stored);
		bool after_cr = false;
		uint64_t octets, counted = 0;

		if (cases[i].body_lines != ALL_LINES)
			continue;
		(void)encode(&cases[i], length + 1, &octets);
		for (size_t at = 0; at < length; at++)
			counted += vm_pop3_count_octets(stored + at, 1, &after_cr);
		after_cr = false;
		if (length > 0 && stored[length - 1] != '\n')
			counted += stored[length - 1] == '\r' ? 1 : 2;
		assert_int_equal(counted, octets);
		counted = vm_pop3_count_octets(stored, length, &after_cr);
		if (length > 0 && stored[length - 1] != '\n')
			counted += after_cr ? 1 : 2;
		assert_int_equal(counted, octets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_text_is_sent_as_pop3_wants_it_however_it_is_cut),
		cmocka_unit_test(the_size_is_what_is_sent_without_stuffing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
