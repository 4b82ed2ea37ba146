/* Tests of core/identity.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <grp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/identity.h"

enum { SOME_UID = 54321, OTHER_UID = 54322, SOME_GID = 54323 };

static void becoming_oneself_needs_nothing(void **state)
{
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_identity_become(geteuid(), getegid(), &err), VM_OK);
}

/* What the child of the next test finds; its exit code names the first thing that is wrong. */
static int drop_and_try_to_return(void)
{
	struct vm_error err = { .status = VM_OK };

	if (vm_identity_become(SOME_UID, SOME_GID, &err) != VM_OK)
		return 1;
	if (geteuid() != SOME_UID || getuid() != SOME_UID || getegid() != SOME_GID)
		return 2;
	if (getgroups(0, NULL) > 1)
		return 3;
	if (setresuid(0, 0, 0) == 0)
		return 4;
	if (vm_identity_become(OTHER_UID, SOME_GID, &err) != VM_DENIED)
		return 5;
	if (strstr(err.text, "54322") == NULL || strstr(err.text, "54321") == NULL)
		return 6;
	return vm_identity_become(SOME_UID, SOME_GID + 1, &err) == VM_OK ? 0 : 7;
}

static void root_goes_down_for_good(void **state)
{
	pid_t child = 0;
	int result = -1;

	(void)state;
	if (geteuid() != 0)
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(drop_and_try_to_return());
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

static void names_are_looked_up_and_unknown_ones_are_the_operators_fault(void **state)
{
	struct vm_error err = { .status = VM_OK };
	uid_t uid = 99;
	gid_t gid = 99;

	(void)state;
	assert_int_equal(vm_identity_lookup("root", "", &uid, &gid, &err), VM_OK);
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	assert_int_equal(vm_identity_lookup("", "daemon", &uid, &gid, &err), VM_OK);
	assert_int_equal(uid, geteuid());
	assert_int_equal(gid, getgrnam("daemon")->gr_gid);
	assert_int_equal(vm_identity_lookup("", "", &uid, &gid, &err), VM_OK);
	assert_int_equal(gid, getegid());
	assert_int_equal(vm_identity_lookup("no-such-user-here", "", &uid, &gid, &err),
			 VM_MISCONFIG);
	assert_int_equal(vm_identity_lookup("root", "no-such-group-here", &uid, &gid, &err),
			 VM_MISCONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becoming_oneself_needs_nothing),
		cmocka_unit_test(root_goes_down_for_good),
		cmocka_unit_test(names_are_looked_up_and_unknown_ones_are_the_operators_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
