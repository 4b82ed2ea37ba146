/* Tests of delivery/lmtp_body.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "delivery/lmtp_body.h"

/* Feeds DATA one byte at a time and compares what is kept; how many bytes were used. */
static size_t expect_data(const char *sent, const char *kept)
{
	struct vm_lmtp_body body;
	size_t used = 0;

	vm_lmtp_body_init(&body, "/tmp", 0);
	while (sent[used] != '\0' && !body.is_complete)
		used += vm_lmtp_body_feed(&body, sent + used, 1);
	assert_true(body.is_complete);
	assert_int_equal(body.status, VM_OK);
	assert_int_equal(body.size, strlen(kept));
	assert_memory_equal(body.memory.bytes, kept, strlen(kept));
	vm_lmtp_body_release(&body);
	return used;
}

static void line_ends_become_lf_and_dots_are_taken_off(void **state)
{
	(void)state;
	(void)expect_data("Subject: x\r\n\r\nhello\r\n.\r\n", "Subject: x\n\nhello\n");
	(void)expect_data("..dot\r\n...\r\n.x\r\n.\r\n", ".dot\n..\nx\n");
	(void)expect_data(".\r\n", "");
}

static void what_follows_the_end_is_left(void **state)
{
	(void)state;
	assert_int_equal(expect_data("a\r\n.\r\nQUIT\r\n", "a\n"), strlen("a\r\n.\r\n"));
}

static bool ends(const char *sent)
{
	struct vm_lmtp_body body;
	bool is_complete = false, has_bare_end = false;

	vm_lmtp_body_init(&body, "/tmp", 0);
	(void)vm_lmtp_body_feed(&body, sent, strlen(sent));
	is_complete = body.is_complete;
	has_bare_end = body.has_bare_end;
	vm_lmtp_body_release(&body);
	assert_true(has_bare_end);
	return is_complete;
}

static void only_crlf_dot_crlf_ends_a_message(void **state)
{
	(void)state;
	assert_false(ends("a\n.\nb"));
	assert_false(ends("a\r\n.\nb"));
	assert_false(ends("a\n.\r\nb"));
	assert_false(ends("a\r.\rb"));
}

static void a_message_beyond_the_maximum_is_read_to_its_end(void **state)
{
	struct vm_lmtp_body body;
	static const char text[] = "0123456789\r\n0123456789\r\n.\r\n";

	(void)state;
	vm_lmtp_body_init(&body, "/tmp", 15);
	assert_int_equal(vm_lmtp_body_feed(&body, text, strlen(text)), strlen(text));
	assert_true(body.is_complete && body.is_too_big);
	vm_lmtp_body_clear(&body);
	assert_false(body.is_complete || body.is_too_big);
	assert_int_equal(body.size, 0);
	vm_lmtp_body_release(&body);
}

static void chunks_are_kept_with_their_dots(void **state)
{
	static const char kept[] = "a\n.\nb\r";
	struct vm_lmtp_body body;

	(void)state;
	vm_lmtp_body_init(&body, "/tmp", 0);
	vm_lmtp_body_feed_chunk(&body, "a\r", 2);
	vm_lmtp_body_feed_chunk(&body, "\n.\r\nb\r", 6);
	vm_lmtp_body_end_chunks(&body);
	assert_int_equal(body.size, strlen(kept));
	assert_memory_equal(body.memory.bytes, kept, strlen(kept));
	vm_lmtp_body_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_ends_become_lf_and_dots_are_taken_off),
		cmocka_unit_test(what_follows_the_end_is_left),
		cmocka_unit_test(only_crlf_dot_crlf_ends_a_message),
		cmocka_unit_test(a_message_beyond_the_maximum_is_read_to_its_end),
		cmocka_unit_test(chunks_are_kept_with_their_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
