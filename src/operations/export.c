/* Prints domains with all they have in the neutral format. */
#include <config.h>

#include "operations/export.h"

#include <fcntl.h>
#include <string.h>

#include "operations/catch_all.h"
#include "operations/vacation.h"
#include "util/file.h"
#include "util/text.h"

enum {
	PAGE = 1000,
	ARENA_MAX = 32 * 1024 * 1024,
	FLUSH_AT = 64 * 1024,
	DEFAULT_MAX = 64 * 1024, /* bytes of .qmail-default */
	DAY = 24 * 60 * 60,
	LINE_DESTINATIONS = 64, /* of the longest texts, they stay below VM_TRANSFER_LINE_MAX */
};

struct printer {
	const struct vm_context *context;
	const struct vm_export_sink *sink;
	struct vm_domain domain;
	struct vm_arena place, page; /* of the domain; of what is read now */
	struct vm_buf out;
	bool clear;
};

static enum vm_status flush(struct printer *printer, struct vm_error *err)
{
	enum vm_status status = vm_buf_check(&printer->out, "an export", err);

	if (status == VM_OK && printer->out.length > 0)
		status = printer->sink->write(printer->sink->context, printer->out.bytes,
					      printer->out.length, err);
	vm_buf_clear(&printer->out);
	return status;
}

static enum vm_status print(struct printer *printer, const struct vm_transfer *transfer,
			    struct vm_error *err)
{
	if (printer->sink->print != NULL)
		printer->sink->print(printer->sink->print_context, transfer, &printer->out);
	else
		vm_transfer_print(transfer, &printer->out);
	return printer->out.failed || printer->out.length >= FLUSH_AT ? flush(printer, err) : VM_OK;
}

/* The lines of .qmail-default; none: no such file. */
static enum vm_status read_default(struct printer *printer, struct vm_destination_list *out,
				   struct vm_error *err)
{
	struct vm_alias *lines =
		vm_arena_alloc_array(&printer->page, VM_TRANSFER_DESTINATIONS, sizeof *lines);
	size_t count = 0;
	char *line = NULL;
	struct vm_buf text;
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, printer->domain.dir, &folder, err);

	vm_buf_init(&text, DEFAULT_MAX);
	if (status == VM_OK)
		status = vm_file_read_all(folder, ".qmail-default", &text, err);
	vm_file_discard(&folder);
	if (status == VM_OK) {
		line = vm_arena_strndup(&printer->page, text.bytes, text.length);
		if (lines == NULL || line == NULL)
			status = vm_fail_memory(err);
	}
	vm_buf_release(&text);
	while (status == VM_OK && line != NULL && lines != NULL &&
	       count < VM_TRANSFER_DESTINATIONS) {
		char *const end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		lines[count++].line = line;
		line = end == NULL ? NULL : end + 1;
	}
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	return status == VM_OK ? vm_destination_list_read(lines, count, &printer->page, out, err)
			       : status;
}

/* One line that calls vdelivermail is an action; anything else is what it is. */
static enum vm_status find_catch_all(struct printer *printer, struct vm_transfer_domain *about,
				     struct vm_error *err)
{
	char action[VM_CATCH_ALL_MAX + 1] = "";
	struct vm_destination_list lines = { .count = 0 };
	struct vm_error ignored; /* then it is a program with whatever words */
	enum vm_status status = read_default(printer, &lines, err);

	if (status != VM_OK || lines.count == 0)
		return status;
	if (lines.count == 1 && vm_destination_is_program(&lines.items[0]))
		status = vm_catch_all_get(&printer->domain, action, err);
	else
		status = VM_NOT_FOUND;
	if (status == VM_OK &&
	    vm_catch_all_check(printer->context->config, action, &ignored) == VM_OK) {
		about->catch_all = vm_arena_strdup(&printer->page, action);
		return about->catch_all == NULL ? vm_fail_memory(err) : VM_OK;
	}
	about->fallback = lines;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status print_domain(struct printer *printer, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_DOMAIN,
					.domain = printer->domain.name };
	struct vm_dir_control dirs;
	enum vm_status status = find_catch_all(printer, &transfer.about, err);

	if (status == VM_OK)
		status = vm_store_dirs_get(printer->context->store, &printer->domain, &dirs, err);
	if (status != VM_OK)
		return status;
	transfer.about.dir = printer->domain.dir;
	transfer.about.has_owner = transfer.about.has_dirs = true;
	transfer.about.uid = printer->domain.uid;
	transfer.about.gid = printer->domain.gid;
	transfer.about.dir_count = dirs.count;
	transfer.about.dir_path = dirs.path;
	return print(printer, &transfer, err);
}

static enum vm_status print_aliases_of(struct printer *printer, struct vm_error *err)
{
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		vm_arena_clear(&printer->page);
		status = vm_store_domain_aliases(printer->context->store, printer->domain.name,
						 (struct vm_page){ after, PAGE }, &printer->page,
						 &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_transfer transfer = { .type = VM_TRANSFER_ALIAS_DOMAIN,
							      .name = list.items[i].name,
							      .domain = printer->domain.name };

			status = print(printer, &transfer, err);
			(void)vm_text_copy(after, sizeof after, list.items[i].name); /* fits */
		}
	}
	return status;
}

static enum vm_status print_limits(struct printer *printer, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_LIMITS,
					.domain = printer->domain.name };
	const enum vm_status status = vm_store_limits_own(printer->context->store,
							  printer->domain.name, &transfer.limits,
							  err);

	if (status == VM_NOT_FOUND)
		return VM_OK;
	return status == VM_OK ? print(printer, &transfer, err) : status;
}

/* The subject is the header of the text where vvacation wrote it; any other text is told whole. */
static void part_answer(char *text, struct vm_transfer_vacation *out)
{
	static const char name[] = "Subject: ";
	char *const end = strstr(text, "\n\n");

	out->text = text;
	if (end == NULL || end[2] == '\0' || !vm_text_starts_with(text, name))
		return;
	*end = '\0';
	if (vm_text_has_control(text)) {
		*end = '\n';
		return;
	}
	out->subject = text + strlen(name);
	out->text = end + 2;
}

/* What an account answers while its person is away. */
static enum vm_status print_vacation(struct printer *printer, const struct vm_account *account,
				     struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_VACATION,
					.user = account->user,
					.domain = printer->domain.name };
	struct vm_vacation vacation;
	struct vm_buf text;
	enum vm_status status = vm_vacation_get(account->home, &vacation, err);

	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	vm_buf_init(&text, VM_VACATION_TEXT_MAX);
	status = vm_vacation_text(account->home, &text, err);
	if (status == VM_OK) {
		transfer.vacation = (struct vm_transfer_vacation){
			.from = vacation.from,
			.until = vacation.until == 0 ? 0 : vacation.until - 1,
			.interval = (uint64_t)vacation.days * DAY,
			.is_active = true,
		};
		part_answer(text.bytes, &transfer.vacation);
		status = print(printer, &transfer, err);
	}
	vm_buf_release(&text);
	return status;
}

static enum vm_status print_account(struct printer *printer, const struct vm_account *account,
				    struct vm_error *err)
{
	struct vm_transfer transfer = {
		.type = VM_TRANSFER_ACCOUNT,
		.user = account->user,
		.domain = printer->domain.name,
		.account = { .account = *account, .has_quota = true, .has_comment = true },
	};
	enum vm_status status = VM_OK;

	if (!printer->clear)
		transfer.account.account.clear = "";
	/* A home that is not made yet has no file of logins. */
	if (account->home[0] != '\0' || vm_store_keeps(printer->context->store, VM_STORE_LOGINS))
		status = vm_store_login_get(printer->context->store, account,
					    &transfer.account.login, err);
	if (status == VM_OK)
		status = print(printer, &transfer, err);
	return status == VM_OK && account->home[0] != '\0' ? print_vacation(printer, account, err)
							   : status;
}

static enum vm_status print_accounts(struct printer *printer, struct vm_error *err)
{
	struct vm_account_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		vm_arena_clear(&printer->page);
		status = vm_store_account_list(printer->context->store, printer->domain.name,
					       (struct vm_page){ after, PAGE }, &printer->page,
					       &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			status = print_account(printer, &list.items[i], err);
			(void)vm_text_copy(after, sizeof after, list.items[i].user); /* fits */
		}
	}
	return status;
}

/* The lines of one alias, parted where they would be a line that is too long. */
static enum vm_status print_alias(struct printer *printer, const struct vm_alias *lines,
				  size_t count, struct vm_error *err)
{
	struct vm_transfer transfer = { .type = VM_TRANSFER_ALIAS,
					.user = lines[0].user,
					.domain = printer->domain.name };
	enum vm_status status = VM_OK;

	for (size_t done = 0; status == VM_OK && done < count; done += LINE_DESTINATIONS) {
		const size_t left = count - done;

		status = vm_destination_list_read(lines + done,
						  left < LINE_DESTINATIONS ? left
									   : LINE_DESTINATIONS,
						  &printer->page, &transfer.destinations, err);
		if (status == VM_OK && transfer.destinations.count > 0)
			status = print(printer, &transfer, err);
	}
	return status;
}

static enum vm_status print_aliases(struct printer *printer, struct vm_error *err)
{
	struct vm_alias_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		vm_arena_clear(&printer->page);
		status = vm_store_alias_list(printer->context->store, printer->domain.name,
					     (struct vm_page){ after, PAGE }, &printer->page, &list,
					     err);
		for (size_t i = 0, next = 0; status == VM_OK && i < list.count; i = next) {
			for (next = i + 1; next < list.count &&
					   strcmp(list.items[next].user, list.items[i].user) == 0;
			     next++)
				;
			status = print_alias(printer, &list.items[i], next - i, err);
			(void)vm_text_copy(after, sizeof after, list.items[i].user); /* fits */
		}
	}
	return status;
}

static enum vm_status print_all(struct printer *printer, struct vm_error *err)
{
	enum vm_status status = print_domain(printer, err);

	if (status == VM_OK)
		status = print_aliases_of(printer, err);
	if (status == VM_OK)
		status = print_limits(printer, err);
	if (status == VM_OK)
		status = print_accounts(printer, err);
	if (status == VM_OK)
		status = print_aliases(printer, err);
	return status == VM_OK ? flush(printer, err) : status;
}

static void begin(struct printer *printer, const struct vm_context *context,
		  const struct vm_export_sink *sink)
{
	*printer = (struct printer){ .context = context, .sink = sink };
	vm_arena_init(&printer->place, DEFAULT_MAX);
	vm_arena_init(&printer->page, ARENA_MAX);
	vm_buf_init(&printer->out, VM_TRANSFER_LINE_MAX + FLUSH_AT);
}

static void end(struct printer *printer)
{
	vm_buf_release(&printer->out);
	vm_arena_release(&printer->page);
	vm_arena_release(&printer->place);
}

static enum vm_status print_alone(const struct vm_transfer *transfer,
				  const struct vm_export_sink *sink, struct vm_error *err)
{
	struct printer printer;
	enum vm_status status = VM_INTERNAL;

	begin(&printer, NULL, sink);
	status = print(&printer, transfer, err);
	if (status == VM_OK)
		status = flush(&printer, err);
	end(&printer);
	return status;
}

enum vm_status vm_export_header(const char *source, const struct vm_export_sink *sink,
				struct vm_error *err)
{
	return print_alone(&(struct vm_transfer){ .type = VM_TRANSFER_EXPORT, .name = source },
			   sink, err);
}

enum vm_status vm_export_end(const struct vm_export_sink *sink, struct vm_error *err)
{
	return print_alone(&(struct vm_transfer){ .type = VM_TRANSFER_END }, sink, err);
}

enum vm_status vm_export_domain(const struct vm_context *context, const char *domain, bool clear,
				const struct vm_export_sink *sink, struct vm_error *err)
{
	struct printer printer;
	bool is_held = false;
	enum vm_status status = VM_INTERNAL;

	begin(&printer, context, sink);
	printer.clear = clear;
	status = vm_store_domain_get(context->store, domain, &printer.place, &printer.domain, err);
	if (status == VM_OK) {
		status = vm_store_begin(context->store, printer.domain.name, err);
		is_held = status == VM_OK;
		if (status == VM_UNSUPPORTED)
			status = VM_OK;
	}
	if (status == VM_OK)
		status = print_all(&printer, err);
	if (is_held)
		vm_store_rollback(context->store);
	end(&printer);
	return status;
}

enum vm_status vm_export_ip_maps(const struct vm_context *context,
				 bool (*selects)(void *context, const char *domain),
				 const struct vm_export_sink *sink, struct vm_error *err)
{
	struct printer printer;
	struct vm_ip_map_list list = { .more = true };
	char after[VM_IP_MAX + 1] = "";
	enum vm_status status = VM_OK;

	begin(&printer, context, sink);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&printer.page);
		status = vm_store_ip_map_list(context->store, (struct vm_page){ after, PAGE },
					      &printer.page, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_transfer transfer = { .type = VM_TRANSFER_IP_MAP,
							      .name = list.items[i].ip,
							      .domain = list.items[i].domain };

			if (selects(sink->context, transfer.domain))
				status = print(&printer, &transfer, err);
			memcpy(after, list.items[i].ip, sizeof after);
		}
	}
	if (status == VM_OK)
		status = flush(&printer, err);
	end(&printer);
	return status;
}
