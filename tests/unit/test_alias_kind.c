/* Tests of core/alias_kind.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/alias_kind.h"

static const struct {
	const char *line;
	enum vm_alias_kind kind;
} table[] = {
	{ "&bob@example.org", VM_ALIAS_LOCAL },
	{ "bob@EXAMPLE.org", VM_ALIAS_LOCAL },
	{ "bob", VM_ALIAS_LOCAL },
	{ "/home/vpopmail/domains/example.org/bob@x.example/Maildir/", VM_ALIAS_LOCAL },
	{ "./Maildir/", VM_ALIAS_LOCAL },
	{ "# delete mail for bob@elsewhere.example", VM_ALIAS_LOCAL },
	{ "|/usr/bin/filter someone@elsewhere.example", VM_ALIAS_LOCAL },
	{ "", VM_ALIAS_LOCAL },
	{ "&bob@elsewhere.example", VM_ALIAS_FORWARD },
	{ "bob@sub.example.org", VM_ALIAS_FORWARD },
	{ "  $EXT@other.example", VM_ALIAS_FORWARD },
	{ "| /usr/bin/autorespond 10000 5 /d/bob/message /d/bob", VM_ALIAS_AUTORESPONDER },
	{ "|/usr/bin/ezmlm-send '/d/list'", VM_ALIAS_LIST },
	{ "|/usr/local/bin/ezmlm/ezmlm-reject", VM_ALIAS_LIST },
	{ "|/usr/bin/ezmlm-return '/d/list'", VM_ALIAS_LIST_PART },
	{ "|/usr/bin/ezmlm-manage '/d/list'", VM_ALIAS_LIST_PART },
};

static void a_line_is_of_the_kind_that_its_place_and_command_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_int_equal(vm_alias_kind_of(table[i].line, "example.org"), table[i].kind);
}

static void each_kind_has_its_limit_and_parts_of_lists_none(void **state)
{
	const struct vm_limits limits = {
		.max_aliases = 1, .max_forwards = 2, .max_autoresponders = 3, .max_lists = 4
	};

	(void)state;
	assert_int_equal(vm_alias_kind_limit(VM_ALIAS_LOCAL, &limits), 1);
	assert_int_equal(vm_alias_kind_limit(VM_ALIAS_FORWARD, &limits), 2);
	assert_int_equal(vm_alias_kind_limit(VM_ALIAS_AUTORESPONDER, &limits), 3);
	assert_int_equal(vm_alias_kind_limit(VM_ALIAS_LIST, &limits), 4);
	assert_int_equal(vm_alias_kind_limit(VM_ALIAS_LIST_PART, &limits), -1);
	assert_string_equal(vm_alias_kind_name(VM_ALIAS_FORWARD), "forwards");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_of_the_kind_that_its_place_and_command_say),
		cmocka_unit_test(each_kind_has_its_limit_and_parts_of_lists_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
