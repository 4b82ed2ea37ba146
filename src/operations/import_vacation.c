/* Takes in what an account answers while its person is away. */
#include <config.h>

#include <string.h>

#include "operations/account_home.h"
#include "operations/import_internal.h"
#include "operations/vacation.h"

enum { ARENA_MAX = 1 << 20, DAY = 24 * 60 * 60 };

/* What is to be there. */
struct wish {
	struct vm_vacation vacation;
	struct vm_buf text;
};

/* The subject is the text's header, as vvacation writes it; the last moment is the one before the end. */
static enum vm_status make_wish(const struct vm_transfer_vacation *from, struct wish *out,
				struct vm_error *err)
{
	const uint64_t days = from->interval / DAY + (from->interval % DAY != 0);

	out->vacation = (struct vm_vacation){
		.from = from->from,
		.until = from->until == 0 ? 0 : from->until + 1,
		.days = days == 0                     ? VM_VACATION_DAYS
			: days > VM_VACATION_DAYS_MAX ? VM_VACATION_DAYS_MAX
						      : (unsigned int)days,
	};
	if (from->subject != NULL && from->subject[0] != '\0')
		vm_buf_printf(&out->text, "Subject: %s\n\n", from->subject);
	else if (from->subject != NULL)
		vm_buf_append_text(&out->text, "\n");
	vm_buf_append_text(&out->text, from->text);
	return vm_buf_check(&out->text, "the answer", err);
}

/* VM_OK: there is the same; VM_EXISTS: another; VM_NOT_FOUND: none. */
static enum vm_status compare(const char *home, const struct wish *wish, struct vm_error *err)
{
	struct vm_vacation there;
	struct vm_buf text;
	enum vm_status status = home[0] == '\0' ? VM_NOT_FOUND : vm_vacation_get(home, &there, err);

	if (status != VM_OK)
		return status;
	vm_buf_init(&text, VM_VACATION_TEXT_MAX);
	status = vm_vacation_text(home, &text, err);
	if (status == VM_OK &&
	    (there.from != wish->vacation.from || there.until != wish->vacation.until ||
	     there.days != wish->vacation.days || text.length != wish->text.length ||
	     memcmp(text.bytes, wish->text.bytes, text.length) != 0))
		status = VM_EXISTS;
	vm_buf_release(&text);
	return status;
}

static enum vm_status set(const struct vm_import_work *work, struct vm_account *account,
			  const struct wish *wish, struct vm_arena *arena, struct vm_error *err)
{
	const enum vm_status status =
		vm_account_home_ensure(work->import->context, &work->domain, account, arena, err);

	return status == VM_OK ? vm_vacation_set(account->home, &wish->vacation, wish->text.bytes,
						 wish->text.length, err)
			       : status;
}

/* Makes it so where it is not, and counts what was done. */
static enum vm_status settle(const struct vm_import_work *work, struct vm_account *account,
			     const struct wish *wish, struct vm_arena *arena, struct vm_error *err)
{
	enum vm_convert_outcome outcome = VM_CONVERT_ADDED;
	enum vm_status status = compare(account->home, wish, err);

	if (status == VM_OK)
		outcome = VM_CONVERT_EQUAL;
	else if (status == VM_EXISTS)
		outcome = work->import->overwrite ? VM_CONVERT_REPLACED : VM_CONVERT_DIFFERENT;
	else if (status != VM_NOT_FOUND)
		return status;
	status = VM_OK;
	if (vm_import_changes(work) &&
	    (outcome == VM_CONVERT_ADDED || outcome == VM_CONVERT_REPLACED))
		status = set(work, account, wish, arena, err);
	if (status != VM_OK && !vm_status_is_definite(status))
		return status;
	vm_import_note(work, VM_CONVERT_VACATION, status == VM_OK ? outcome : VM_CONVERT_FAILED,
		       account->user,
		       status != VM_OK                   ? err->text
		       : outcome == VM_CONVERT_DIFFERENT ? "differs"
							 : "");
	return VM_OK;
}

/* A rehearsal meets accounts that are in the file alone. */
static enum vm_status find(const struct vm_import_work *work, const char *user,
			   struct vm_arena *arena, struct vm_account *out, struct vm_error *err)
{
	const enum vm_status status = vm_store_account_get(
		work->convert.to, (struct vm_name){ user, work->domain.name }, arena, out, err);

	if (status != VM_NOT_FOUND || vm_import_changes(work))
		return status;
	*out = (struct vm_account){ .user = user, .domain = work->domain.name, .home = "" };
	return VM_OK;
}

enum vm_status vm_import_vacation(const struct vm_import_work *work,
				  const struct vm_transfer *transfer, struct vm_error *err)
{
	struct wish wish;
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	if (!transfer->vacation.is_active) {
		vm_import_note(work, VM_CONVERT_VACATION, VM_CONVERT_SKIPPED, transfer->user,
			       "it is not active: its text is in the file alone");
		return VM_OK;
	}
	vm_arena_init(&arena, ARENA_MAX);
	vm_buf_init(&wish.text, VM_TRANSFER_LINE_MAX);
	status = make_wish(&transfer->vacation, &wish, err);
	if (status == VM_OK)
		status = find(work, transfer->user, &arena, &account, err);
	if (status == VM_OK)
		status = settle(work, &account, &wish, &arena, err);
	if (status == VM_NOT_FOUND) {
		vm_import_note(work, VM_CONVERT_VACATION, VM_CONVERT_SKIPPED, transfer->user,
			       "there is no such account");
		status = VM_OK;
	}
	vm_buf_release(&wish.text);
	vm_arena_release(&arena);
	return status;
}
