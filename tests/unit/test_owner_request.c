/* owner_request.c: what each side accepts of the other */
#include "config.h"

#include "delivery/owner_request.h"
#include "support.h"

#define PARSE_REQUEST(text, request) \
	vm_owner_request_parse(text, sizeof(text) - 1, &policy, request, &err)
#define PARSE_ANSWER(text, answer) vm_owner_answer_parse(text, sizeof(text) - 1, answer, &err)

static const struct vm_address_policy policy = { .default_domain = "" };

static void requests_come_back_as_they_were(void **state)
{
	const struct vm_owner_request request = { .check_only = true,
						  .sender = "a b@example.net",
						  .recipient = { "ann", "red.example" } };
	struct vm_owner_request again = request;
	struct vm_error err;
	struct vm_buf packet;

	(void)state;
	vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
	for (int i = 0; i < 2; i++) {
		again.check_only = i == 0;
		vm_buf_clear(&packet);
		assert_int_equal(vm_owner_request_print(&again, &packet, &err), VM_OK);
		memset(&again, 'x', sizeof again);
		assert_int_equal(vm_owner_request_parse(packet.bytes, packet.length, &policy,
							&again, &err),
				 VM_OK);
		assert_int_equal(again.check_only, i == 0);
		assert_string_equal(again.sender, request.sender);
		assert_string_equal(again.recipient.user, "ann");
		assert_string_equal(again.recipient.domain, "red.example");
	}
	vm_buf_release(&packet);
}

static void longest_fields_fit_in_a_packet(void **state)
{
	struct vm_owner_request request = { .check_only = false };
	struct vm_delivery_result result = { .status = VM_DENIED, .code = "5.999.999" };
	struct vm_owner_answer answer;
	struct vm_error err;
	struct vm_buf packet;

	(void)state;
	memset(request.sender, 's', sizeof request.sender - 1);
	memset(request.recipient.user, 'u', sizeof request.recipient.user - 1);
	memset(request.recipient.domain, 'd', sizeof request.recipient.domain - 1);
	request.recipient.domain[40] = '.';
	memset(result.text, 't', sizeof result.text - 1);
	vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
	assert_int_equal(vm_owner_request_print(&request, &packet, &err), VM_OK);
	vm_buf_clear(&packet);
	assert_int_equal(vm_owner_answer_print(&result, &packet, &err), VM_OK);
	assert_int_equal(vm_owner_answer_parse(packet.bytes, packet.length, &answer, &err), VM_OK);
	assert_string_equal(answer.text, result.text);
	vm_buf_release(&packet);
}

static void requests_of_another_form_are_invalid(void **state)
{
	struct vm_owner_request request;
	struct vm_error err;

	(void)state;
	assert_int_equal(PARSE_REQUEST("check\0\0ann@red.example\0", &request), VM_OK);
	assert_int_equal(PARSE_REQUEST("check\0\0ann@red.example", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0ann@red.example\0x", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0ann@red.example\0\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0ann@red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("Check\0\0ann@red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("\0\0ann@red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0a\nb\0ann@red.example\0", &request), VM_INVALID);
}

static void recipients_must_be_as_they_are_kept(void **state)
{
	struct vm_owner_request request;
	struct vm_error err;

	(void)state;
	assert_int_equal(PARSE_REQUEST("check\0\0Ann@red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0ann%red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0ann\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0../ann@red.example\0", &request), VM_INVALID);
	assert_int_equal(PARSE_REQUEST("check\0\0\0", &request), VM_INVALID);
}

static void senders_have_a_maximum(void **state)
{
	struct vm_owner_request request;
	struct vm_error err;
	struct vm_buf packet;

	(void)state;
	vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
	for (size_t length = VM_SENDER_MAX; length <= VM_SENDER_MAX + 1; length++) {
		vm_buf_clear(&packet);
		vm_buf_append(&packet, "deliver", sizeof "deliver");
		for (size_t i = 0; i < length; i++)
			vm_buf_append_byte(&packet, 's');
		vm_buf_append(&packet, "\0ann@red.example", sizeof "\0ann@red.example");
		assert_int_equal(vm_owner_request_parse(packet.bytes, packet.length, &policy,
							&request, &err),
				 length == VM_SENDER_MAX ? VM_OK : VM_INVALID);
	}
	vm_buf_release(&packet);
}

static void answers_come_back_as_they_were(void **state)
{
	const struct vm_delivery_result results[] = {
		{ .status = VM_OK, .code = "2.1.5" },
		{ .status = VM_NOT_FOUND, .code = "5.1.1", .text = "nobody\nof that name" },
		{ .status = VM_LIMIT, .code = "5.2.2", .text = "full" },
		{ .status = VM_DENIED, .code = "5.4.6", .text = "mail is looping" },
		{ .status = VM_TEMPFAIL, .code = "4.3.0", .text = "100% \xc3\xa4" },
		{ .status = VM_INTERNAL, .code = "4.3.0", .text = "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
		struct vm_owner_answer answer;
		struct vm_error err;
		struct vm_buf packet;

		vm_buf_init(&packet, VM_OWNER_PACKET_MAX);
		assert_int_equal(vm_owner_answer_print(&results[i], &packet, &err), VM_OK);
		assert_int_equal(vm_owner_answer_parse(packet.bytes, packet.length, &answer, &err),
				 VM_OK);
		assert_int_equal(answer.status, results[i].status);
		assert_string_equal(answer.code, results[i].code);
		assert_string_equal(answer.text, results[i].text);
		vm_buf_release(&packet);
	}
}

static void answers_of_another_form_are_invalid(void **state)
{
	struct vm_owner_answer answer;
	struct vm_error err;

	(void)state;
	assert_int_equal(PARSE_ANSWER("ok\0"
				      "2.1.5\0\0",
				      &answer),
			 VM_OK);
	assert_int_equal(PARSE_ANSWER("", &answer), VM_INVALID);
	assert_int_equal(PARSE_ANSWER("ok", &answer), VM_INVALID);
	assert_int_equal(PARSE_ANSWER("ok\0"
				      "2.1.5\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("ok\0"
				      "2.1.5\0\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("fine\0"
				      "2.1.5\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.7.1\0a\x01\0",
				      &answer),
			 VM_INVALID);
}

static void codes_are_of_the_class_of_their_status(void **state)
{
	struct vm_owner_answer answer;
	struct vm_error err;

	(void)state;
	assert_int_equal(PARSE_ANSWER("ok\0"
				      "5.1.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("not_found\0"
				      "4.1.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("tempfail\0"
				      "5.1.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("tempfail\0"
				      "2.1.5\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.1.\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.1.1.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.1234.1\0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0"
				      "5.1.1 \0\0",
				      &answer),
			 VM_INVALID);
	assert_int_equal(PARSE_ANSWER("denied\0\0\0", &answer), VM_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_back_as_they_were),
		cmocka_unit_test(longest_fields_fit_in_a_packet),
		cmocka_unit_test(requests_of_another_form_are_invalid),
		cmocka_unit_test(recipients_must_be_as_they_are_kept),
		cmocka_unit_test(senders_have_a_maximum),
		cmocka_unit_test(answers_come_back_as_they_were),
		cmocka_unit_test(answers_of_another_form_are_invalid),
		cmocka_unit_test(codes_are_of_the_class_of_their_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
