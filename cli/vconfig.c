/* vconfig: shows and checks the settings. */
#include <config.h>

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/home.h"
#include "core/config_table.h"
#include "util/file.h"

enum action { ACTION_SHOW, ACTION_DEFAULTS, ACTION_CHECK };

enum { OUTPUT_MAX = 256 * 1024, EXIT_INVALID = 100 };

struct options {
	struct vm_common_options common;
	int action;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "show", VM_OPTION_CHOICE, offsetof(struct options, action), NULL,
	  "the settings in force (default)", ACTION_SHOW, 0, NULL },
	{ 0, "defaults", VM_OPTION_CHOICE, offsetof(struct options, action), NULL,
	  "the defaults, with what each is for", ACTION_DEFAULTS, 0, NULL },
	{ 0, "check", VM_OPTION_CHOICE, offsetof(struct options, action), NULL,
	  "only say whether the file is right", ACTION_CHECK, 0, NULL },
};

static const struct vm_option_table table = { "vconfig",
					      "[name...]",
					      "Shows and checks the settings.",
					      rows,
					      sizeof rows / sizeof rows[0],
					      false };

static void print_json(struct vm_buf *out, const struct vm_setting *setting, const char *value)
{
	struct vm_json_writer writer;

	vm_json_writer_init(&writer, out);
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "name", setting->name);
	vm_json_member_string(&writer, "value", value);
	vm_json_member_string(&writer, "default", setting->default_text);
	vm_json_member_string(&writer, "unit", setting->unit);
	vm_json_member_string(&writer, "choices", setting->choices);
	vm_json_member_string(&writer, "help", setting->help);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
}

static void print_setting(struct vm_buf *out, const struct vm_setting *setting,
			  const struct vm_config *config)
{
	char value[VM_SETTING_TEXT_MAX + 1];

	vm_setting_print(setting, config, value);
	if (options.common.json)
		print_json(out, setting,
			   options.action == ACTION_DEFAULTS ? setting->default_text : value);
	else if (options.action == ACTION_DEFAULTS)
		vm_buf_printf(out, "# %s%s%s\n%s = %s\n", setting->help,
			      setting->unit[0] == '\0' ? "" : " Unit: ", setting->unit,
			      setting->name, setting->default_text);
	else
		vm_buf_printf(out, "%s = %s\n", setting->name, value);
}

static enum vm_status print_named(struct vm_buf *out, const struct vm_config *config,
				  char *const *names, int count, struct vm_error *err)
{
	for (int i = 0; i < count; i++) {
		const struct vm_setting *const setting = vm_setting_find(names[i]);

		if (setting == NULL)
			return vm_fail(err, VM_INVALID, "there is no setting %.100s", names[i]);
		print_setting(out, setting, config);
	}
	return VM_OK;
}

static enum vm_status run(struct vm_buf *out, char *const *names, int count, struct vm_error *err)
{
	struct vm_config config = { 0 };
	enum vm_status status = VM_INTERNAL;

	/* The defaults are told even when the file is wrong. */
	if (options.action == ACTION_DEFAULTS)
		status = vm_config_parse("", "defaults", vm_home_from_environment(), &config, err);
	else
		status = vm_config_load(vm_home_from_environment(), &config, err);
	if (status == VM_OK && count > 0 && options.action != ACTION_CHECK)
		status = print_named(out, &config, names, count, err);
	for (size_t i = 0; status == VM_OK && count == 0 && options.action != ACTION_CHECK &&
			   i < vm_setting_count;
	     i++)
		print_setting(out, &vm_settings[i], &config);
	if (status == VM_OK)
		status = vm_buf_check(out, "the output", err);
	vm_config_release(&config);
	return status;
}

static int finish(const struct vm_buf *out, bool json, enum vm_status status, struct vm_error *err)
{
	struct vm_error ignored; /* there is nowhere else to say it */
	struct vm_buf text;

	if (status == VM_OK)
		status = vm_file_write(STDOUT_FILENO, "standard output", out->bytes, out->length,
				       err);
	if (status == VM_OK)
		return 0;
	if (json) {
		vm_complain_json(status, err);
	} else {
		vm_buf_init(&text, 4096);
		vm_buf_printf(&text, "vconfig: %s\n", err->text);
		(void)vm_file_write(STDERR_FILENO, "standard error", text.bytes, text.length,
				    &ignored);
		vm_buf_release(&text);
	}
	return status == VM_INVALID || status == VM_MISCONFIG ? EXIT_INVALID : VM_EXIT_LATER;
}

int main(int argc, char **argv)
{
	const bool wants_json = vm_wants_json(argc, argv);
	struct vm_option_result parsed;
	struct vm_error err = { 0 };
	struct vm_buf out;
	enum vm_status status = vm_option_parse(&table, argc, argv, &options, &parsed, &err);
	int code = 0;

	vm_buf_init(&out, OUTPUT_MAX);
	if (status == VM_OK && parsed.wants_help)
		vm_option_usage(&table, &out);
	if (status == VM_OK && (parsed.wants_version || options.common.print_version))
		vm_option_version(&table, &out);
	if (status == VM_OK && !parsed.wants_help && !parsed.wants_version)
		status = run(&out, parsed.operands, parsed.count, &err);
	code = finish(&out, wants_json, status, &err);
	vm_buf_release(&out);
	return code;
}
