/* Tests of core/finding.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/finding.h"

static void keep(void *context, const struct vm_finding *finding)
{
	char *const room = context;

	(void)snprintf(room, 2000, "%s|%s|%s|%s|%d", finding->kind, finding->subject, finding->text,
		       finding->action, (int)finding->state);
}

static void a_finding_is_open_mended_or_left(void **state)
{
	char room[2000];
	struct vm_check check = { .found = keep, .context = room };

	(void)state;
	vm_check_tell(&check, "kind", "it", "mends it", "%d of them", 3);
	assert_string_equal(room, "kind|it|3 of them|mends it|0");
	check.repair = true;
	vm_check_tell(&check, "kind", "it", "mends it", "%d of them", 3);
	assert_string_equal(room, "kind|it|3 of them|mends it|1");
	vm_check_leave(&check, "kind", "it", "mend it", "%s", "broken");
	assert_string_equal(room, "kind|it|broken|mend it|2");
}

static void a_long_text_is_cut(void **state)
{
	char room[2000], text[1001];
	const struct vm_check check = { .found = keep, .context = room };

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	vm_check_tell(&check, "kind", "it", "", "%s", text);
	assert_int_equal(strlen(room), strlen("kind|it|||0") + VM_FINDING_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_is_open_mended_or_left),
		cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
