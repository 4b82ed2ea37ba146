/* Which store modules are found, and which shared objects are refused. */
#include <config.h>

#include "support.h"

#include "auth/module_registry.h"

static const struct vm_auth_module built_in = { .api = VM_AUTH_MODULE_API, .name = "built_in" };
const struct vm_auth_module *const vm_built_in_modules[] = { &built_in, NULL };

/* Copies a shared object of the build into the module folder (VM_MODULE_DIR is relative in this test). */
static void install(const char *object, const char *name, mode_t mode)
{
	const char *const build = getenv("VM_BUILD");
	char path[4096];
	struct stat found;
	char *bytes = NULL;
	int fd = -1;

	(void)snprintf(path, sizeof path, "%s/tests/unit/%s", build == NULL ? "." : build, object);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	bytes = malloc((size_t)found.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, (size_t)found.st_size), found.st_size);
	close(fd);
	(void)snprintf(path, sizeof path, "modules/%s", name);
	write_test_file(AT_FDCWD, path, bytes, (size_t)found.st_size);
	assert_int_equal(chmod(path, mode), 0);
	free(bytes);
}

static int enter(void **state)
{
	if (make_test_folder(state) != 0)
		return -1;
	if (chdir((*(struct test_folder **)state)->path) != 0)
		return -1;
	return mkdir("modules", 0755);
}

static int leave(void **state)
{
	return chdir("/") != 0 ? -1 : remove_test_folder(state);
}

static enum vm_status find(const char *name, const struct vm_auth_module **module)
{
	struct vm_error err = { .status = VM_OK };
	const enum vm_status status = vm_module_find(name, "home", module, &err);

	if (status != VM_OK)
		assert_string_not_equal(err.text, "");
	return status;
}

static void built_in_module_is_found(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	assert_int_equal(find("built_in", &module), VM_OK);
	assert_ptr_equal(module, &built_in);
}

static void unknown_module_is_a_misconfiguration(void **state)
{
	const struct vm_auth_module *module = &built_in;

	(void)state;
	assert_int_equal(find("unknown", &module), VM_MISCONFIG);
	assert_null(module);
}

static void name_that_could_leave_the_folder_is_refused(void **state)
{
	static const char *const names[] = {
		"", "../x", "a/b", "A", "a.b", "a-b", "a123456789012345678901234567890123"
	};
	const struct vm_auth_module *module = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(find(names[i], &module), VM_MISCONFIG);
}

static void right_shared_object_is_loaded(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	install("module_right.so", "auth_right.so", 0644);
	assert_int_equal(find("right", &module), VM_OK);
	assert_string_equal(module->name, "right");
}

static void shared_object_of_another_interface_is_refused(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	/* A name of its own: the linker remembers what it has loaded by path. */
	install("module_wrong_api.so", "auth_wrong_api.so", 0644);
	assert_int_equal(find("wrong_api", &module), VM_MISCONFIG);
}

static void shared_object_under_another_name_is_refused(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	install("module_right.so", "auth_wrong.so", 0644);
	assert_int_equal(find("wrong", &module), VM_MISCONFIG);
}

static void shared_object_that_others_can_write_is_refused(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	install("module_right.so", "auth_right.so", 0664);
	assert_int_equal(find("right", &module), VM_MISCONFIG);
	assert_int_equal(chmod("modules/auth_right.so", 0646), 0);
	assert_int_equal(find("right", &module), VM_MISCONFIG);
}

static void symlink_to_a_shared_object_is_refused(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	install("module_right.so", "there.so", 0644);
	assert_int_equal(symlink("there.so", "modules/auth_right.so"), 0);
	assert_int_equal(find("right", &module), VM_MISCONFIG);
}

static void file_that_is_no_shared_object_is_refused(void **state)
{
	const struct vm_auth_module *module = NULL;

	(void)state;
	write_test_file(AT_FDCWD, "modules/auth_text.so", "text\n", 5);
	assert_int_equal(find("text", &module), VM_MISCONFIG);
}

#define AT_MODULES(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_MODULES(built_in_module_is_found),
		AT_MODULES(unknown_module_is_a_misconfiguration),
		AT_MODULES(name_that_could_leave_the_folder_is_refused),
		AT_MODULES(right_shared_object_is_loaded),
		AT_MODULES(shared_object_of_another_interface_is_refused),
		AT_MODULES(shared_object_under_another_name_is_refused),
		AT_MODULES(shared_object_that_others_can_write_is_refused),
		AT_MODULES(symlink_to_a_shared_object_is_refused),
		AT_MODULES(file_that_is_no_shared_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
