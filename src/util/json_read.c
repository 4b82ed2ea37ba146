/* Reads JSON objects by json-c, and refuses what json-c lets pass. */
#include <config.h>

#include "util/json_read.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

/*
 * json-c keeps the last of two members of one name. In valid JSON a colon outside strings stands once per member,
 * so more colons than members are left means that a name came twice.
 */
struct scan {
	size_t colons;
	bool has_foreign; /* outside strings, what JSON never has there: json-c takes 'a' and comments */
	bool has_control;  /* inside a string */
	bool has_nul;      /* as a byte or as \u0000 */
	bool has_bad_utf8; /* half a surrogate pair too, which json-c would replace */
};

/* Blanks, brackets, numbers and the letters of true, false and null. */
static bool is_structure(unsigned char byte)
{
	return byte != '\0' && strchr(" \t\r\n{}[]:,\"0123456789+-.Eeaflnrstu", byte) != NULL;
}

static size_t digits_at(const char *text, size_t left)
{
	size_t count = 0;

	while (count < left && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/* Bytes of the number at text by RFC 8259 section 6 (json-c takes -01 and more); 0 when there is none. */
static size_t number_length(const char *text, size_t left)
{
	size_t done = left > 0 && text[0] == '-' ? 1 : 0;
	size_t digits = digits_at(text + done, left - done);

	if (digits == 0 || (digits > 1 && text[done] == '0'))
		return 0;
	done += digits;
	if (done < left && text[done] == '.') {
		digits = digits_at(text + done + 1, left - done - 1);
		if (digits == 0)
			return 0;
		done += 1 + digits;
	}
	if (done < left && (text[done] == 'e' || text[done] == 'E')) {
		done++;
		if (done < left && (text[done] == '+' || text[done] == '-'))
			done++;
		digits = digits_at(text + done, left - done);
		if (digits == 0)
			return 0;
		done += digits;
	}
	return done;
}

/* The number of \uXXXX at text; -1 where there is none. */
static long code_unit(const char *text, size_t left)
{
	char digits[5] = "";
	char *end = NULL;
	long value = 0;

	if (left < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	memcpy(digits, text + 2, 4);
	value = strtol(digits, &end, 16);
	return end == digits + 4 && isxdigit((unsigned char)digits[0]) ? value : -1;
}

/* Bytes of the escape at text, which may be two units that make one character (RFC 8259 section 7). */
static size_t scan_escape(const char *text, size_t left, struct scan *scan)
{
	const long unit = code_unit(text, left);
	long second = -1;

	if (unit < 0)
		return 2;
	scan->has_nul = scan->has_nul || unit == 0;
	if (unit < 0xd800 || unit > 0xdfff)
		return 6;
	if (unit < 0xdc00)
		second = code_unit(text + 6, left - 6);
	if (second < 0xdc00 || second > 0xdfff) {
		scan->has_bad_utf8 = true;
		return 6;
	}
	return 12;
}

static struct scan scan_text(const char *text, size_t length)
{
	struct scan scan = { 0 };
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		const unsigned char byte = (unsigned char)text[i];

		scan.has_nul = scan.has_nul || byte == '\0';
		if (!in_string) {
			scan.colons += byte == ':';
			scan.has_foreign = scan.has_foreign || !is_structure(byte);
			in_string = byte == '"';
			if (byte != '\0' && strchr("0123456789+-.", byte) != NULL) {
				const size_t number = number_length(text + i, length - i);

				scan.has_foreign = scan.has_foreign || number == 0;
				i += number > 0 ? number - 1 : 0;
			}
			continue;
		}
		scan.has_control = scan.has_control || byte < 32;
		if (byte >= 0x80) {
			const size_t sequence = vm_text_utf8_sequence(text + i, length - i);

			scan.has_bad_utf8 = scan.has_bad_utf8 || sequence == 0;
			i += sequence > 0 ? sequence - 1 : 0;
		} else if (byte == '"') {
			in_string = false;
		} else if (byte == '\\' && i + 1 < length) {
			i += scan_escape(text + i, length - i, &scan) - 1;
		}
	}
	return scan;
}

static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	if (!json_object_is_type(value, json_type_object))
		return count;
	{
		struct json_object_iterator at = json_object_iter_begin(value);
		const struct json_object_iterator end = json_object_iter_end(value);

		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			count += 1 + count_members(json_object_iter_peek_value(&at));
	}
	return count;
}

static enum vm_status check_text(const struct scan *scan, struct vm_error *err)
{
	if (scan->has_nul)
		return vm_fail(err, VM_INVALID, "a NUL in JSON");
	if (scan->has_foreign)
		return vm_fail(err, VM_INVALID, "not JSON");
	if (scan->has_bad_utf8)
		return vm_fail(err, VM_INVALID, "JSON that is not UTF-8");
	if (scan->has_control)
		return vm_fail(err, VM_INVALID, "a control byte in a JSON string");
	return VM_OK;
}

static enum vm_status check_root(struct json_object *root, const struct scan *scan,
				 struct vm_error *err)
{
	if (!json_object_is_type(root, json_type_object))
		return vm_fail(err, VM_INVALID, "not a JSON object");
	if (count_members(root) != scan->colons)
		return vm_fail(err, VM_INVALID, "a name occurs twice in a JSON object");
	return VM_OK;
}

enum vm_status vm_json_parse(struct vm_json_object *object, const char *text, size_t length,
			     size_t maximum, struct vm_error *err)
{
	const struct scan scan = scan_text(text, length);
	struct json_tokener *tokener = NULL;
	struct json_object *root = NULL;
	enum vm_status status = VM_INTERNAL;

	object->root = NULL;
	if (length > maximum || length > INT_MAX - 1)
		return vm_fail(err, VM_LIMIT, "JSON text is longer than %zu bytes", maximum);
	status = check_text(&scan, err);
	if (status != VM_OK)
		return status;
	tokener = json_tokener_new_ex(VM_JSON_READ_DEPTH);
	if (tokener == NULL)
		return vm_fail_memory(err);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)length);
	/* "continue": the text ended before the value did. */
	if (json_tokener_get_error(tokener) != json_tokener_success)
		status = vm_fail(err, VM_INVALID, "not JSON, at byte %zu: %s",
				 json_tokener_get_parse_end(tokener) + 1,
				 json_tokener_error_desc(json_tokener_get_error(tokener)));
	else
		status = check_root(root, &scan, err);
	json_tokener_free(tokener);
	if (status == VM_OK)
		object->root = root;
	else
		json_object_put(root);
	return status;
}

void vm_json_release(struct vm_json_object *object)
{
	json_object_put(object->root);
	object->root = NULL;
}

enum vm_status vm_json_check_names(const struct vm_json_object *object, const char *const *names,
				   size_t count, struct vm_error *err)
{
	struct json_object_iterator at = json_object_iter_begin(object->root);
	const struct json_object_iterator end = json_object_iter_end(object->root);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *const name = json_object_iter_peek_name(&at);
		size_t i = 0;

		while (i < count && strcmp(names[i], name) != 0)
			i++;
		if (i == count)
			return vm_fail_field(err, VM_INVALID, name, "unknown name \"%s\"", name);
	}
	return VM_OK;
}

static enum vm_status get(const struct vm_json_object *object, const char *name,
			  struct json_object **out, struct vm_error *err)
{
	if (json_object_object_get_ex(object->root, name, out) && *out != NULL)
		return VM_OK;
	return vm_fail_field(err, VM_NOT_FOUND, name, "no \"%s\"", name);
}

static enum vm_status string_of(struct json_object *value, const char *name, size_t maximum,
				const char **out, struct vm_error *err)
{
	if (!json_object_is_type(value, json_type_string))
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is not a string", name);
	if ((size_t)json_object_get_string_len(value) > maximum)
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is longer than %zu bytes", name,
				     maximum);
	*out = json_object_get_string(value);
	return *out == NULL ? vm_fail_memory(err) : VM_OK;
}

enum vm_status vm_json_get_string(const struct vm_json_object *object, const char *name,
				  size_t maximum, const char **out, struct vm_error *err)
{
	struct json_object *value = NULL;
	const enum vm_status status = get(object, name, &value, err);

	return status != VM_OK ? status : string_of(value, name, maximum, out, err);
}

enum vm_status vm_json_get_u64(const struct vm_json_object *object, const char *name,
			       uint64_t maximum, uint64_t *out, struct vm_error *err)
{
	struct json_object *value = NULL;
	const enum vm_status status = get(object, name, &value, err);
	uint64_t number = 0;

	if (status != VM_OK)
		return status;
	if (!json_object_is_type(value, json_type_int))
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is not a whole number", name);
	number = json_object_get_uint64(value);
	/* json-c makes the largest value of every greater number, and 0 of a negative one. */
	if (json_object_get_int64(value) < 0 || number == UINT64_MAX || number > maximum)
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is not between 0 and %llu",
				     name, (unsigned long long)maximum);
	*out = number;
	return VM_OK;
}

enum vm_status vm_json_get_bool(const struct vm_json_object *object, const char *name, bool *out,
				struct vm_error *err)
{
	struct json_object *value = NULL;
	const enum vm_status status = get(object, name, &value, err);

	if (status != VM_OK)
		return status;
	if (!json_object_is_type(value, json_type_boolean))
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is not true or false", name);
	*out = json_object_get_boolean(value) != 0;
	return VM_OK;
}

static enum vm_status get_array(const struct vm_json_object *object, const char *name,
				struct json_object **out, struct vm_error *err)
{
	const enum vm_status status = get(object, name, out, err);

	if (status == VM_OK && !json_object_is_type(*out, json_type_array))
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" is not a list", name);
	return status;
}

enum vm_status vm_json_get_list(const struct vm_json_object *object, const char *name,
				size_t *count, struct vm_error *err)
{
	struct json_object *array = NULL;
	const enum vm_status status = get_array(object, name, &array, err);

	*count = status == VM_OK ? json_object_array_length(array) : 0;
	return status;
}

enum vm_status vm_json_get_list_string(const struct vm_json_object *object, const char *name,
				       size_t index, size_t maximum, const char **out,
				       struct vm_error *err)
{
	struct json_object *array = NULL;
	const enum vm_status status = get_array(object, name, &array, err);

	if (status != VM_OK)
		return status;
	return string_of(json_object_array_get_idx(array, index), name, maximum, out, err);
}

enum vm_status vm_json_get_list_object(const struct vm_json_object *object, const char *name,
				       size_t index, struct vm_json_object *out,
				       struct vm_error *err)
{
	struct json_object *array = NULL;
	const enum vm_status status = get_array(object, name, &array, err);

	if (status != VM_OK)
		return status;
	out->root = json_object_array_get_idx(array, index);
	if (!json_object_is_type(out->root, json_type_object))
		return vm_fail_field(err, VM_INVALID, name, "\"%s\" holds what is no object", name);
	return VM_OK;
}

bool vm_json_is_string(const struct vm_json_object *object, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object->root, name, &value) &&
	       json_object_is_type(value, json_type_string);
}
