/* Tests of core/alias_file.h, core/ip_map_file.h and core/lastauth_file.h: small files of lines. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/alias_file.h"
#include "core/ip_map_file.h"
#include "core/lastauth_file.h"
#include "test_folder.h"

static const struct vm_name info = { "info", "example.org" };

static enum vm_status insert_as(const struct test_folder *folder, const char *user,
				const char *line)
{
	const struct vm_alias alias = { user, "example.org", line };
	struct vm_error err;

	return vm_alias_file_insert(folder->fd, &alias, &err);
}

static enum vm_status insert(const struct test_folder *folder, const char *line)
{
	return insert_as(folder, "info", line);
}

static enum vm_status get(const struct test_folder *folder, struct vm_name name,
			  struct vm_alias_list *list)
{
	static struct vm_arena arena;
	struct vm_error err;

	vm_arena_release(&arena);
	vm_arena_init(&arena, 1 << 20);
	return vm_alias_file_get(folder->fd, name, &arena, list, &err);
}

static void alias_lines_keep_their_order_and_come_once(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_alias_list list;
	struct vm_error err;
	char text[64];

	assert_int_equal(get(folder, info, &list), VM_NOT_FOUND);
	assert_int_equal(insert(folder, "&b@b.example"), VM_OK);
	assert_int_equal(insert(folder, "&a@b.example"), VM_OK);
	assert_int_equal(insert(folder, "&a@b.example"), VM_EXISTS);
	assert_int_equal(get(folder, info, &list), VM_OK);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].line, "&b@b.example");
	assert_int_equal(vm_alias_file_remove(folder->fd, info, "&none", &err), VM_NOT_FOUND);
	assert_int_equal(vm_alias_file_remove(folder->fd, info, "&b@b.example", &err), VM_OK);
	assert_string_equal(test_folder_read(folder, ".qmail-info", text, sizeof text),
			    "&a@b.example\n");
	assert_int_equal(vm_alias_file_remove(folder->fd, info, "&a@b.example", &err), VM_OK);
	assert_int_not_equal(faccessat(folder->fd, ".qmail-info", F_OK, 0), 0);
	assert_int_equal(vm_alias_file_remove(folder->fd, info, NULL, &err), VM_NOT_FOUND);
}

static void alias_lines_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = { "", " ", "a\nb", "a\rb", "a\001b", "a ", "a\177b" };
	const struct test_folder *const folder = *state;
	char line[VM_ALIAS_LINE_MAX + 2];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(insert(folder, bad[i]), VM_INVALID);
	memset(line, 'x', sizeof line);
	line[VM_ALIAS_LINE_MAX + 1] = '\0';
	assert_int_equal(insert(folder, line), VM_INVALID);
	line[VM_ALIAS_LINE_MAX] = '\0';
	assert_int_equal(insert(folder, line), VM_OK);
	assert_int_equal(insert_as(folder, "default", "&a@b.example"), VM_INVALID);
	assert_int_equal(insert_as(folder, "a/b", "&a@b.example"), VM_INVALID);
	assert_int_equal(insert_as(folder, "", "&a@b.example"), VM_INVALID);
}

static void dots_of_a_name_are_colons_of_its_file(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_alias_list list;

	assert_int_equal(insert_as(folder, "a.b.c", "&x@y.example"), VM_OK);
	assert_int_equal(faccessat(folder->fd, ".qmail-a:b:c", F_OK, 0), 0);
	assert_int_equal(get(folder, (struct vm_name){ "a.b.c", "example.org" }, &list), VM_OK);
	assert_string_equal(list.items[0].user, "a.b.c");
}

static void alias_files_of_others_are_read_as_they_are(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_alias_list list;
	char *text = NULL;

	test_folder_write(folder, ".qmail-info", "\r\n&a@b.example \t\r\n\n# note\n|prog", 0600);
	assert_int_equal(get(folder, info, &list), VM_OK);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].line, "&a@b.example");
	assert_string_equal(list.items[2].line, "|prog");
	assert_int_equal(insert(folder, "|prog"), VM_EXISTS);
	text = malloc((2 << 20) + 1);
	assert_non_null(text);
	memset(text, 'x', 2 << 20);
	text[2 << 20] = '\0';
	test_folder_write(folder, ".qmail-info", text, 0600);
	free(text);
	/* Too long to be read is not "no such alias". */
	assert_int_equal(vm_status_is_definite(get(folder, info, &list)), false);
	assert_int_equal(vm_status_is_definite(insert(folder, "&b@b.example")), false);
}

static enum vm_status put_ip(const struct test_folder *folder, const char *ip, const char *domain)
{
	struct vm_ip_map map = { .ip = "" };
	struct vm_error err;

	memcpy(map.ip, ip, strlen(ip) + 1);
	memcpy(map.domain, domain, strlen(domain) + 1);
	return vm_ip_map_file_put(folder->fd, &map, &err);
}

static void addresses_are_mapped_once_and_lines_of_others_kept(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_ip_map map;
	struct vm_error err;
	char text[256];

	test_folder_write(folder, "ip_alias_map", "# note\n192.0.2.1 old.example\nnot-an-ip x\n",
			  0644);
	assert_int_equal(put_ip(folder, "192.0.2.1", "a.example"), VM_OK);
	assert_int_equal(put_ip(folder, "2001:db8::1", "b.example"), VM_OK);
	assert_string_equal(test_folder_read(folder, "ip_alias_map", text, sizeof text),
			    "# note\nnot-an-ip x\n192.0.2.1 a.example\n2001:db8::1 b.example\n");
	assert_int_equal(vm_ip_map_file_get(folder->fd, "192.0.2.1", &map, &err), VM_OK);
	assert_string_equal(map.domain, "a.example");
	assert_int_equal(vm_ip_map_file_get(folder->fd, "192.0.2.2", &map, &err), VM_NOT_FOUND);
	assert_int_equal(vm_ip_map_file_remove(folder->fd, "192.0.2.1", &err), VM_OK);
	assert_int_equal(vm_ip_map_file_remove(folder->fd, "192.0.2.1", &err), VM_NOT_FOUND);
}

static void texts_that_are_no_address_are_refused(void **state)
{
	static const char *const bad[] = { "",           "x",          "192.0.2", "192.0.2.256",
					   "192.0.2.1 ", "1.2.3.4\n5", ":::",     "%s" };
	const struct test_folder *const folder = *state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(put_ip(folder, bad[i], "a.example"), VM_INVALID);
	assert_int_not_equal(faccessat(folder->fd, "ip_alias_map", F_OK, 0), 0);
}

static void a_map_that_cannot_be_read_is_later(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_ip_map map;
	struct vm_error err;

	assert_int_equal(mkdirat(folder->fd, "ip_alias_map", 0700), 0);
	assert_int_equal(vm_ip_map_file_get(folder->fd, "192.0.2.1", &map, &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "ip_alias_map"));
	assert_int_equal(put_ip(folder, "192.0.2.1", "a.example"), VM_TEMPFAIL);
}

static void the_last_login_is_kept_with_its_time(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_last_login login = { .when = 1700000000, .from = "192.0.2.7" };
	struct vm_last_login found;
	struct vm_error err;

	assert_int_equal(vm_lastauth_file_get(folder->path, &found, &err), VM_OK);
	assert_int_equal(found.when, 0);
	assert_int_equal(vm_lastauth_file_put(folder->path, &login, &err), VM_OK);
	assert_int_equal(vm_lastauth_file_get(folder->path, &found, &err), VM_OK);
	assert_int_equal(found.when, 1700000000);
	assert_string_equal(found.from, "192.0.2.7");
	assert_int_equal(vm_lastauth_file_put("/nonexistent/home", &login, &err), VM_NOT_FOUND);
	assert_int_equal(vm_lastauth_file_get("/nonexistent/home", &found, &err), VM_OK);
	assert_int_equal(found.when, 0);
}

static void a_strange_lastauth_says_one_clean_line_or_later(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_last_login found;
	struct vm_error err;
	char text[8192];

	test_folder_write(folder, "lastauth", "a\001%n\x1b[2J\xff\nsecond line", 0600);
	assert_int_equal(vm_lastauth_file_get(folder->path, &found, &err), VM_OK);
	assert_string_equal(found.from, "a??n?[2J?");
	memset(text, 'x', sizeof text);
	text[4000] = '\0';
	test_folder_write(folder, "lastauth", text, 0600);
	assert_int_equal(vm_lastauth_file_get(folder->path, &found, &err), VM_OK);
	assert_int_equal(strlen(found.from), VM_IP_MAX);
	assert_int_equal(unlinkat(folder->fd, "lastauth", 0), 0);
	assert_int_equal(mkdirat(folder->fd, "lastauth", 0700), 0);
	assert_int_equal(vm_lastauth_file_get(folder->path, &found, &err), VM_TEMPFAIL);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(alias_lines_keep_their_order_and_come_once),
		WITH_FOLDER(alias_lines_that_cannot_be_are_refused),
		WITH_FOLDER(dots_of_a_name_are_colons_of_its_file),
		WITH_FOLDER(alias_files_of_others_are_read_as_they_are),
		WITH_FOLDER(addresses_are_mapped_once_and_lines_of_others_kept),
		WITH_FOLDER(texts_that_are_no_address_are_refused),
		WITH_FOLDER(a_map_that_cannot_be_read_is_later),
		WITH_FOLDER(the_last_login_is_kept_with_its_time),
		WITH_FOLDER(a_strange_lastauth_says_one_clean_line_or_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
