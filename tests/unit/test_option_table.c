/* option_table.c */
#include "config.h"

#include "support.h"
#include "util/option_table.h"

struct options {
	bool all;
	uint32_t flags;
	int mode;
	const char *quota;
	uint64_t number;
	struct vm_option_value random;
	int cleared;
	const char *path;
};

static enum vm_status clear_flags(void *options, const char *value, struct vm_error *err)
{
	struct options *const target = options;

	(void)err;
	assert_null(value);
	target->flags = 0;
	target->cleared++;
	return VM_OK;
}

static enum vm_status refuse(void *options, const char *value, struct vm_error *err)
{
	(void)options;
	return vm_fail(err, VM_DENIED, "no %s", value);
}

static const struct vm_option rows[] = {
	{ 'a', "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL, "all of them", 0, 0,
	  NULL },
	{ 'p', "no-pop", VM_OPTION_BITS, offsetof(struct options, flags), NULL, "no POP", 2, 0,
	  NULL },
	{ 's', NULL, VM_OPTION_BITS, offsetof(struct options, flags), NULL, "no SMTP", 4, 0, NULL },
	{ 'j', "json", VM_OPTION_CHOICE, offsetof(struct options, mode), NULL, "as JSON", 7, 0,
	  NULL },
	{ 'q', "quota", VM_OPTION_TEXT, offsetof(struct options, quota), "QUOTA", "the quota", 0, 0,
	  NULL },
	{ 'n', "number", VM_OPTION_NUMBER, offsetof(struct options, number), "N", NULL, 0, 50,
	  NULL },
	{ 'r', "random", VM_OPTION_OPTIONAL, offsetof(struct options, random), "LENGTH",
	  "a random password", 0, 0, NULL },
	{ 'x', "clear", VM_OPTION_CALL, 0, NULL, "clear all", 0, 0, clear_flags },
	{ '\0', "refuse", VM_OPTION_CALL, 0, "WHAT", "never", 0, 0, refuse },
	{ '\0', "number-of-days", VM_OPTION_TEXT, offsetof(struct options, path), "D", "days", 0, 0,
	  NULL },
	{ 'v', "version", VM_OPTION_VERSION, 0, NULL, "the version", 0, 0, NULL },
};

static const struct vm_option_table table = {
	.program = "vtest",
	.operands = "email [password]",
	.summary = "Tests.",
	.rows = rows,
	.count = sizeof rows / sizeof rows[0],
};

struct parsed {
	char text[16][64];
	char *argv[17];
	struct options options;
	struct vm_option_result result;
	struct vm_error err;
};

/* Parses the blank-separated words of `line`; "" stands for itself as <>. */
static enum vm_status parse_with(const struct vm_option_table *with, struct parsed *parsed,
				 const char *line)
{
	int argc = 1;

	memset(parsed, 0, sizeof *parsed);
	parsed->argv[0] = parsed->text[0];
	while (*line != '\0') {
		const size_t length = strcspn(line, " ");

		memcpy(parsed->text[argc], line, length);
		if (strcmp(parsed->text[argc], "<>") == 0)
			parsed->text[argc][0] = '\0';
		parsed->argv[argc] = parsed->text[argc];
		argc++;
		line += length + (line[length] == ' ' ? 1 : 0);
	}
	return vm_option_parse(with, argc, parsed->argv, &parsed->options, &parsed->result,
			       &parsed->err);
}

static enum vm_status parse(struct parsed *parsed, const char *line)
{
	return parse_with(&table, parsed, line);
}

static void letters_bundle_and_take_values(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "-apsq 10S -n50 user@domain -j pw"), VM_OK);
	assert_true(parsed.options.all);
	assert_int_equal(parsed.options.flags, 6);
	assert_string_equal(parsed.options.quota, "10S");
	assert_int_equal(parsed.options.number, 50);
	assert_int_equal(parsed.options.mode, 7);
	assert_int_equal(parsed.result.count, 2);
	assert_string_equal(parsed.result.operands[0], "user@domain");
	assert_string_equal(parsed.result.operands[1], "pw");
	assert_null(parsed.result.operands[2]);
	assert_int_equal(parse(&parsed, "-aq10S"), VM_OK);
	assert_string_equal(parsed.options.quota, "10S");
}

static void words_take_values_and_unique_beginnings(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "--quota=5 --al --number 3 --number-of=x"), VM_OK);
	assert_string_equal(parsed.options.quota, "5");
	assert_true(parsed.options.all);
	assert_int_equal(parsed.options.number, 3);
	assert_string_equal(parsed.options.path, "x");
	assert_int_equal(parse(&parsed, "--quota= a"), VM_OK);
	assert_string_equal(parsed.options.quota, "");
	assert_int_equal(parse(&parsed, "--n=3"), VM_INVALID);
	assert_string_equal(parsed.err.text, "option '--n' is ambiguous");
}

static void an_optional_value_must_be_attached(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "-r 12"), VM_OK);
	assert_true(parsed.options.random.given);
	assert_null(parsed.options.random.text);
	assert_int_equal(parsed.result.count, 1);
	assert_int_equal(parse(&parsed, "-ar12 x"), VM_OK);
	assert_string_equal(parsed.options.random.text, "12");
	assert_int_equal(parse(&parsed, "--random=9"), VM_OK);
	assert_string_equal(parsed.options.random.text, "9");
	assert_int_equal(parse(&parsed, "--random 9"), VM_OK);
	assert_null(parsed.options.random.text);
	assert_int_equal(parse(&parsed, "x"), VM_OK);
	assert_false(parsed.options.random.given);
}

static void two_dashes_end_the_options_and_one_is_an_operand(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "-a - -- -q --all <>"), VM_OK);
	assert_int_equal(parsed.result.count, 4);
	assert_string_equal(parsed.result.operands[0], "-");
	assert_string_equal(parsed.result.operands[1], "-q");
	assert_string_equal(parsed.result.operands[2], "--all");
	assert_string_equal(parsed.result.operands[3], "");
	assert_int_equal(parse(&parsed, "-q -- x"), VM_OK);
	assert_string_equal(parsed.options.quota, "--");
}

static void a_table_may_stop_at_the_first_operand(void **state)
{
	struct vm_option_table stopping = table;
	struct parsed parsed;

	(void)state;
	stopping.stop_at_operand = true;
	assert_int_equal(parse_with(&stopping, &parsed, "-a prog -q --x"), VM_OK);
	assert_int_equal(parsed.result.count, 3);
	assert_string_equal(parsed.result.operands[1], "-q");
	assert_true(parsed.options.all);
}

static void wrong_options_are_invalid_and_named(void **state)
{
	static const char *const lines[][2] = {
		{ "-z", "invalid option -- 'z'" },
		{ "-az", "invalid option -- 'z'" },
		{ "--zzz", "unrecognized option '--zzz'" },
		{ "--=x", "unrecognized option '--'" },
		{ "-q", "option requires an argument -- 'q'" },
		{ "--quota", "option '--quota' requires an argument" },
		{ "--all=1", "option '--all' doesn't allow an argument" },
		{ "-n 51", "option 'number' wants a number up to 50, not '51'" },
		{ "-n -1", "option 'number' wants a number up to 50, not '-1'" },
	};
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(parse(&parsed, lines[i][0]), VM_INVALID);
		assert_string_equal(parsed.err.text, lines[i][1]);
	}
	assert_int_equal(parse(&parsed, "-q"), VM_INVALID);
	assert_string_equal(parsed.err.field, "q");
	assert_int_equal(parse(&parsed, "-n 51"), VM_INVALID);
	assert_string_equal(parsed.err.field, "number");
}

static void calls_run_in_order_and_may_refuse(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "-pxs"), VM_OK);
	assert_int_equal(parsed.options.flags, 4);
	assert_int_equal(parsed.options.cleared, 1);
	assert_int_equal(parse(&parsed, "--refuse that"), VM_DENIED);
	assert_string_equal(parsed.err.text, "no that");
}

static void help_and_version_stop_the_parsing(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, "--help --zzz"), VM_OK);
	assert_true(parsed.result.wants_help);
	assert_int_equal(parse(&parsed, "-av -z"), VM_OK);
	assert_true(parsed.result.wants_version);
	assert_false(parsed.result.wants_help);
}

static void usage_and_version_come_from_the_table(void **state)
{
	struct vm_buf out;

	(void)state;
	vm_buf_init(&out, 10000);
	vm_option_usage(&table, &out);
	assert_string_equal(out.bytes, "usage: vtest [options] email [password]\n"
				       "Tests.\n"
				       "  -a, --all                   all of them\n"
				       "  -p, --no-pop                no POP\n"
				       "  -s                          no SMTP\n"
				       "  -j, --json                  as JSON\n"
				       "  -q, --quota=QUOTA           the quota\n"
				       "  -r, --random[=LENGTH]       a random password\n"
				       "  -x, --clear                 clear all\n"
				       "      --refuse=WHAT           never\n"
				       "      --number-of-days=D      days\n"
				       "  -v, --version               the version\n"
				       "      --help                  print this text\n");
	vm_buf_clear(&out);
	vm_option_version(&table, &out);
	assert_string_equal(out.bytes, "vtest (virtmail) " PACKAGE_VERSION "\n");
	vm_buf_release(&out);
}

static void an_empty_argv_is_no_crash(void **state)
{
	struct vm_option_result result;
	struct options options = { 0 };
	struct vm_error err;
	char *argv[] = { NULL };

	(void)state;
	assert_int_equal(vm_option_parse(&table, 0, argv, &options, &result, &err), VM_OK);
	assert_int_equal(result.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_bundle_and_take_values),
		cmocka_unit_test(words_take_values_and_unique_beginnings),
		cmocka_unit_test(an_optional_value_must_be_attached),
		cmocka_unit_test(two_dashes_end_the_options_and_one_is_an_operand),
		cmocka_unit_test(a_table_may_stop_at_the_first_operand),
		cmocka_unit_test(wrong_options_are_invalid_and_named),
		cmocka_unit_test(calls_run_in_order_and_may_refuse),
		cmocka_unit_test(help_and_version_stop_the_parsing),
		cmocka_unit_test(usage_and_version_come_from_the_table),
		cmocka_unit_test(an_empty_argv_is_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
