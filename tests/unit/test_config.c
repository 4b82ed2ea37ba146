/* Tests of core/config.h and core/config_table.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/config.h"
#include "core/config_table.h"
#include "test_folder.h"

static void expect_misconfig(const char *text, const char *said)
{
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_config_parse(text, "some.conf", "/v", &config, &err), VM_MISCONFIG);
	vm_config_release(&config);
	if (strstr(err.text, said) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, said);
}

static void an_empty_file_means_all_defaults(void **state)
{
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_config_parse("", "some.conf", "/v", &config, &err), VM_OK);
	assert_string_equal(config.home, "/v");
	assert_string_equal(config.auth, "cdb");
	assert_string_equal(config.password_scheme, "yescrypt");
	assert_string_equal(config.new_domain_action, "bounce-no-mailbox");
	assert_false(config.clear_passwords);
	assert_true(config.users_big_dir);
	assert_int_equal(config.io_timeout, 300);
	assert_int_equal(config.socket_mode, 0660);
	assert_int_equal(config.logging, VM_LOGGING_ERRORS);
	assert_int_equal(config.log_target, VM_LOG_SYSLOG);
	assert_int_equal(config.uid, geteuid());
	vm_config_release(&config);
}

static void every_default_is_legal_and_prints_as_it_is_written(void **state)
{
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };
	char text[VM_SETTING_TEXT_MAX + 1];

	(void)state;
	assert_int_equal(vm_config_parse("", "some.conf", "/v", &config, &err), VM_OK);
	for (size_t i = 0; i < vm_setting_count; i++) {
		vm_setting_print(&vm_settings[i], &config, text);
		assert_string_equal(text, vm_settings[i].default_text);
		assert_ptr_equal(vm_setting_find(vm_settings[i].name), &vm_settings[i]);
		assert_non_null(vm_settings[i].help);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(vm_settings[i].name, vm_settings[j].name);
			assert_int_not_equal(vm_settings[i].offset, vm_settings[j].offset);
		}
	}
	vm_config_release(&config);
}

static void values_are_read_with_their_types(void **state)
{
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_config_parse("# comment\n\n  qmail_ext = yes \r\n"
					 "password_cost=7\nmessage_size_max = 10M\n"
					 "socket_mode = 0600\nlogging = y\nlog_target = stderr\n"
					 "log_name = a = b # c\nqmail_queue =\n[cdb]\n# nothing",
					 "some.conf", "/v", &config, &err),
			 VM_OK);
	assert_true(config.qmail_ext);
	assert_int_equal(config.password_cost, 7);
	assert_int_equal(config.message_size_max, 10485760);
	assert_int_equal(config.socket_mode, 0600);
	assert_int_equal(config.logging, VM_LOGGING_ALL);
	assert_int_equal(config.log_target, VM_LOG_STDERR);
	assert_string_equal(config.log_name, "a = b # c");
	assert_string_equal(config.qmail_queue, "");
	vm_config_release(&config);
}

static void a_mistake_is_named_with_file_and_line(void **state)
{
	(void)state;
	expect_misconfig("\nqmail_exit = yes\n", "some.conf:2: there is no setting qmail_exit");
	expect_misconfig("qmail_ext = yes\n\nqmail_ext = no\n",
			 "some.conf:3: qmail_ext is set twice");
	expect_misconfig("qmail_ext = 1\n", "some.conf:1: qmail_ext is one of: yes no");
	expect_misconfig("qmail_ext\n", "some.conf:1: a setting is written");
	expect_misconfig("= yes\n", "some.conf:1: there is no setting");
	expect_misconfig("[mysqll]\n", "some.conf:1: there is no section [mysqll]");
	expect_misconfig("[cdb\n", "some.conf:1: a section is written");
	expect_misconfig("[cdb]\nhost = x\n", "some.conf:2: there is no setting host in [cdb]");
	expect_misconfig("auth =\n", "auth may not be empty");
	expect_misconfig("log_name = a\tb\n", "control byte");
	expect_misconfig("log_na\001me = a\n", "control byte");
}

static void a_number_out_of_bounds_is_refused(void **state)
{
	(void)state;
	expect_misconfig("io_timeout = 0\n", "io_timeout is a number from 1 to 86400 seconds");
	expect_misconfig("io_timeout = 86401\n", "io_timeout is a number");
	expect_misconfig("io_timeout = -1\n", "io_timeout is a number");
	expect_misconfig("io_timeout = 5s\n", "io_timeout is a number");
	expect_misconfig("io_timeout = 4294967596\n", "io_timeout is a number");
	expect_misconfig("io_timeout =\n", "io_timeout is a number");
	expect_misconfig("message_size_max = 1025G\n", "message_size_max");
	expect_misconfig("message_size_max = G\n", "message_size_max");
	expect_misconfig("message_size_max = 1KK\n", "message_size_max");
	expect_misconfig("socket_mode = 888\n", "socket_mode is an octal number");
	expect_misconfig("socket_mode = 1777\n", "socket_mode is an octal number");
	expect_misconfig("socket_mode =\n", "socket_mode is an octal number");
}

static void values_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	expect_misconfig("password_min_length = 20\npassword_max_length = 10\n",
			 "password_min_length is greater");
	expect_misconfig("tls_required = yes\n", "tls_required is on without");
	expect_misconfig("qmail_dir = var/qmail\n", "qmail_dir is not an absolute path");
	expect_misconfig("domains_dir = ../x\n", "domains_dir is one name");
	expect_misconfig("auth = ../evil\n", "auth is a name");
}

static void sizes_beyond_the_maximum_are_refused(void **state)
{
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };
	char *text = calloc(1, 400 * 1024);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 400 * 1024 - 1);
	expect_misconfig(text, "larger than");
	memcpy(text, "log_name = ", 11);
	text[60000] = '\0';
	expect_misconfig(text, "some.conf:1: the line is longer");
	text[11 + 33] = '\0';
	expect_misconfig(text, "some.conf:1: log_name has 32 bytes at most");
	text[11 + 32] = '\0';
	assert_int_equal(vm_config_parse(text, "some.conf", "/v", &config, &err), VM_OK);
	vm_config_release(&config);
	assert_int_equal(vm_config_parse("", "some.conf", "relative", &config, &err), VM_MISCONFIG);
	vm_config_release(&config);
	free(text);
}

/* Root would look up the user of the settings, so each file names the running one. */
static void write_conf(const struct test_folder *folder, const char *rest, mode_t mode)
{
	char text[256] = "user =\ngroup =\n";

	assert_true(strlen(rest) < 200);
	memcpy(text + strlen(text), rest, strlen(rest) + 1);
	(void)mkdirat(folder->fd, "etc", 0700); /* there already the second time */
	test_folder_write(folder, "etc/vpopmail.conf", text, mode);
}

static void the_file_of_the_installation_is_read(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	write_conf(folder, "qmail_ext = yes\n", 0644);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_OK);
	assert_true(config.qmail_ext);
	assert_string_equal(config.home, folder->path);
	assert_int_equal(config.uid, geteuid());
	vm_config_release(&config);
}

static void root_needs_the_user_that_the_file_names(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdirat(folder->fd, "etc", 0700), 0);
	test_folder_write(folder, "etc/vpopmail.conf", "user = no-such-user-here\n", 0600);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_MISCONFIG);
	assert_non_null(strstr(err.text, "no-such-user-here"));
	vm_config_release(&config);
	test_folder_write(folder, "etc/vpopmail.conf", "user = daemon\ngroup =\n", 0600);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_OK);
	assert_int_not_equal(config.uid, 0);
	vm_config_release(&config);
}

static void a_file_that_everybody_writes_is_refused(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	write_conf(folder, "qmail_ext = yes\n", 0666);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_MISCONFIG);
	vm_config_release(&config);
}

static void a_password_that_others_can_read_is_refused(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	write_conf(folder, "[cdb]\n password = x\n", 0644);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_MISCONFIG);
	assert_non_null(strstr(err.text, "everybody can read"));
	vm_config_release(&config);
	/* With the right mode only the unknown name is left to complain about. */
	write_conf(folder, "[cdb]\n password = x\n", 0640);
	assert_int_equal(vm_config_load(folder->path, &config, &err), VM_MISCONFIG);
	assert_non_null(strstr(err.text, "there is no setting password in [cdb]"));
	vm_config_release(&config);
}

static void a_file_that_cannot_be_read_is_not_an_absent_one(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_config config;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(mkdirat(folder->fd, "etc", 0700), 0);
	assert_int_equal(mkdirat(folder->fd, "etc/vpopmail.conf", 0700), 0);
	assert_int_not_equal(vm_config_load(folder->path, &config, &err), VM_OK);
	vm_config_release(&config);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_means_all_defaults),
		cmocka_unit_test(every_default_is_legal_and_prints_as_it_is_written),
		cmocka_unit_test(values_are_read_with_their_types),
		cmocka_unit_test(a_mistake_is_named_with_file_and_line),
		cmocka_unit_test(a_number_out_of_bounds_is_refused),
		cmocka_unit_test(values_that_contradict_each_other_are_refused),
		cmocka_unit_test(sizes_beyond_the_maximum_are_refused),
		WITH_FOLDER(the_file_of_the_installation_is_read),
		WITH_FOLDER(root_needs_the_user_that_the_file_names),
		WITH_FOLDER(a_file_that_everybody_writes_is_refused),
		WITH_FOLDER(a_password_that_others_can_read_is_refused),
		WITH_FOLDER(a_file_that_cannot_be_read_is_not_an_absent_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
