/* Tests of operations/domain_create.h and domain_remove.h on the cdb store. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/domain_remove.h"
#include "operations/intent.h"
#include "unit/operations_site.h"

static void a_new_domain_has_its_folder_lines_and_postmaster(void **state)
{
	struct operations_site *const site = *state;
	char room[1024], expected[512];

	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_string_equal(site_get(site, "postmaster", "example.com").hash, "$test$secret");
	assert_string_equal(site_get(site, "postmaster", "example.com").comment, "Postmaster");
	assert_true(site_has(site, "v/domains/example.com/postmaster/Maildir/new"));
	assert_string_equal(site_read(site, "q/control/rcpthosts", room), "example.com\n");
	assert_string_equal(site_read(site, "q/control/virtualdomains", room),
			    "example.com:example.com\n");
	(void)snprintf(expected, sizeof expected,
		       "+example.com-:example.com:%u:%u:%s/domains/example.com:-::\n.\n",
		       (unsigned int)getuid(), (unsigned int)getgid(), site->home);
	assert_string_equal(site_read(site, "q/users/assign", room), expected);
	(void)snprintf(expected, sizeof expected, "| %s/bin/vdelivermail '' bounce-no-mailbox\n",
		       site->home);
	assert_string_equal(site_read(site, "v/domains/example.com/.qmail-default", room),
			    expected);
}

static void no_note_stays_behind_a_new_domain(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_false(site_has(site, "v/domains/.intents/add-domain.example.com"));
}

static void a_domain_that_exists_is_refused(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_int_equal(site_add_domain(site, "example.com", "other"), VM_EXISTS);
	assert_string_equal(site->err.field, "domain");
	assert_string_equal(site_get(site, "postmaster", "example.com").hash, "$test$secret");
}

static void a_weak_password_leaves_nothing_behind(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_domain(site, "example.com", "weak"), VM_DENIED);
	assert_false(site_has(site, "v/domains/example.com"));
	assert_false(site_has(site, "q/users/assign"));
}

static void a_bad_quota_of_the_postmaster_undoes_the_domain(void **state)
{
	struct operations_site *const site = *state;
	struct vm_secret secret;
	struct vm_domain domain;
	char room[1024];
	const struct vm_domain_request request = { .domain = "example.com",
						   .uid = getuid(),
						   .gid = getgid(),
						   .password = &secret,
						   .quota = "many" };

	assert_true(vm_secret_set(&secret, "secret", 6));
	assert_int_equal(vm_domain_create(&site->context, &request, &site->err), VM_INVALID);
	assert_false(site_has(site, "v/domains/example.com"));
	assert_string_equal(site_read(site, "q/control/rcpthosts", room), "");
	assert_int_equal(vm_store_domain_get(site->store, "example.com", &site->arena, &domain,
					     &site->err),
			 VM_NOT_FOUND);
}

static void a_folder_of_somebody_else_is_refused_and_kept(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains");
	site_folder(site->home, "/domains/example.com");
	site_write(site, "v/domains/example.com/mail", "precious");
	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_EXISTS);
	assert_string_equal(site->err.field, "dir");
	assert_true(site_has(site, "v/domains/example.com/mail"));
}

static void an_interrupted_addition_is_done_anew(void **state)
{
	struct operations_site *const site = *state;
	char base[160], dir[192];
	const struct vm_intent intent = { .kind = VM_INTENT_ADD_DOMAIN,
					  .subject = "example.com",
					  .fields = { dir, base } };
	struct vm_file_lock hold;

	(void)snprintf(base, sizeof base, "%s/domains", site->home);
	(void)snprintf(dir, sizeof dir, "%s/example.com", base);
	site_folder(base, "");
	site_folder(dir, "");
	assert_int_equal(vm_intent_write(base, &intent, &hold, &site->err), VM_OK);
	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_TEMPFAIL);
	vm_file_lock_release(&hold);
	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_string_equal(site_get(site, "postmaster", "example.com").hash, "$test$secret");
	assert_false(site_has(site, "v/domains/.intents/add-domain.example.com"));
}

/* Interrupted outside of the usual tree, before any file of qmail's named it. */
static void a_noted_domain_elsewhere_is_removed_by_its_name(void **state)
{
	struct operations_site *const site = *state;
	char notes[160], base[160], dir[192];
	const struct vm_intent intent = { .kind = VM_INTENT_ADD_DOMAIN,
					  .subject = "example.com",
					  .fields = { dir, base } };
	struct vm_file_lock hold;

	(void)snprintf(notes, sizeof notes, "%s/domains", site->home);
	(void)snprintf(base, sizeof base, "%s/elsewhere", site->root);
	(void)snprintf(dir, sizeof dir, "%s/example.com", base);
	site_folder(notes, "");
	site_folder(base, "");
	site_folder(dir, "");
	assert_int_equal(vm_intent_write(notes, &intent, &hold, &site->err), VM_OK);
	assert_int_equal(vm_domain_remove(&site->context, "example.com", &site->err), VM_TEMPFAIL);
	vm_file_lock_release(&hold);
	assert_int_equal(vm_domain_remove(&site->context, "example.com", &site->err), VM_OK);
	assert_false(site_has(site, "elsewhere/example.com"));
	assert_int_equal(vm_domain_remove(&site->context, "example.com", &site->err), VM_NOT_FOUND);
}

static void a_removed_domain_leaves_no_line_and_no_folder(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain domain;
	char room[1024];

	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_int_equal(site_add_domain(site, "other.example", "secret"), VM_OK);
	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	assert_int_equal(vm_domain_remove(&site->context, "example.com", &site->err), VM_OK);
	assert_false(site_has(site, "v/domains/example.com"));
	assert_true(site_has(site, "v/domains/other.example/postmaster"));
	assert_string_equal(site_read(site, "q/control/rcpthosts", room), "other.example\n");
	assert_int_equal(vm_store_domain_get(site->store, "alias.example", &site->arena, &domain,
					     &site->err),
			 VM_NOT_FOUND);
	assert_int_equal(vm_domain_remove(&site->context, "example.com", &site->err), VM_NOT_FOUND);
}

static void removing_an_alias_keeps_the_domain(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_domain(site, "example.com", "secret"), VM_OK);
	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	assert_string_equal(site_get(site, "postmaster", "alias.example").domain, "example.com");
	assert_int_equal(vm_domain_remove(&site->context, "alias.example", &site->err), VM_OK);
	assert_string_equal(site_get(site, "postmaster", "example.com").user, "postmaster");
}

static void an_alias_of_nothing_is_not_found(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_NOT_FOUND);
	assert_string_equal(site->err.field, "domain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SITE(a_new_domain_has_its_folder_lines_and_postmaster),
		IN_SITE(no_note_stays_behind_a_new_domain),
		IN_SITE(a_domain_that_exists_is_refused),
		IN_SITE(a_weak_password_leaves_nothing_behind),
		IN_SITE(a_bad_quota_of_the_postmaster_undoes_the_domain),
		IN_SITE(a_folder_of_somebody_else_is_refused_and_kept),
		IN_SITE(an_interrupted_addition_is_done_anew),
		IN_SITE(a_noted_domain_elsewhere_is_removed_by_its_name),
		IN_SITE(a_removed_domain_leaves_no_line_and_no_folder),
		IN_SITE(removing_an_alias_keeps_the_domain),
		IN_SITE(an_alias_of_nothing_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
