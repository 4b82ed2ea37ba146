/*
 * Looks accounts up through one open store, and by the client library's own prepared statement in a loop, in turn.
 *
 * usage: bench_ENGINE_lookup V COUNT DOMAINS ACCOUNTS PLACE(5 words)
 * Accounts are userN@dM.example.net, N in each of the domains alike. Prints lookups per second of both.
 */
#include "config.h"

#include "bare_sql.h"
#include "timing.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/store.h"
#include "core/config.h"

enum { STEP = 500, ARENA_MAX = 65536 };

struct name {
	char user[32], domain[48];
};

static uint64_t state = 88172645463325252U;

/* xorshift: the same names for both, in the same order of visits to the tables' pages. */
static unsigned long any(unsigned long below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned long)(state % below);
}

static void choose(struct name *out, unsigned long domains, unsigned long accounts)
{
	snprintf(out->user, sizeof(out->user), "user%lu", any(accounts));
	snprintf(out->domain, sizeof(out->domain), "d%lu.example.net", any(domains));
}

static uint64_t through_store(struct vm_store *store, const struct name *names)
{
	struct vm_arena arena;
	struct vm_account account;
	struct vm_error err;
	const uint64_t began = bench_now();

	vm_arena_init(&arena, ARENA_MAX);
	for (int i = 0; i < STEP; i++) {
		const struct vm_name name = { names[i].user, names[i].domain };

		vm_arena_clear(&arena);
		if (vm_store_account_get(store, name, &arena, &account, &err) != VM_OK) {
			fprintf(stderr, "%s@%s: %s\n", name.user, name.domain, err.text);
			exit(111);
		}
	}
	vm_arena_release(&arena);
	return bench_now() - began;
}

static uint64_t bare(const struct name *names)
{
	static bare_sql_cells cells;
	const uint64_t began = bench_now();

	for (int i = 0; i < STEP; i++) {
		const char *const values[] = { names[i].user, names[i].domain };

		if (!bare_sql_row(BARE_SQL_ACCOUNT, values, 2, cells))
			exit(111);
	}
	return bench_now() - began;
}

int main(int argc, char **argv)
{
	static struct name names[STEP];
	struct vm_config config;
	struct vm_store *store = NULL;
	struct vm_error err;
	const unsigned long count = argc == 10 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t ours = 0, other = 0;

	if (count < STEP || vm_config_load(argv[1], &config, &err) != VM_OK ||
	    vm_store_open(&config, false, &store, &err) != VM_OK || !bare_sql_open(argv + 5))
		return 111;
	for (unsigned long done = 0; done < count; done += STEP) {
		for (int i = 0; i < STEP; i++)
			choose(&names[i], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
		/* The first to come warms the pages for the other: they take turns. */
		if (done / STEP % 2 == 0)
			ours += through_store(store, names);
		other += bare(names);
		if (done / STEP % 2 != 0)
			ours += through_store(store, names);
	}
	printf("%.1f %.1f\n", (double)count * 1e9 / (double)ours,
	       (double)count * 1e9 / (double)other);
	bare_sql_close();
	vm_store_close(&store);
	vm_config_release(&config);
	return 0;
}
