/* stream.c */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support.h"
#include "util/stream.h"

enum { INPUT = 64 };

struct talk {
	struct vm_stream stream;
	struct vm_error err;
	int other; /* the client's end */
	int ours;
	char *line;
	size_t length;
	enum vm_line_end ending;
};

static int begin_talk(void **state)
{
	struct talk *const talk = calloc(1, sizeof *talk);
	int ends[2];

	if (talk == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	talk->ours = ends[0];
	talk->other = ends[1];
	*state = talk;
	return vm_stream_init(&talk->stream, talk->ours, talk->ours, INPUT, 60, &talk->err) == VM_OK
		       ? 0
		       : -1;
}

static int end_talk(void **state)
{
	struct talk *const talk = *state;

	vm_stream_release(&talk->stream);
	if (talk->other >= 0)
		close(talk->other);
	close(talk->ours);
	free(talk);
	return 0;
}

static void say(const struct talk *talk, const char *text)
{
	assert_int_equal(send(talk->other, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void hang_up(struct talk *talk)
{
	close(talk->other);
	talk->other = -1;
}

static enum vm_status read_line(struct talk *talk)
{
	return vm_stream_read_line(&talk->stream, &talk->line, &talk->length, &talk->ending,
				   &talk->err);
}

/* What one read at the client's end gets. */
static void assert_packet(const struct talk *talk, const char *expected)
{
	char bytes[4096];
	const ssize_t got = recv(talk->other, bytes, sizeof bytes - 1, MSG_DONTWAIT);

	assert_true(got >= 0);
	bytes[got] = '\0';
	assert_string_equal(bytes, expected);
}

static void lines_end_in_lf_or_crlf_and_it_is_told(void **state)
{
	struct talk *const talk = *state;

	say(talk, "one\r\ntwo\n\r\nthree\r\r\n");
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "one");
	assert_int_equal(talk->length, 3);
	assert_int_equal(talk->ending, VM_LINE_CRLF);
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "two");
	assert_int_equal(talk->ending, VM_LINE_LF);
	assert_int_equal(read_line(talk), VM_OK);
	assert_int_equal(talk->length, 0);
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "three\r");
	assert_int_equal(vm_stream_buffered(&talk->stream), 0);
}

static void an_over_long_line_is_one_error_and_dropped_whole(void **state)
{
	struct talk *const talk = *state;
	char text[INPUT * 3 + 1];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	say(talk, text);
	say(talk, "DELE 1\r\nQUIT\r\n");
	assert_int_equal(read_line(talk), VM_INVALID);
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "QUIT");
	text[INPUT - 1] = '\0';
	say(talk, text);
	say(talk, "\n");
	assert_int_equal(read_line(talk), VM_OK);
	assert_int_equal(talk->length, INPUT - 1);
	text[INPUT - 1] = 'x';
	text[INPUT] = '\0';
	say(talk, text);
	say(talk, "\nok\n");
	assert_int_equal(read_line(talk), VM_INVALID);
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "ok");
}

static void the_end_of_input_is_not_found_and_half_a_line_is_dropped(void **state)
{
	struct talk *const talk = *state;

	say(talk, "whole\nhalf");
	hang_up(talk);
	assert_int_equal(read_line(talk), VM_OK);
	assert_int_equal(read_line(talk), VM_NOT_FOUND);
	assert_int_equal(read_line(talk), VM_NOT_FOUND);
}

static void silence_is_tempfail_after_the_timeout(void **state)
{
	struct talk *const talk = *state;

	vm_stream_set_timeout(&talk->stream, 0);
	say(talk, "no end of line");
	assert_int_equal(read_line(talk), VM_TEMPFAIL);
	assert_int_equal(talk->err.sys_errno, ETIMEDOUT);
	say(talk, "\n");
	assert_int_equal(read_line(talk), VM_OK);
	assert_string_equal(talk->line, "no end of line");
}

static void a_reply_leaves_in_one_packet_with_the_flush(void **state)
{
	struct talk *const talk = *state;
	char byte = 0;

	assert_int_equal(vm_stream_write_text(&talk->stream, "+OK ", &talk->err), VM_OK);
	assert_int_equal(vm_stream_printf(&talk->stream, &talk->err, "%d messages\r\n", 3), VM_OK);
	assert_int_equal(vm_stream_write(&talk->stream, ".\r\n", 3, &talk->err), VM_OK);
	assert_int_equal(recv(talk->other, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(vm_stream_flush(&talk->stream, &talk->err), VM_OK);
	assert_packet(talk, "+OK 3 messages\r\n.\r\n");
}

static void replies_to_a_pipelined_group_leave_together_before_the_wait(void **state)
{
	struct talk *const talk = *state;

	vm_stream_set_timeout(&talk->stream, 0);
	say(talk, "A\r\nB\r\n");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_line(talk), VM_OK);
		assert_int_equal(vm_stream_printf(&talk->stream, &talk->err, "re %s\r\n",
						  talk->line),
				 VM_OK);
	}
	assert_int_equal(read_line(talk), VM_TEMPFAIL);
	assert_packet(talk, "re A\r\nre B\r\n");
}

static void blocks_are_read_exactly_or_as_they_come(void **state)
{
	struct talk *const talk = *state;
	const char *shown = NULL;
	char bytes[10];
	size_t got = 0;

	say(talk, "BDAT 5\r\nabcdefgh");
	assert_int_equal(read_line(talk), VM_OK);
	assert_int_equal(vm_stream_read_exact(&talk->stream, bytes, 5, &talk->err), VM_OK);
	assert_memory_equal(bytes, "abcde", 5);
	assert_int_equal(vm_stream_read_some(&talk->stream, bytes, 2, &got, &talk->err), VM_OK);
	assert_int_equal(got, 2);
	assert_int_equal(vm_stream_peek(&talk->stream, &shown, &got, &talk->err), VM_OK);
	assert_int_equal(got, 1);
	assert_int_equal(shown[0], 'h');
	say(talk, "i");
	assert_int_equal(vm_stream_peek_more(&talk->stream, 1, &shown, &got, &talk->err), VM_OK);
	assert_int_equal(got, 2);
	assert_memory_equal(shown, "hi", 2);
	vm_stream_take(&talk->stream, 1);
	hang_up(talk);
	assert_int_equal(vm_stream_read_exact(&talk->stream, bytes, 2, &talk->err), VM_NOT_FOUND);
	assert_int_equal(vm_stream_peek_more(&talk->stream, INPUT, &shown, &got, &talk->err),
			 VM_LIMIT);
}

static void a_client_that_left_breaks_writes_for_good_and_kills_nobody(void **state)
{
	struct talk *const talk = *state;

	hang_up(talk);
	assert_int_equal(vm_stream_write_text(&talk->stream, "x", &talk->err), VM_OK);
	assert_int_equal(vm_stream_flush(&talk->stream, &talk->err), VM_TEMPFAIL);
	assert_int_equal(talk->err.sys_errno, EPIPE);
	assert_int_equal(vm_stream_write_text(&talk->stream, "x", &talk->err), VM_TEMPFAIL);
	assert_int_equal(vm_stream_flush(&talk->stream, &talk->err), VM_TEMPFAIL);
}

static void a_client_that_does_not_read_is_tempfail(void **state)
{
	struct talk *const talk = *state;
	char *const bytes = calloc(1, 4 << 20);
	enum vm_status status = VM_INTERNAL;

	assert_non_null(bytes);
	vm_stream_set_timeout(&talk->stream, 0);
	status = vm_stream_write(&talk->stream, bytes, 4 << 20, &talk->err);
	free(bytes);
	assert_int_equal(status, VM_TEMPFAIL);
	assert_int_equal(talk->err.sys_errno, ETIMEDOUT);
}

static void pipes_work_as_well(void **state)
{
	struct vm_stream stream;
	struct vm_error err;
	int to[2], from[2];
	char *line = NULL, bytes[16];
	size_t length = 0;
	enum vm_line_end ending = VM_LINE_LF;

	(void)state;
	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	assert_int_equal(vm_stream_init(&stream, to[0], from[1], INPUT, 60, &err), VM_OK);
	assert_int_equal(write(to[1], "hello\n", 6), 6);
	assert_int_equal(vm_stream_read_line(&stream, &line, &length, &ending, &err), VM_OK);
	assert_string_equal(line, "hello");
	assert_int_equal(vm_stream_write_text(&stream, "world", &err), VM_OK);
	assert_int_equal(vm_stream_flush(&stream, &err), VM_OK);
	assert_int_equal(read(from[0], bytes, sizeof bytes), 5);
	vm_stream_release(&stream);
	for (int i = 0; i < 2; i++) {
		close(to[i]);
		close(from[i]);
	}
}

static void tcp_sockets_do_not_delay(void **state)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct vm_stream stream;
	struct vm_error err;
	int is_set = 0;
	socklen_t length = sizeof is_set;

	(void)state;
	assert_int_equal(vm_stream_init(&stream, fd, fd, INPUT, 60, &err), VM_OK);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &is_set, &length), 0);
	assert_int_not_equal(is_set, 0);
	vm_stream_release(&stream);
	close(fd);
}

int main(void)
{
#define TALK(test) cmocka_unit_test_setup_teardown(test, begin_talk, end_talk)
	const struct CMUnitTest tests[] = {
		TALK(lines_end_in_lf_or_crlf_and_it_is_told),
		TALK(an_over_long_line_is_one_error_and_dropped_whole),
		TALK(the_end_of_input_is_not_found_and_half_a_line_is_dropped),
		TALK(silence_is_tempfail_after_the_timeout),
		TALK(a_reply_leaves_in_one_packet_with_the_flush),
		TALK(replies_to_a_pipelined_group_leave_together_before_the_wait),
		TALK(blocks_are_read_exactly_or_as_they_come),
		TALK(a_client_that_left_breaks_writes_for_good_and_kills_nobody),
		TALK(a_client_that_does_not_read_is_tempfail),
		cmocka_unit_test(pipes_work_as_well),
		cmocka_unit_test(tcp_sockets_do_not_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
