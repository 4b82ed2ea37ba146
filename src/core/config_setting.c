/* Converts the value of one setting from and to its text. */
#include <config.h>

#include <string.h>

#include "core/config_table.h"
#include "util/text.h"

const struct vm_setting *vm_setting_find(const char *name)
{
	for (size_t i = 0; i < vm_setting_count; i++) {
		if (strcmp(vm_settings[i].name, name) == 0)
			return &vm_settings[i];
	}
	return NULL;
}

static void *field_of(const struct vm_setting *setting, struct vm_config *config)
{
	return (char *)config + setting->offset;
}

static const void *const_field_of(const struct vm_setting *setting, const struct vm_config *config)
{
	return (const char *)config + setting->offset;
}

/* Is the text one of the blank-separated words? */
static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	while (*choices != '\0') {
		size_t word = strcspn(choices, " ");

		if (word == length && memcmp(choices, text, word) == 0)
			return true;
		choices += word;
		choices += strspn(choices, " ");
	}
	return false;
}

static enum vm_status set_text(const struct vm_setting *setting, const char *text,
			       struct vm_config *config, struct vm_error *err)
{
	size_t length = strlen(text);
	const char *copy = NULL;

	if (length < setting->minimum)
		return vm_fail_field(err, VM_INVALID, setting->name, "%s may not be empty",
				     setting->name);
	if (length > setting->maximum)
		return vm_fail_field(err, VM_INVALID, setting->name, "%s has %llu bytes at most",
				     setting->name, (unsigned long long)setting->maximum);
	copy = vm_arena_strdup(&config->arena, text);
	if (copy == NULL)
		return vm_fail_memory(err);
	*(const char **)field_of(setting, config) = copy;
	return VM_OK;
}

static enum vm_status fail_number(const struct vm_setting *setting, struct vm_error *err)
{
	return vm_fail_field(err, VM_INVALID, setting->name, "%s is a number from %llu to %llu%s%s",
			     setting->name, (unsigned long long)setting->minimum,
			     (unsigned long long)setting->maximum,
			     setting->unit[0] != '\0' ? " " : "", setting->unit);
}

static enum vm_status set_number(const struct vm_setting *setting, const char *text,
				 struct vm_config *config, struct vm_error *err)
{
	uint64_t number = 0;

	if (!vm_text_parse_u64(text, setting->maximum, &number) || number < setting->minimum)
		return fail_number(setting, err);
	*(uint32_t *)field_of(setting, config) = (uint32_t)number;
	return VM_OK;
}

/* The power of two that a size's last letter stands for; -1 for no such letter. */
static int size_shift(char letter)
{
	static const char letters[] = "KMGkmg";
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

	return found == NULL ? -1 : 10 * (int)((found - letters) % 3 + 1);
}

static enum vm_status set_size(const struct vm_setting *setting, const char *text,
			       struct vm_config *config, struct vm_error *err)
{
	char digits[24];
	size_t length = strlen(text);
	uint64_t number = 0;
	int shift = 0;

	if (!vm_text_copy(digits, sizeof(digits), text) || length == 0)
		return fail_number(setting, err);
	if (size_shift(digits[length - 1]) > 0) {
		shift = size_shift(digits[length - 1]);
		digits[length - 1] = '\0';
	}
	if (!vm_text_parse_u64(digits, setting->maximum >> shift, &number) ||
	    number << shift < setting->minimum)
		return fail_number(setting, err);
	*(uint64_t *)field_of(setting, config) = number << shift;
	return VM_OK;
}

static enum vm_status set_octal(const struct vm_setting *setting, const char *text,
				struct vm_config *config, struct vm_error *err)
{
	uint64_t number = 0;

	for (const char *at = text; *at != '\0' && number <= setting->maximum; at++) {
		if (*at < '0' || *at > '7')
			number = setting->maximum;
		number = number * 8 + (uint64_t)(*at - '0');
	}
	if (text[0] == '\0' || number > setting->maximum)
		return vm_fail_field(err, VM_INVALID, setting->name,
				     "%s is an octal number up to %llo", setting->name,
				     (unsigned long long)setting->maximum);
	*(uint32_t *)field_of(setting, config) = (uint32_t)number;
	return VM_OK;
}

/* The text is one of the choices already. p and v wrote passwords in 5.4; they write what e and y write. */
static enum vm_logging logging_of(const char *text)
{
	if (strcmp(text, "none") == 0 || strcmp(text, "n") == 0)
		return VM_LOGGING_NONE;
	if (strcmp(text, "all") == 0 || strcmp(text, "y") == 0 || strcmp(text, "v") == 0)
		return VM_LOGGING_ALL;
	return VM_LOGGING_ERRORS;
}

static enum vm_log_target log_target_of(const char *text)
{
	if (strcmp(text, "stderr") == 0)
		return VM_LOG_STDERR;
	return strcmp(text, "none") == 0 ? VM_LOG_NONE : VM_LOG_SYSLOG;
}

enum vm_status vm_setting_set(const struct vm_setting *setting, const char *text,
			      struct vm_config *config, struct vm_error *err)
{
	if (strnlen(text, VM_SETTING_TEXT_MAX + 1) > VM_SETTING_TEXT_MAX)
		return vm_fail_field(err, VM_INVALID, setting->name, "the value of %s is too long",
				     setting->name);
	if (vm_text_has_control(text))
		return vm_fail_field(err, VM_INVALID, setting->name,
				     "the value of %s holds a control byte", setting->name);
	if (setting->choices != NULL && !is_choice(setting->choices, text))
		return vm_fail_field(err, VM_INVALID, setting->name, "%s is one of: %s",
				     setting->name, setting->choices);
	switch (setting->type) {
	case VM_SETTING_TEXT:
		return set_text(setting, text, config, err);
	case VM_SETTING_BOOL:
		*(bool *)field_of(setting, config) = strcmp(text, "yes") == 0;
		return VM_OK;
	case VM_SETTING_NUMBER:
		return set_number(setting, text, config, err);
	case VM_SETTING_SIZE:
		return set_size(setting, text, config, err);
	case VM_SETTING_OCTAL:
		return set_octal(setting, text, config, err);
	case VM_SETTING_LOGGING:
		*(enum vm_logging *)field_of(setting, config) = logging_of(text);
		return VM_OK;
	case VM_SETTING_LOG_TARGET:
		*(enum vm_log_target *)field_of(setting, config) = log_target_of(text);
		return VM_OK;
	}
	return vm_fail(err, VM_INTERNAL, "the setting %s has no type", setting->name);
}

static const char *logging_text(enum vm_logging logging)
{
	switch (logging) {
	case VM_LOGGING_NONE:
		return "none";
	case VM_LOGGING_ALL:
		return "all";
	case VM_LOGGING_ERRORS:
		return "errors";
	}
	return "";
}

static const char *log_target_text(enum vm_log_target target)
{
	switch (target) {
	case VM_LOG_SYSLOG:
		return "syslog";
	case VM_LOG_STDERR:
		return "stderr";
	case VM_LOG_NONE:
		return "none";
	}
	return "";
}

void vm_setting_print(const struct vm_setting *setting, const struct vm_config *config, char *out)
{
	const void *field = const_field_of(setting, config);
	const size_t size = VM_SETTING_TEXT_MAX + 1;
	bool fits = false;

	switch (setting->type) {
	case VM_SETTING_TEXT:
		fits = vm_text_copy(out, size, *(const char *const *)field);
		break;
	case VM_SETTING_BOOL:
		fits = vm_text_copy(out, size, *(const bool *)field ? "yes" : "no");
		break;
	case VM_SETTING_NUMBER:
		fits = vm_text_format(out, size, "%lu", (unsigned long)*(const uint32_t *)field);
		break;
	case VM_SETTING_SIZE:
		fits = vm_text_format(out, size, "%llu",
				      (unsigned long long)*(const uint64_t *)field);
		break;
	case VM_SETTING_OCTAL:
		fits = vm_text_format(out, size, "0%lo", (unsigned long)*(const uint32_t *)field);
		break;
	case VM_SETTING_LOGGING:
		fits = vm_text_copy(out, size, logging_text(*(const enum vm_logging *)field));
		break;
	case VM_SETTING_LOG_TARGET:
		fits = vm_text_copy(out, size, log_target_text(*(const enum vm_log_target *)field));
		break;
	}
	(void)fits; /* no setting's maximum passes VM_SETTING_TEXT_MAX */
}
