/* An installation with one domain and bob in it, and an ear for findings. After cmocka.h. */
#ifndef VM_TESTS_UNIT_CHECK_SITE_H
#define VM_TESTS_UNIT_CHECK_SITE_H

#include <sys/time.h>

#include "core/finding.h"
#include "unit/operations_site.h"

enum { HEARD_MAX = 16 };

/* "KIND SUBJECT" of each finding, and how many of each state. */
struct heard {
	unsigned int count, of[3];
	char what[HEARD_MAX][256];
};

static inline void hear(void *context, const struct vm_finding *finding)
{
	struct heard *const heard = context;

	assert_true(heard->count < HEARD_MAX);
	assert_true(finding->text[0] != '\0' && finding->action[0] != '\0');
	(void)snprintf(heard->what[heard->count++], sizeof heard->what[0], "%s %s", finding->kind,
		       finding->subject);
	heard->of[finding->state]++;
}

static inline struct vm_check listen_to(struct heard *heard, bool repair)
{
	memset(heard, 0, sizeof *heard);
	return (struct vm_check){ .repair = repair, .found = hear, .context = heard };
}

/* Below the root of the site, in place of "KIND /path" the rest behind it. */
static inline bool has_heard(const struct operations_site *site, const struct heard *heard,
			     const char *kind, const char *subject)
{
	char plain[256], full[256];

	(void)snprintf(plain, sizeof plain, "%s %s", kind, subject);
	(void)snprintf(full, sizeof full, "%s %s/%s", kind, site->root, subject);
	for (unsigned int i = 0; i < heard->count; i++)
		if (strcmp(heard->what[i], plain) == 0 || strcmp(heard->what[i], full) == 0)
			return true;
	return false;
}

/* One look of the check under test. */
typedef void look_function(struct operations_site *site, const struct vm_check *check);

/* Exactly one thing is found, twice without a repair; after the repair nothing. */
static inline void expect_one_mended(struct operations_site *site, look_function *look,
				     const char *kind, const char *subject)
{
	struct heard heard;

	for (int i = 0; i < 3; i++) {
		const struct vm_check check = listen_to(&heard, i == 2);

		look(site, &check);
		if (heard.count != 1 || !has_heard(site, &heard, kind, subject))
			fail_msg("%u findings, \"%s\" in place of %s %s", heard.count,
				 heard.what[0], kind, subject);
		assert_int_equal(heard.of[i == 2 ? VM_FINDING_MENDED : VM_FINDING_OPEN], 1);
	}
	for (int i = 0; i < 2; i++) {
		const struct vm_check check = listen_to(&heard, i == 1);

		look(site, &check);
		assert_int_equal(heard.count, 0);
	}
}

/* Exactly one thing is found, and no repair changes it. */
static inline void expect_one_left(struct operations_site *site, look_function *look,
				   const char *kind, const char *subject)
{
	struct heard heard;

	for (int i = 0; i < 2; i++) {
		const struct vm_check check = listen_to(&heard, i == 1);

		look(site, &check);
		assert_int_equal(heard.count, 1);
		assert_true(has_heard(site, &heard, kind, subject));
		assert_int_equal(heard.of[VM_FINDING_BY_HAND], 1);
	}
}

static inline void expect_nothing(struct operations_site *site, look_function *look)
{
	struct heard heard;
	const struct vm_check check = listen_to(&heard, true);

	look(site, &check);
	assert_int_equal(heard.count, 0);
}

static inline struct vm_domain site_domain(struct operations_site *site, const char *name)
{
	struct vm_domain domain = { .name = "" };

	assert_int_equal(vm_store_domain_get(site->store, name, &site->arena, &domain, &site->err),
			 VM_OK);
	return domain;
}

/* Sets the time of the last change so many seconds back. */
static inline void site_age(const struct operations_site *site, const char *path, time_t seconds)
{
	char full[256];
	const struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
					   { .tv_sec = time(NULL) - seconds } };

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	assert_int_equal(utimensat(AT_FDCWD, full, times, AT_SYMLINK_NOFOLLOW), 0);
}

static inline void site_remove_file(const struct operations_site *site, const char *path)
{
	char full[256];

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	assert_int_equal(remove(full), 0);
}

static inline int check_site_make(void **state)
{
	if (site_make(state) != 0 || site_add_domain(*state, "example.com", "secret") != VM_OK)
		return -1;
	return site_add_user(*state, "bob", "example.com") == VM_OK ? 0 : -1;
}

#define ON_CHECK_SITE(test) cmocka_unit_test_setup_teardown(test, check_site_make, site_remove)

#endif
