/* Counts what is stored, and mends the counters. */
#include <config.h>

#include "operations/usage_count.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "core/maildir_size.h"
#include "core/quota.h"
#include "util/file.h"
#include "util/text.h"

enum { TRIES = 5, SETTLE_MS = 50 };

int64_t vm_usage_drift_bytes(const struct vm_usage_count *count)
{
	return (int64_t)(count->there.bytes - count->counter.bytes);
}

int64_t vm_usage_drift_messages(const struct vm_usage_count *count)
{
	return (int64_t)(count->there.messages - count->counter.messages);
}

static bool has_drift(const struct vm_usage_count *count)
{
	return !count->was_counted || vm_usage_drift_bytes(count) != 0 ||
	       vm_usage_drift_messages(count) != 0;
}

static bool is_same(const struct vm_usage *a, const struct vm_usage *b)
{
	return a->bytes == b->bytes && a->messages == b->messages;
}

static enum vm_status count_maildir(const struct vm_account *account, struct vm_usage *out,
				    struct vm_error *err)
{
	struct vm_quota quota = { 0 };
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_usage){ 0 };
	if (account->home[0] == '\0')
		return VM_OK;
	if (!vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return vm_fail(err, VM_INTERNAL, "the home of %s is too long", account->user);
	if (vm_quota_parse(account->quota, &quota, err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_recount(maildir, &quota, out, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status read_counter(const struct vm_context *context, const struct vm_domain *domain,
				   const char *user, struct vm_usage_count *out,
				   struct vm_error *err)
{
	const enum vm_status status = vm_store_usage_get(context->store, domain,
							 (struct vm_name){ user, domain->name },
							 &out->counter, err);

	out->was_counted = status == VM_OK;
	if (status == VM_NOT_FOUND)
		out->counter = (struct vm_usage){ 0 };
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* The counter before and after must be the same, or mail came in between and nothing can be said. */
enum vm_status vm_usage_count_account(const struct vm_context *context,
				      const struct vm_domain *domain,
				      const struct vm_account *account, struct vm_usage_count *out,
				      struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*out = (struct vm_usage_count){ .accounts = 1 };
	for (int try = 0; try < TRIES && status == VM_OK; try++) {
		struct vm_usage before;

		status = read_counter(context, domain, account->user, out, err);
		before = out->counter;
		if (status == VM_OK)
			status = count_maildir(account, &out->there, err);
		if (status == VM_OK)
			status = read_counter(context, domain, account->user, out, err);
		if (status == VM_OK && is_same(&before, &out->counter))
			return VM_OK;
	}
	return status == VM_OK ? vm_fail(err, VM_TEMPFAIL, "mail for %s@%s comes and goes",
					 account->user, domain->name)
			       : status;
}

/* A delivery publishes first and counts then: what is wrong for a moment is not wrong. */
static void let_settle(void)
{
	const struct timespec pause = { .tv_nsec = SETTLE_MS * 1000000L };

	(void)nanosleep(&pause, NULL); /* sooner is fine too */
}

static enum vm_status mend(const struct vm_context *context, const struct vm_domain *domain,
			   const char *user, const struct vm_usage_count *count,
			   struct vm_error *err)
{
	const struct vm_name name = { user, domain->name };

	if (!count->was_counted)
		return vm_store_usage_set(context->store, domain, name, &count->there, err);
	return vm_store_usage_add(context->store, domain, name, vm_usage_drift_bytes(count),
				  vm_usage_drift_messages(count), err);
}

struct hearing {
	void (*each)(void *hearer, const char *user, const struct vm_usage_count *count);
	void *hearer;
};

static enum vm_status take_account(const struct vm_context *context, const struct vm_domain *domain,
				   const struct vm_account *account, bool mends,
				   const struct hearing *hearing, struct vm_usage_count *sum,
				   struct vm_error *err)
{
	struct vm_usage_count count;
	enum vm_status status = vm_usage_count_account(context, domain, account, &count, err);

	if (status == VM_OK && has_drift(&count)) {
		let_settle();
		status = vm_usage_count_account(context, domain, account, &count, err);
	}
	if (status != VM_OK)
		return status;
	sum->there.bytes += count.there.bytes;
	sum->there.messages += count.there.messages;
	sum->accounts++;
	if (!has_drift(&count))
		return VM_OK;
	if (hearing->each != NULL)
		hearing->each(hearing->hearer, account->user, &count);
	return mends ? mend(context, domain, account->user, &count, err) : VM_OK;
}

/* Where the store counts domains alone. */
static enum vm_status add_maildir(const struct vm_account *account, struct vm_usage_count *sum,
				  struct vm_error *err)
{
	struct vm_usage usage;
	const enum vm_status status = count_maildir(account, &usage, err);

	if (status != VM_OK)
		return status;
	sum->there.bytes += usage.bytes;
	sum->there.messages += usage.messages;
	sum->accounts++;
	return VM_OK;
}

struct walk {
	const struct vm_context *context;
	const struct vm_domain *domain;
	bool mends;
	const struct hearing *hearing;
	struct vm_usage_count *sum;
};

static enum vm_status count_account(void *context, const struct vm_account *account,
				    struct vm_error *err)
{
	const struct walk *const walk = context;

	if (!vm_store_keeps_usage(walk->context->store))
		return add_maildir(account, walk->sum, err);
	return take_account(walk->context, walk->domain, account, walk->mends, walk->hearing,
			    walk->sum, err);
}

/* After the accounts: what they lacked has reached the domain's counter by now, where there was one. */
static enum vm_status mend_domain(const struct vm_context *context, const struct vm_domain *domain,
				  const struct vm_usage_count *sum, struct vm_error *err)
{
	struct vm_usage_count now = *sum;
	enum vm_status status = read_counter(context, domain, "", &now, err);

	if (status == VM_OK && has_drift(&now))
		status = mend(context, domain, "", &now, err);
	return status;
}

enum vm_status vm_usage_count_domain(const struct vm_context *context,
				     const struct vm_domain *domain, bool mends,
				     void (*each)(void *hearer, const char *user,
						  const struct vm_usage_count *count),
				     void *hearer, struct vm_usage_count *out, struct vm_error *err)
{
	const struct hearing hearing = { each, hearer };
	struct walk walk = { context, domain, mends, &hearing, out };
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_usage_count){ .accounts = 0 };
	status = read_counter(context, domain, "", out, err);
	if (status == VM_OK)
		status = vm_store_each_account(context->store, domain->name, count_account, &walk,
					       err);
	return status == VM_OK && mends ? mend_domain(context, domain, out, err) : status;
}
