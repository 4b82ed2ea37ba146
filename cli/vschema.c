/* vschema: looks at, and makes, the tables of a store in SQL. */
#include <config.h>

#include <stddef.h>

#include "cli/command.h"

struct options {
	struct vm_common_options common;
	bool check, apply, print, all;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "check", VM_OPTION_FLAG, offsetof(struct options, check), NULL,
	  "say whether there is anything to do (the default)", 0, 0, NULL },
	{ 0, "apply", VM_OPTION_FLAG, offsetof(struct options, apply), NULL,
	  "run the steps that the database lacks", 0, 0, NULL },
	{ 0, "print", VM_OPTION_FLAG, offsetof(struct options, print), NULL,
	  "print the statements that --apply would run", 0, 0, NULL },
	{ 0, "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL,
	  "with --print: of every step", 0, 0, NULL },
};

static bool is_done(const struct vm_schema_state *state)
{
	return state->applied == state->newest && state->has_domains && state->tables == 0;
}

static void print_state(struct vm_session *session, const struct vm_schema_state *state)
{
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_u64(&session->writer, "applied", state->applied);
		vm_json_member_u64(&session->writer, "newest", state->newest);
		vm_json_member_bool(&session->writer, "domains_imported", state->has_domains);
		vm_json_member_u64(&session->writer, "domain_tables", state->tables);
		vm_session_end(session);
		return;
	}
	if (is_done(state)) {
		vm_session_printf(session, "schema %u: nothing to do\n", state->applied);
		return;
	}
	vm_session_printf(session, "schema %u of %u: vschema --apply brings it up to date\n",
			  state->applied, state->newest);
	if (!state->has_domains)
		vm_session_printf(session, "users/assign is not in the database yet\n");
	if (state->tables > 0)
		vm_session_printf(session, "%zu tables of one domain are to be taken over\n",
				  state->tables);
}

static void print_nothing(struct vm_session *session)
{
	if (session->json)
		print_state(session, &(struct vm_schema_state){ .has_domains = true });
	else
		vm_session_printf(session, "this store has no tables: nothing to do\n");
}

static enum vm_status refuse_newer(const struct vm_schema_state *state, struct vm_error *err)
{
	if (state->applied <= state->newest)
		return VM_OK;
	return vm_fail(err, VM_UNSUPPORTED,
		       "the database has schema %u, this program knows %u: use a newer one",
		       state->applied, state->newest);
}

static enum vm_status check(struct vm_session *session, struct vm_error *err)
{
	struct vm_schema_state state;
	enum vm_status status = vm_store_schema_state(session->context.store, &state, err);

	if (status == VM_OK)
		status = refuse_newer(&state, err);
	if (status != VM_OK)
		return status;
	print_state(session, &state);
	session->exit_code = is_done(&state) ? 0 : VM_EXIT_NO;
	return VM_OK;
}

struct printing {
	struct vm_session *session;
	unsigned int after;
};

static enum vm_status print_applied(void *context, const struct vm_schema_step *step)
{
	const struct printing *const printing = context;

	if (step->number <= printing->after)
		return VM_OK;
	if (printing->session->json) {
		vm_session_begin(printing->session);
		vm_json_member_u64(&printing->session->writer, "step", step->number);
		vm_json_member_string(&printing->session->writer, "name", step->name);
		vm_session_end(printing->session);
	} else {
		vm_session_printf(printing->session, "step %u, %s\n", step->number, step->name);
	}
	return VM_OK;
}

static void print_taken(struct vm_session *session, bool has_imported, size_t tables)
{
	if (session->json)
		return;
	if (has_imported)
		vm_session_printf(session, "domains of users/assign\n");
	if (tables > 0)
		vm_session_printf(session, "%zu tables of one domain\n", tables);
}

static enum vm_status apply(struct vm_session *session, struct vm_error *err)
{
	struct vm_store *const store = session->context.store;
	struct vm_schema_state before = { .applied = 0 }, after = before;
	struct printing printing = { .session = session };
	size_t taken = 0;
	enum vm_status status = vm_store_schema_prepare(store, err);

	if (status == VM_OK)
		status = vm_store_schema_state(store, &before, err);
	if (status == VM_OK)
		status = vm_store_schema_apply(store, &taken, err);
	if (status == VM_DENIED) /* newer, or at odds with itself: no other try will help */
		err->status = status = VM_UNSUPPORTED;
	if (status == VM_OK)
		status = vm_store_schema_state(store, &after, err);
	printing.after = before.applied;
	if (status == VM_OK)
		status = vm_store_schema_each(store, print_applied, &printing, err);
	if (status == VM_OK)
		print_taken(session, after.has_domains && !before.has_domains, taken);
	if (status == VM_OK)
		print_state(session, &after);
	return status;
}

static enum vm_status print_step(void *context, const struct vm_schema_step *step)
{
	const struct printing *const printing = context;
	struct vm_session *const session = printing->session;

	if (step->number <= printing->after)
		return VM_OK;
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_u64(&session->writer, "number", step->number);
		vm_json_member_string(&session->writer, "name", step->name);
		vm_json_member_string(&session->writer, "statements", step->text);
		vm_session_end(session);
	} else {
		vm_session_printf(session, "-- step %u, %s\n%s", step->number, step->name,
				  step->text);
	}
	return VM_OK;
}

static enum vm_status print(struct vm_session *session, struct vm_error *err)
{
	struct vm_schema_state state;
	struct printing printing = { .session = session };
	enum vm_status status = vm_store_schema_state(session->context.store, &state, err);

	if (status == VM_OK)
		status = refuse_newer(&state, err);
	printing.after = options.all || status != VM_OK ? 0 : state.applied;
	return status == VM_OK
		       ? vm_store_schema_each(session->context.store, print_step, &printing, err)
		       : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	(void)operands;
	(void)count;
	if (options.check + options.apply + options.print > 1)
		return vm_fail(err, VM_INVALID, "only one of --check, --apply and --print");
	if (!vm_store_has_schema(session->context.store)) {
		print_nothing(session);
		return VM_OK;
	}
	if (options.apply)
		return apply(session, err);
	return options.print ? print(session, err) : check(session, err);
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vschema", "", "Looks at, and makes, the tables of a store in SQL.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
