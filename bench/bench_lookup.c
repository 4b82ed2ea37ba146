/*
 * Looks accounts up through one open store, and by the client library's own prepared statement in a loop, in turn.
 *
 * usage: bench_ENGINE_lookup V COUNT DOMAINS ACCOUNTS PLACE(5 words)
 * Accounts are userN@dM.example.net, N in each of the domains alike. Prints lookups per second of both, by the median of
 * many short turns: what else the machine does then falls upon few of them.
 */
#include "config.h"

#include "bare_sql.h"
#include "timing.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/store.h"
#include "core/config.h"

enum { STEP = 500, STEPS_MAX = 1000, ARENA_MAX = 65536 };

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

static double per_second(uint64_t *times, size_t count)
{
	return STEP * 1e9 / (double)bench_summarise(times, count, 0).median;
}

static void take_turns(struct vm_store *store, size_t turns, unsigned long domains,
		       unsigned long accounts)
{
	static struct name names[STEP];
	static uint64_t ours[STEPS_MAX], other[STEPS_MAX];

	for (size_t turn = 0; turn < turns; turn++) {
		for (int i = 0; i < STEP; i++)
			choose(&names[i], domains, accounts);
		/* The first to come warms the pages for the other: they take turns. */
		if (turn % 2 == 0)
			ours[turn] = through_store(store, names);
		other[turn] = bare(names);
		if (turn % 2 != 0)
			ours[turn] = through_store(store, names);
	}
	printf("%.1f %.1f\n", per_second(ours, turns), per_second(other, turns));
}

int main(int argc, char **argv)
{
	struct vm_config config;
	struct vm_store *store = NULL;
	struct vm_error err;
	const unsigned long turns = argc == 10 ? strtoul(argv[2], NULL, 10) / STEP : 0;

	if (turns == 0 || turns > STEPS_MAX || vm_config_load(argv[1], &config, &err) != VM_OK ||
	    vm_store_open(&config, false, &store, &err) != VM_OK || !bare_sql_open(argv + 5))
		return 111;
	take_turns(store, turns, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	bare_sql_close();
	vm_store_close(&store);
	vm_config_release(&config);
	return 0;
}
