/* Tests of core/auto_reply.h and core/reply_memory.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/auto_reply.h"
#include "core/reply_memory.h"
#include "test_folder.h"

enum { NOW = 1000000000, DAY = 86400 };

static const char *const names[] = { "bob@example.org", "b@alias.example", NULL };

static enum vm_reply_refusal decide(const char *header, const char *sender)
{
	const struct vm_reply_question question = { header, sender, names, true };

	return vm_reply_decide(&question);
}

static void person_who_writes_to_a_person_is_answered(void **state)
{
	static const char *const headers[] = {
		"To: bob@example.org\n\n",
		"to: \"Bob, B\" <BOB@Example.ORG>\r\n\r\n",
		"From: a@b.example\nTo: c@d.example,\n bob@example.org\nSubject: x\n\n",
		"Cc: x@y.example, <b@alias.example>\n\n",
		"Resent-To: bob@example.org\n\nbody",
		"Auto-Submitted: no\nTo: bob@example.org\n",
		"Auto-Submitted:  No (a person)\nTo: bob@example.org\n",
		"Precedence: normal\nTo: bob@example.org\n",
		"no field at all\nTo: bob@example.org\n\nList-Id: in the body\n",
		"X-Auto-Response-Suppress: DR\nTo: bob@example.org\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		assert_int_equal(decide(headers[i], "ann@example.net"), VM_REPLY_ANSWER);
}

static void programs_lists_and_bulk_are_not_answered(void **state)
{
	static const struct {
		const char *header;
		enum vm_reply_refusal refusal;
	} cases[] = {
		{ "Auto-Submitted: auto-generated\n", VM_REPLY_AUTOMATIC },
		{ "Auto-Submitted: nobody\n", VM_REPLY_AUTOMATIC },
		{ "Auto-Submitted:\n auto-replied; owner=x\n", VM_REPLY_AUTOMATIC },
		{ "X-Autoreply: yes\n", VM_REPLY_AUTOMATIC },
		{ "List-Id: <x.example>\n", VM_REPLY_LIST },
		{ "list-unsubscribe: <mailto:x>\n", VM_REPLY_LIST },
		{ "Mailing-List: contact x\n", VM_REPLY_LIST },
		{ "Precedence: bulk\n", VM_REPLY_BULK },
		{ "precedence: LIST\n", VM_REPLY_BULK },
		{ "Precedence: junk\n", VM_REPLY_BULK },
		{ "X-Auto-Response-Suppress: DR, OOF\n", VM_REPLY_UNWANTED },
		{ "X-Auto-Response-Suppress: All\n", VM_REPLY_UNWANTED },
	};
	char header[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(header, sizeof header, "To: bob@example.org\n%s\n", cases[i].header);
		assert_int_equal(decide(header, "ann@example.net"), cases[i].refusal);
	}
}

static void senders_that_are_no_persons_are_not_answered(void **state)
{
	static const char header[] = "To: bob@example.org\n\n";
	static const char *const robots[] = { "MAILER-DAEMON@x.example", "owner-list@x.example",
					      "list-request@x.example",  "no-reply@x.example",
					      "bounce+1=2@x.example",    "list-bounces@x.example" };
	static const char *const none[] = {
		"", "#@[]", "ann", "@x.example", "a b@x.example", "ann@"
	};

	(void)state;
	for (size_t i = 0; i < sizeof robots / sizeof *robots; i++)
		assert_int_equal(decide(header, robots[i]), VM_REPLY_ROBOT);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(decide(header, none[i]), VM_REPLY_NO_SENDER);
	assert_int_equal(decide(header, "Bob@example.org"), VM_REPLY_ITSELF);
	assert_int_equal(decide(header, "b@alias.example"), VM_REPLY_ITSELF);
}

static void blind_copy_is_not_answered(void **state)
{
	const struct vm_reply_question robot = { "To: x@y.example\n\n", "ann@example.net", names,
						 false };

	(void)state;
	assert_int_equal(decide("To: bobby@example.org\n\n", "ann@example.net"),
			 VM_REPLY_NOT_NAMED);
	assert_int_equal(decide("To: bob@example.org.net\n\n", "ann@example.net"),
			 VM_REPLY_NOT_NAMED);
	assert_int_equal(decide("X-To: bob@example.org\n\nTo: bob@example.org\n",
				"ann@example.net"),
			 VM_REPLY_NOT_NAMED);
	assert_int_equal(decide("", "ann@example.net"), VM_REPLY_NOT_NAMED);
	assert_int_equal(vm_reply_decide(&robot), VM_REPLY_ANSWER);
}

static void expect(const char *header, const char *text, const char *expected)
{
	const struct vm_reply_question question = { header, "ann@example.net", names, false };
	struct vm_buf out;

	vm_buf_init(&out, 65536);
	vm_reply_write(&question, text, NOW, "1.2", &out);
	assert_false(out.failed);
	assert_string_equal(out.bytes, expected);
	vm_buf_release(&out);
}

#define BEGINNING                                                                    \
	"Date: Sun, 09 Sep 2001 01:46:40 +0000\nMessage-ID: <1.2@example.org>\nTo: " \
	"ann@example.net\n"
#define MIDDLE "Auto-Submitted: auto-replied\nPrecedence: bulk\n"

static void answer_has_what_is_missing(void **state)
{
	(void)state;
	expect("Subject: a\n question\nMessage-ID: <q@x>\nReferences: <p@x>\n\n", "I am away.\n",
	       BEGINNING "Subject: Auto: a question\n" MIDDLE
			 "In-Reply-To: <q@x>\nReferences: <p@x>\n <q@x>\nFrom: "
			 "bob@example.org\n\nI am away.\n");
	expect("", "Away", BEGINNING "Subject: Auto: \n" MIDDLE "From: bob@example.org\n\nAway");
	expect("Message-ID: not an id\n\n", "",
	       BEGINNING "Subject: Auto: \n" MIDDLE "From: bob@example.org\n\n");
}

static void answer_keeps_what_the_person_wrote(void **state)
{
	(void)state;
	expect("Subject: q\n\n",
	       "From: Bob <bob@example.org>\nSubject: Gone\nTo: other@x.example\n\nBye\n",
	       BEGINNING "Subject: Gone\n" MIDDLE "From: Bob <bob@example.org>\n\nBye\n");
	expect("", "Content-Type: text/html\nSubject: x\n\n<p>\xc3\xa9",
	       BEGINNING "Subject: x\n" MIDDLE
			 "Content-Type: text/html\nFrom: bob@example.org\n\n<p>\xc3\xa9");
	/* no empty line: all of it is the body */
	expect("", "Note: I am away",
	       BEGINNING "Subject: Auto: \n" MIDDLE "From: bob@example.org\n\nNote: I am away");
}

static void text_that_is_not_ascii_is_told(void **state)
{
	(void)state;
	expect("", "Subject: gr\xc3\xbc\xc3\x9f\n\nBin weg \xe2\x80\x93 bis Montag\n",
	       BEGINNING
	       "Subject: =?utf-8?B?Z3LDvMOf?=\n" MIDDLE
	       "From: bob@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	       "Content-Transfer-Encoding: 8bit\n\nBin weg \xe2\x80\x93 bis Montag\n");
}

static enum vm_status remember(const char *folder, const char *sender, uint64_t most, time_t now)
{
	struct vm_reply_memory memory;
	struct vm_error err;
	const enum vm_status status =
		vm_reply_memory_begin(&memory, folder, sender, DAY, most, now, &err);

	if (status == VM_OK)
		assert_int_equal(vm_reply_memory_end(&memory, sender, now, &err), VM_OK);
	return status;
}

static void sender_has_one_answer_in_a_period(void **state)
{
	const char *const folder = ((const struct test_folder *)*state)->path;

	assert_int_equal(remember(folder, "ann@example.net", 1, NOW), VM_OK);
	assert_int_equal(remember(folder, "ANN@example.net", 1, NOW + 1), VM_LIMIT);
	assert_int_equal(remember(folder, "ann@example.net", 2, NOW + 2), VM_OK);
	assert_int_equal(remember(folder, "eve@example.net", 1, NOW + 3), VM_OK);
	assert_int_equal(remember(folder, "ann@example.net", 1, NOW + DAY + 2), VM_LIMIT);
	assert_int_equal(remember(folder, "ann@example.net", 1, NOW + DAY + 3), VM_OK);
	assert_int_equal(remember(folder, "x@y", 0, NOW), VM_LIMIT);
	assert_int_equal(remember("/nowhere", "x@y", 1, NOW), VM_NOT_FOUND);
}

static void answer_that_failed_is_not_remembered(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_reply_memory memory;
	struct vm_error err;

	assert_int_equal(vm_reply_memory_begin(&memory, folder->path, "ann@x", DAY, 1, NOW, &err),
			 VM_OK);
	assert_int_equal(vm_reply_memory_end(&memory, NULL, NOW, &err), VM_OK);
	assert_int_equal(remember(folder->path, "ann@x", 1, NOW), VM_OK);
}

static void memory_is_bounded_and_bad_lines_are_forgotten(void **state)
{
	const struct test_folder *const folder = *state;
	char path[512], line[64];
	FILE *file = NULL;
	size_t lines = 0;

	(void)snprintf(path, sizeof path, "%s/.answered", folder->path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("junk\n12x y\n", file) >= 0);
	for (int i = 0; i < VM_REPLY_MEMORY_LINES + 10; i++)
		assert_true(fprintf(file, "%d s%d@x\n", NOW, i) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(remember(folder->path, "ann@x", 1, NOW), VM_OK);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		lines++;
	assert_int_equal(fclose(file), 0);
	assert_int_equal(lines, VM_REPLY_MEMORY_LINES);
	assert_string_equal(line, "1000000000 ann@x\n");
	assert_int_equal(remember(folder->path, "s0@x", 1, NOW), VM_OK); /* the oldest went */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(person_who_writes_to_a_person_is_answered),
		cmocka_unit_test(programs_lists_and_bulk_are_not_answered),
		cmocka_unit_test(senders_that_are_no_persons_are_not_answered),
		cmocka_unit_test(blind_copy_is_not_answered),
		cmocka_unit_test(answer_has_what_is_missing),
		cmocka_unit_test(answer_keeps_what_the_person_wrote),
		cmocka_unit_test(text_that_is_not_ascii_is_told),
		cmocka_unit_test_setup_teardown(sender_has_one_answer_in_a_period, test_folder_make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(answer_that_failed_is_not_remembered,
						test_folder_make, test_folder_remove),
		cmocka_unit_test_setup_teardown(memory_is_bounded_and_bad_lines_are_forgotten,
						test_folder_make, test_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
