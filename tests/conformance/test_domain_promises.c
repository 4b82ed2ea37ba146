/* What auth_module.h promises about domains and their aliases, asked of every module. */
#include <config.h>

#include "stand.h"

static enum vm_status get(struct stand *stand, const char *name, struct vm_domain *out)
{
	return OPS(domains)->get(stand->backend, name, &stand->arena, out, &stand->err);
}

static void domain_comes_back_as_it_was_stored(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain found;

	must(get(stand, DOMAIN, &found), &stand->err);
	assert_string_equal(found.name, DOMAIN);
	assert_string_equal(found.dir, stand->dir);
	assert_int_equal(found.uid, geteuid());
	assert_int_equal(found.gid, getegid());
	assert_false(found.is_alias);
}

static void alias_answers_the_real_domain(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain found;

	must(get(stand, ALIAS, &found), &stand->err);
	assert_string_equal(found.name, DOMAIN);
	assert_string_equal(found.dir, stand->dir);
	assert_true(found.is_alias);
}

static void unknown_domain_is_not_found(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain found;

	assert_int_equal(get(stand, "unknown.example", &found), VM_NOT_FOUND);
	assert_int_equal(get(stand, "example.co", &found), VM_NOT_FOUND);
	assert_int_equal(get(stand, "example.com.", &found), VM_NOT_FOUND);
	assert_int_equal(OPS(domains)->remove(stand->backend, "unknown.example", &stand->err),
			 VM_NOT_FOUND);
}

static void name_that_is_served_exists(void **state)
{
	struct stand *const stand = *state;

	assert_int_equal(stand_add_domain(stand, DOMAIN, DOMAIN, stand->dir), VM_EXISTS);
	assert_int_equal(stand_add_domain(stand, ALIAS, DOMAIN, stand->dir), VM_EXISTS);
	assert_int_equal(stand_add_domain(stand, ALIAS, ALIAS, stand->dir), VM_EXISTS);
	assert_int_equal(stand_add_domain(stand, OTHER, DOMAIN, stand->dir), VM_EXISTS);
}

static void removed_alias_leaves_the_real_domain(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain found;

	must(OPS(domains)->remove(stand->second, ALIAS, &stand->err), &stand->err);
	assert_int_equal(get(stand, ALIAS, &found), VM_NOT_FOUND);
	assert_int_equal(get(stand, DOMAIN, &found), VM_OK);
}

static void removed_domain_is_gone_and_can_be_made_anew(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain found;

	must(OPS(domains)->remove(stand->backend, OTHER, &stand->err), &stand->err);
	assert_int_equal(get(stand, OTHER, &found), VM_NOT_FOUND);
	must(stand_add_domain(stand, OTHER, OTHER, stand->other_dir), &stand->err);
	assert_int_equal(get(stand, OTHER, &found), VM_OK);
}

/* All names, or the aliases of `real`, in pages. */
static void read_in_pages(struct stand *stand, const char *real, const char *const *names,
			  size_t count, size_t limit)
{
	struct vm_page page = { "", limit };
	size_t seen = 0;
	bool more = true;

	while (more) {
		struct vm_domain_list list;

		must(real == NULL ? OPS(domains)->list(stand->second, page, &stand->arena, &list,
						       &stand->err)
				  : OPS(domains)->list_aliases(stand->second, real, page,
							       &stand->arena, &list, &stand->err),
		     &stand->err);
		assert_true(list.count <= limit && seen + list.count <= count);
		for (size_t i = 0; i < list.count; i++)
			assert_string_equal(list.items[i].name, names[seen + i]);
		seen += list.count;
		more = list.more;
		if (more)
			page.after = list.items[list.count - 1].name;
	}
	assert_int_equal(seen, count);
}

static void pages_of_every_size_give_each_name_once(void **state)
{
	static const char *const all[] = { "1.example", "a-b.example", "a.b.example", "a.example",
					   ALIAS,       DOMAIN,        OTHER,         "z.example" };
	static const char *const aliases[] = { "1.example", "a.b.example", ALIAS };
	struct stand *const stand = *state;

	must(stand_add_domain(stand, "z.example", "z.example", stand->dir), &stand->err);
	must(stand_add_domain(stand, "a.b.example", DOMAIN, stand->dir), &stand->err);
	must(stand_add_domain(stand, "a.example", OTHER, stand->other_dir), &stand->err);
	must(stand_add_domain(stand, "1.example", DOMAIN, stand->dir), &stand->err);
	must(stand_add_domain(stand, "a-b.example", "a-b.example", stand->dir), &stand->err);
	for (size_t limit = 1; limit <= 10; limit++) {
		read_in_pages(stand, NULL, all, sizeof all / sizeof *all, limit);
		read_in_pages(stand, DOMAIN, aliases, sizeof aliases / sizeof *aliases, limit);
	}
}

static void domain_without_aliases_lists_none(void **state)
{
	read_in_pages(*state, OTHER, NULL, 0, 5);
}

static void ping_of_a_working_store_is_ok(void **state)
{
	struct stand *const stand = *state;

	must(candidate->module->ping(stand->backend, &stand->err), &stand->err);
	must(vm_store_ping(stand->store, &stand->err), &stand->err);
}

static void closing_nothing_is_harmless(void **state)
{
	struct vm_backend *none = NULL;

	(void)state;
	candidate->module->close(&none);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_STAND(domain_comes_back_as_it_was_stored),
		AT_STAND(alias_answers_the_real_domain),
		AT_STAND(unknown_domain_is_not_found),
		AT_STAND(name_that_is_served_exists),
		AT_STAND(removed_alias_leaves_the_real_domain),
		AT_STAND(removed_domain_is_gone_and_can_be_made_anew),
		AT_STAND(pages_of_every_size_give_each_name_once),
		AT_STAND(domain_without_aliases_lists_none),
		AT_STAND(ping_of_a_working_store_is_ok),
		AT_STAND(closing_nothing_is_harmless),
	};
	int failures = 0;

	RUN_FOR_EACH_MODULE(tests, failures);
	return failures;
}
