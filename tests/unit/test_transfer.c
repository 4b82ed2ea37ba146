/* Tests of operations/transfer.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "operations/transfer.h"

static const struct vm_address_policy policy = { .utf8_users = true, .idn_domains = true };

struct test {
	struct vm_arena arena;
	struct vm_transfer transfer;
	struct vm_error err;
};

static int begin(void **state)
{
	static struct test test;

	vm_arena_init(&test.arena, 4 * 1024 * 1024);
	*state = &test;
	return 0;
}

static int end(void **state)
{
	struct test *const test = *state;

	vm_arena_release(&test->arena);
	return 0;
}

static enum vm_status parse(struct test *test, const char *line)
{
	return vm_transfer_parse(line, strlen(line), &policy, &test->arena, &test->transfer,
				 &test->err);
}

/* A line that is read and printed again is the same. */
static void survives(struct test *test, const char *line)
{
	struct vm_buf out;

	vm_buf_init(&out, VM_TRANSFER_LINE_MAX);
	assert_int_equal(parse(test, line), VM_OK);
	vm_transfer_print(&test->transfer, &out);
	assert_false(out.failed);
	out.bytes[out.length - 1] = '\0';
	assert_string_equal(out.bytes, line);
	vm_buf_release(&out);
}

static void each_type_comes_back_as_it_was(void **state)
{
	static const char *const lines[] = {
		"{\"type\":\"export\",\"version\":1,\"source\":\"cdb\"}",
		"{\"type\":\"domain\",\"domain\":\"example.org\",\"dir\":\"/v/domains/"
		"example.org\","
		"\"uid\":89,\"gid\":0,\"catch_all\":\"delete\",\"dir_count\":101,\"dir_path\":"
		"\"0\"}",
		"{\"type\":\"domain\",\"domain\":\"example.org\",\"default\":[{\"program\":\"/bin/"
		"x\"}]}",
		"{\"type\":\"alias_domain\",\"name\":\"example.net\",\"domain\":\"example.org\"}",
		"{\"type\":\"domain_admin\",\"address\":\"joe@example.org\",\"domain\":\"*\"}",
		"{\"type\":\"limits\",\"domain\":\"example.org\",\"max_accounts\":0,\"max_lists\":"
		"7,"
		"\"disk_quota_mb\":10,\"disabled_flags\":[\"no_pop\",\"no_imap\"],"
		"\"other_disabled_flags\":524288,\"perm_list\":[\"create\",\"delete\"]}",
		"{\"type\":\"account\",\"address\":\"joe@example.org\",\"hash\":\"$6$x\","
		"\"clear\":\"a:b\",\"apop\":true,\"quota\":\"\",\"comment\":\"J\xc3\xb6 "
		"\\\"x\\\"\","
		"\"flags\":[\"no_pop\",\"no_maildrop\"],\"other_flags\":2147483648,"
		"\"home\":\"/v/joe\",\"maildir\":\"/m/joe\",\"last_login\":17,"
		"\"last_login_from\":\"::1\"}",
		"{\"type\":\"account\",\"address\":\"joe@example.org\"}",
		"{\"type\":\"alias\",\"address\":\"a@example.org\",\"destinations\":["
		"{\"forward\":\"x@y.example\"},{\"forward\":\"z\",\"line\":\"z\"},"
		"{\"maildir\":\"/m/Maildir/\"},{\"mbox\":\"./box\"},"
		"{\"program\":\"/bin/x 'y'\",\"line\":\"| /bin/x 'y'\"},"
		"{\"mailbox\":\"a@example.org\"},{\"list\":\"/usr/bin/ezmlm-send "
		"d\"},{\"comment\":\" none\"}]}",
		"{\"type\":\"vacation\",\"address\":\"joe@example.org\",\"subject\":\"Away\","
		"\"text\":\"I am\\naway\",\"from\":1,\"until\":2,\"interval\":3,\"active\":false}",
		"{\"type\":\"ip_map\",\"ip\":\"192.0.2.1\",\"domain\":\"example.org\"}",
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		survives(*state, lines[i]);
}

static void what_is_not_understood_is_refused_by_name(void **state)
{
	static const struct {
		const char *line, *field;
	} cases[] = {
		{ "{\"version\":1}", "type" },
		{ "{\"type\":\"mailbox\"}", "type" },
		{ "{\"type\":\"export\",\"version\":2}", "version" },
		{ "{\"type\":\"export\"}", "version" },
		{ "{\"type\":\"domain\"}", "domain" },
		{ "{\"type\":\"domain\",\"domain\":\"a.example\",\"catchall\":\"x\"}", "catchall" },
		{ "{\"type\":\"domain\",\"domain\":\"a.example\",\"uid\":1}", "uid" },
		{ "{\"type\":\"domain\",\"domain\":\"a.example\",\"dir_path\":\"\"}", "dir_count" },
		{ "{\"type\":\"domain\",\"domain\":\"a.example\",\"dir\":\"x\"}", "dir" },
		{ "{\"type\":\"account\",\"address\":\"joe\"}", "address" },
		{ "{\"type\":\"account\",\"address\":\"joe@a.example\",\"flags\":[\"no_ftp\"]}",
		  "flags" },
		{ "{\"type\":\"account\",\"address\":\"joe@a.example\",\"other_flags\":2}",
		  "other_flags" },
		{ "{\"type\":\"account\",\"address\":\"joe@a.example\",\"home\":\"/a/../b\"}",
		  "home" },
		{ "{\"type\":\"account\",\"address\":\"joe@a.example\",\"comment\":\"a\\u0007\"}",
		  "comment" },
		{ "{\"type\":\"account\",\"address\":\"joe@a.example\",\"apop\":1}", "apop" },
		{ "{\"type\":\"limits\",\"domain\":\"a.example\",\"perm_list\":[\"all\"]}",
		  "perm_list" },
		{ "{\"type\":\"limits\",\"domain\":\"a.example\",\"max_lists\":-1}", "max_lists" },
		{ "{\"type\":\"alias\",\"address\":\"a@a.example\"}", "destinations" },
		{ "{\"type\":\"alias\",\"address\":\"a@a.example\",\"destinations\":[{}]}",
		  "destinations" },
		{ "{\"type\":\"alias\",\"address\":\"a@a.example\",\"destinations\":[\"b@c.d\"]}",
		  "destinations" },
		{ "{\"type\":\"alias\",\"address\":\"a@a.example\",\"destinations\":"
		  "[{\"mailbox\":\"a@b.example\"}]}",
		  "destinations" },
		{ "{\"type\":\"vacation\",\"address\":\"a@a.example\"}", "text" },
	};
	struct test *const test = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse(test, cases[i].line), VM_INVALID);
		assert_string_equal(test->err.field, cases[i].field);
	}
}

/* Consent to programs is asked by kind, so no line may be another kind than it says. */
static void a_destination_cannot_hide_a_program(void **state)
{
	static const char *const hidden[] = {
		"{\"forward\":\"x\",\"line\":\"|x\"}",
		"{\"maildir\":\"|/bin/x/\"}",
		"{\"mbox\":\"|/bin/x\"}",
		"{\"comment\":\"x\",\"line\":\"|x\"}",
		"{\"forward\":\"a@b\",\"line\":\"a@b\\n|x\"}",
		"{\"mailbox\":\"a@a.example\",\"line\":\"|x\"}",
		"{\"forward\":\"a@b\",\"program\":\"x\"}",
	};
	struct test *const test = *state;
	char line[512];

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		(void)snprintf(line, sizeof line,
			       "{\"type\":\"alias\",\"address\":\"a@a.example\","
			       "\"destinations\":[%s]}",
			       hidden[i]);
		assert_int_equal(parse(test, line), VM_INVALID);
	}
}

static void names_are_folded_and_comments_fit(void **state)
{
	struct test *const test = *state;
	const struct vm_account *const account = &test->transfer.account.account;

	assert_int_equal(parse(test, "{\"type\":\"account\",\"address\":\"Joe@Example.ORG\","
				     "\"comment\":\"a:b xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				     "xxxxxxxxxxxxxxxx\xc3\xa9\xc3\xa9\",\"quota\":null}"),
			 VM_OK);
	assert_string_equal(account->user, "joe");
	assert_string_equal(account->domain, "example.org");
	assert_int_equal(strncmp(account->comment, "a b x", 5), 0);
	assert_int_equal(strlen(account->comment), 63);
	assert_false(test->transfer.account.has_quota);
}

static void bytes_that_are_not_utf8_become_latin_1(void **state)
{
	struct test *const test = *state;
	struct vm_transfer transfer = { .type = VM_TRANSFER_ACCOUNT,
					.user = "joe",
					.domain = "a.b" };
	struct vm_buf out;

	vm_buf_init(&out, 4096);
	transfer.account.account = (struct vm_account){
		.hash = "", .clear = "", .home = "", .quota = "", .comment = "J\xf6"
	};
	transfer.account.has_comment = true;
	vm_transfer_print(&transfer, &out);
	out.bytes[out.length - 1] = '\0';
	assert_int_equal(parse(test, out.bytes), VM_OK);
	assert_string_equal(test->transfer.account.account.comment, "J\xc3\xb6");
	vm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_type_comes_back_as_it_was, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_understood_is_refused_by_name, begin,
						end),
		cmocka_unit_test_setup_teardown(a_destination_cannot_hide_a_program, begin, end),
		cmocka_unit_test_setup_teardown(names_are_folded_and_comments_fit, begin, end),
		cmocka_unit_test_setup_teardown(bytes_that_are_not_utf8_become_latin_1, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
