/* Writes and reads the packets about a recipient in a domain of another user. */
#include <config.h>

#include "delivery/owner_request.h"

#include <string.h>

#include "util/text.h"

enum { FIELDS = 3 };

/* Exactly FIELDS texts, each with its NUL, and nothing behind them. */
static bool split(const char *bytes, size_t length, const char *fields[FIELDS])
{
	size_t used = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		const char *const end = used < length ? memchr(bytes + used, '\0', length - used)
						      : NULL;

		if (end == NULL)
			return false;
		fields[i] = bytes + used;
		used = (size_t)(end - bytes) + 1;
	}
	return used == length;
}

static enum vm_status print(struct vm_buf *out, const char *const fields[FIELDS], const char *what,
			    struct vm_error *err)
{
	for (size_t i = 0; i < FIELDS; i++)
		vm_buf_append(out, fields[i], strlen(fields[i]) + 1);
	return vm_buf_check(out, what, err);
}

static bool print_recipient(const struct vm_address *recipient, char *text, size_t size)
{
	return vm_text_format(text, size, "%s@%s", recipient->user, recipient->domain);
}

enum vm_status vm_owner_request_print(const struct vm_owner_request *request, struct vm_buf *out,
				      struct vm_error *err)
{
	char recipient[VM_ADDRESS_MAX + 1];
	const char *const fields[FIELDS] = { request->check_only ? "check" : "deliver",
					     request->sender, recipient };

	if (!print_recipient(&request->recipient, recipient, sizeof recipient))
		return vm_fail(err, VM_INTERNAL, "the recipient is too long");
	return print(out, fields, "the request to another process", err);
}

/* The address must come out as it went in: it was folded and checked by the sender already. */
static bool take_recipient(const char *text, const struct vm_address_policy *policy,
			   struct vm_address *out)
{
	char again[VM_ADDRESS_MAX + 1];
	struct vm_error ignored; /* the caller's text says enough */

	return vm_address_parse(text, policy, out, &ignored) == VM_OK &&
	       print_recipient(out, again, sizeof again) && strcmp(text, again) == 0;
}

enum vm_status vm_owner_request_parse(const char *bytes, size_t length,
				      const struct vm_address_policy *policy,
				      struct vm_owner_request *out, struct vm_error *err)
{
	const char *fields[FIELDS];

	if (!split(bytes, length, fields))
		return vm_fail(err, VM_INVALID, "a request has not its %d fields", FIELDS);
	out->check_only = strcmp(fields[0], "check") == 0;
	if (!out->check_only && strcmp(fields[0], "deliver") != 0)
		return vm_fail(err, VM_INVALID, "a request for something else");
	if (vm_text_has_control(fields[1]) ||
	    !vm_text_copy(out->sender, sizeof out->sender, fields[1]))
		return vm_fail(err, VM_INVALID, "a request with a sender that cannot be");
	if (!take_recipient(fields[2], policy, &out->recipient))
		return vm_fail(err, VM_INVALID, "a request with a recipient that cannot be");
	return VM_OK;
}

enum vm_status vm_owner_answer_print(const struct vm_delivery_result *result, struct vm_buf *out,
				     struct vm_error *err)
{
	const char *const fields[FIELDS] = { vm_status_name(result->status), result->code,
					     result->status == VM_OK ? "" : result->text };

	return print(out, fields, "the answer to another process", err);
}

static bool find_status(const char *name, enum vm_status *out)
{
	for (enum vm_status status = VM_OK; status <= VM_INTERNAL; status++) {
		if (strcmp(name, vm_status_name(status)) != 0)
			continue;
		*out = status;
		return true;
	}
	return false;
}

/* class "." 1*3digit "." 1*3digit, RFC 3463 section 2. */
static bool is_code(const char *code, char class)
{
	size_t length = 0;

	if (code[0] != class)
		return false;
	code++;
	for (int part = 0; part < 2; part++) {
		if (*code++ != '.')
			return false;
		length = strspn(code, "0123456789");
		if (length < 1 || length > 3)
			return false;
		code += length;
	}
	return *code == '\0';
}

/* Lines are for the reply to break; nothing else below a blank is text. */
static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && strchr("\t\r\n", *text) == NULL) || *text == 127)
			return true;
	return false;
}

enum vm_status vm_owner_answer_parse(const char *bytes, size_t length, struct vm_owner_answer *out,
				     struct vm_error *err)
{
	const char *fields[FIELDS];
	char class = '4';

	if (!split(bytes, length, fields))
		return vm_fail(err, VM_INVALID, "an answer has not its %d fields", FIELDS);
	if (!find_status(fields[0], &out->status))
		return vm_fail(err, VM_INVALID, "an answer without a status");
	if (vm_status_is_definite(out->status))
		class = out->status == VM_OK ? '2' : '5';
	if (!is_code(fields[1], class) || !vm_text_copy(out->code, sizeof out->code, fields[1]))
		return vm_fail(err, VM_INVALID, "an answer whose code is not that of its status");
	if (has_control(fields[2]) || !vm_text_copy(out->text, sizeof out->text, fields[2]))
		return vm_fail(err, VM_INVALID, "an answer with a text that cannot be");
	return VM_OK;
}
