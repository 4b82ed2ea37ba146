/* Prints the records and sums of a conversion. */
#include <config.h>

#include "cli/convert_print.h"

#include <inttypes.h>

static const char *const kind_names[VM_CONVERT_KINDS] = {
	[VM_CONVERT_DOMAIN] = "domain",   [VM_CONVERT_LIMITS] = "limits",
	[VM_CONVERT_ACCOUNT] = "account", [VM_CONVERT_LOGIN] = "login",
	[VM_CONVERT_ALIAS] = "alias",     [VM_CONVERT_DIRS] = "dirs",
	[VM_CONVERT_IP_MAP] = "ip_map",   [VM_CONVERT_VACATION] = "vacation",
};

static const char *const outcome_names[VM_CONVERT_OUTCOMES] = {
	[VM_CONVERT_EQUAL] = "equal",         [VM_CONVERT_ADDED] = "added",
	[VM_CONVERT_REPLACED] = "replaced",   [VM_CONVERT_REMOVED] = "removed",
	[VM_CONVERT_DIFFERENT] = "different", [VM_CONVERT_FAILED] = "failed",
	[VM_CONVERT_SKIPPED] = "skipped",
};

void vm_convert_print_event_members(struct vm_json_writer *writer,
				    const struct vm_convert_event *event)
{
	vm_json_member_string(writer, "kind", kind_names[event->kind]);
	vm_json_member_string(writer, "subject", event->subject);
	vm_json_member_string(writer, "outcome", outcome_names[event->outcome]);
	vm_json_member_string(writer, "message", event->text);
}

void vm_convert_print_event(struct vm_session *session, const struct vm_convert_event *event)
{
	if (session->json) {
		vm_session_begin(session);
		vm_convert_print_event_members(&session->writer, event);
		vm_session_end(session);
		return;
	}
	vm_session_printf(session, "%s %s: %s%s%s\n", kind_names[event->kind], event->subject,
			  outcome_names[event->outcome], event->text[0] == '\0' ? "" : ": ",
			  event->text);
}

void vm_convert_print_skipped(bool json, const char *kind, const char *subject, const char *text,
			      struct vm_buf *line)
{
	struct vm_json_writer writer;

	if (!json) {
		vm_buf_printf(line, "%s %s: skipped: %s\n", kind, subject, text);
		return;
	}
	vm_json_writer_init(&writer, line);
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "kind", kind);
	vm_json_member_string(&writer, "subject", subject);
	vm_json_member_string(&writer, "outcome", outcome_names[VM_CONVERT_SKIPPED]);
	vm_json_member_string(&writer, "message", text);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
}

void vm_convert_print_counts(struct vm_session *session, const struct vm_convert_counts *counts)
{
	for (size_t kind = 0; kind < VM_CONVERT_KINDS; kind++) {
		bool is_first = true;

		for (size_t i = 0; i < VM_CONVERT_OUTCOMES; i++) {
			const uint64_t number = counts->number[kind][i];

			if (number == 0)
				continue;
			vm_session_printf(session, "%s%s %" PRIu64 " %s",
					  is_first ? kind_names[kind] : ",", is_first ? ":" : "",
					  number, outcome_names[i]);
			is_first = false;
		}
		if (!is_first)
			vm_session_printf(session, "\n");
	}
}

void vm_convert_print_members(struct vm_json_writer *writer, const struct vm_convert_counts *counts,
			      enum vm_convert_kind kinds, enum vm_convert_outcome outcomes)
{
	for (size_t kind = 0; kind < (size_t)kinds; kind++) {
		vm_json_key(writer, kind_names[kind]);
		vm_json_begin_object(writer);
		for (size_t i = 0; i < (size_t)outcomes; i++)
			vm_json_member_u64(writer, outcome_names[i], counts->number[kind][i]);
		vm_json_end_object(writer);
	}
}

uint64_t vm_convert_total(const struct vm_convert_counts *counts, enum vm_convert_outcome outcome)
{
	uint64_t sum = 0;

	for (size_t kind = 0; kind < VM_CONVERT_KINDS; kind++)
		sum += counts->number[kind][outcome];
	return sum;
}
