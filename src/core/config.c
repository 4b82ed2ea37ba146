/* Reads etc/vpopmail.conf. */
#include <config.h>

#include "core/config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/account.h"
#include "core/config_table.h"
#include "core/identity.h"
#include "util/file.h"
#include "util/text.h"

enum { FILE_MAX = 256 * 1024, ARENA_MAX = 1024 * 1024, SETTINGS_MAX = 128 };

static const char file_path[] = "etc/vpopmail.conf";

/* One reading of one text. */
struct parser {
	const char *file; /* for messages */
	unsigned int line;
	struct vm_config *config;
	const struct vm_section *section; /* NULL before the first [section] */
	bool seen[SETTINGS_MAX];
	struct vm_config_entry *entries;
	size_t entry_max;
};

/* Says where the text of err stands; anything that is not memory is the operator's to mend. */
static enum vm_status fail_here(const struct parser *parser, enum vm_status status,
				struct vm_error *err)
{
	char text[VM_ERROR_TEXT_MAX];

	if (status == VM_TEMPFAIL)
		return status;
	memcpy(text, err->text, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	return vm_fail(err, VM_MISCONFIG, "%s:%u: %s", parser->file, parser->line, text);
}

/* Cuts blanks at both ends, in place. */
static char *trim(char *text)
{
	size_t length = 0;

	text += strspn(text, " \t\r");
	for (length = strlen(text); length > 0 && strchr(" \t\r", text[length - 1]) != NULL;)
		length--;
	text[length] = '\0';
	return text;
}

static const struct vm_section *find_section(const char *name)
{
	for (size_t i = 0; i < vm_section_count; i++) {
		if (strcmp(vm_sections[i].name, name) == 0)
			return &vm_sections[i];
	}
	return NULL;
}

static bool section_has(const struct vm_section *section, const char *name)
{
	for (const char *const *at = section->names; *at != NULL; at++) {
		if (strcmp(*at, name) == 0)
			return true;
	}
	return false;
}

static enum vm_status parse_header(struct parser *parser, char *line, struct vm_error *err)
{
	size_t length = strlen(line);

	if (line[length - 1] != ']' || vm_text_has_control(line))
		return vm_fail(err, VM_MISCONFIG, "a section is written [name]");
	line[length - 1] = '\0';
	parser->section = find_section(trim(line + 1));
	if (parser->section == NULL)
		return vm_fail(err, VM_MISCONFIG, "there is no section [%.60s]", trim(line + 1));
	return VM_OK;
}

static enum vm_status add_entry(struct parser *parser, const char *name, const char *value,
				struct vm_error *err)
{
	struct vm_config *config = parser->config;
	struct vm_config_entry *entry = &parser->entries[config->entry_count];

	if (!section_has(parser->section, name))
		return vm_fail(err, VM_MISCONFIG, "there is no setting %.60s in [%s]", name,
			       parser->section->name);
	if (vm_config_get(config, parser->section->name, name) != NULL)
		return vm_fail(err, VM_MISCONFIG, "%s is set twice in [%s]", name,
			       parser->section->name);
	if (config->entry_count >= parser->entry_max)
		return vm_fail(err, VM_INTERNAL, "more entries than lines");
	entry->section = parser->section->name;
	entry->name = vm_arena_strdup(&config->arena, name);
	entry->value = vm_arena_strdup(&config->arena, value);
	entry->line = parser->line;
	if (entry->name == NULL || entry->value == NULL)
		return vm_fail_memory(err);
	config->entry_count++;
	return VM_OK;
}

static enum vm_status set_setting(struct parser *parser, const char *name, const char *value,
				  struct vm_error *err)
{
	const struct vm_setting *setting = vm_setting_find(name);
	size_t row = setting != NULL ? (size_t)(setting - vm_settings) : 0;

	if (setting == NULL)
		return vm_fail(err, VM_MISCONFIG, "there is no setting %.60s", name);
	if (row >= SETTINGS_MAX)
		return vm_fail(err, VM_INTERNAL, "more settings than SETTINGS_MAX");
	if (parser->seen[row])
		return vm_fail(err, VM_MISCONFIG, "%s is set twice", name);
	parser->seen[row] = true;
	return vm_setting_set(setting, value, parser->config, err);
}

static enum vm_status parse_line(struct parser *parser, char *line, struct vm_error *err)
{
	char *equals = NULL;
	const char *name = NULL, *value = NULL;

	line = trim(line);
	if (line[0] == '\0' || line[0] == '#')
		return VM_OK;
	if (strlen(line) > VM_SETTING_TEXT_MAX)
		return vm_fail(err, VM_MISCONFIG, "the line is longer than %d bytes",
			       VM_SETTING_TEXT_MAX);
	if (line[0] == '[')
		return parse_header(parser, line, err);
	equals = strchr(line, '=');
	if (equals == NULL)
		return vm_fail(err, VM_MISCONFIG, "a setting is written name = value");
	*equals = '\0';
	name = trim(line);
	value = trim(equals + 1);
	if (vm_text_has_control(name) || vm_text_has_control(value))
		return vm_fail(err, VM_MISCONFIG, "the line holds a control byte");
	if (parser->section != NULL)
		return add_entry(parser, name, value, err);
	return set_setting(parser, name, value, err);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			count++;
	}
	return count;
}

static enum vm_status parse_lines(struct parser *parser, char *text, struct vm_error *err)
{
	while (text != NULL) {
		char *end = strchr(text, '\n');
		enum vm_status status = VM_INTERNAL;

		if (end != NULL)
			*end = '\0';
		parser->line++;
		status = parse_line(parser, text, err);
		if (status != VM_OK)
			return fail_here(parser, status, err);
		text = end == NULL ? NULL : end + 1;
	}
	return VM_OK;
}

static enum vm_status set_defaults(struct vm_config *config, struct vm_error *err)
{
	for (size_t i = 0; i < vm_setting_count; i++) {
		enum vm_status status =
			vm_setting_set(&vm_settings[i], vm_settings[i].default_text, config, err);

		if (status == VM_INVALID)
			return vm_fail(err, VM_INTERNAL, "the default of %s: %s",
				       vm_settings[i].name, "not legal");
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

/* [a-z0-9_]+, since it becomes part of a file name */
static bool is_module_name(const char *name)
{
	return name[0] != '\0' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* What one value alone cannot show. */
static enum vm_status check_together(const struct vm_config *config, const char *file,
				     struct vm_error *err)
{
	const char *wrong = NULL;

	if (config->qmail_dir[0] != '/')
		wrong = "qmail_dir is not an absolute path";
	else if (config->qmail_queue[0] != '\0' && config->qmail_queue[0] != '/')
		wrong = "qmail_queue is not an absolute path";
	else if (config->domains_dir[0] == '.' || strchr(config->domains_dir, '/') != NULL)
		wrong = "domains_dir is one name, not a path, and does not begin with a '.'";
	else if (!is_module_name(config->auth))
		wrong = "auth is a name of lower-case letters, digits and '_'";
	else if (config->password_min_length > config->password_max_length)
		wrong = "password_min_length is greater than password_max_length";
	else if (config->random_password_length > config->password_max_length ||
		 config->random_password_length < config->password_min_length)
		wrong = "random_password_length is not between password_min_length and "
			"password_max_length";
	else if (config->tls_required && config->tls_certificate[0] == '\0')
		wrong = "tls_required is on without a tls_certificate";
	else if (config->tls_key[0] != '\0' && config->tls_certificate[0] == '\0')
		wrong = "tls_key is set without a tls_certificate";
	if (wrong != NULL)
		return vm_fail(err, VM_MISCONFIG, "%s: %s", file, wrong);
	return VM_OK;
}

enum vm_status vm_config_parse(const char *text, const char *file, const char *home,
			       struct vm_config *out, struct vm_error *err)
{
	struct parser parser = { .file = file, .config = out };
	char *copy = NULL;
	enum vm_status status = VM_INTERNAL;

	memset(out, 0, sizeof(*out));
	vm_arena_init(&out->arena, ARENA_MAX);
	out->uid = geteuid();
	out->gid = getegid();
	if (strnlen(text, FILE_MAX + 1) > FILE_MAX)
		return vm_fail(err, VM_MISCONFIG, "%s is larger than %d bytes", file, FILE_MAX);
	if (home[0] != '/' || strlen(home) > VM_PATH_MAX)
		return vm_fail(err, VM_MISCONFIG,
			       "the home %.160s is not an absolute path of %d "
			       "bytes at most",
			       home, VM_PATH_MAX);
	out->home = vm_arena_strdup(&out->arena, home);
	copy = vm_arena_strdup(&out->arena, text);
	if (out->home == NULL || copy == NULL)
		return vm_fail_memory(err);
	status = set_defaults(out, err);
	if (status != VM_OK)
		return status;
	parser.entry_max = count_lines(text);
	parser.entries =
		vm_arena_alloc_array(&out->arena, parser.entry_max, sizeof(*parser.entries));
	if (parser.entries == NULL)
		return vm_fail_memory(err);
	out->entries = parser.entries;
	status = parse_lines(&parser, copy, err);
	if (status != VM_OK)
		return status;
	return check_together(out, file, err);
}

/* Is there a value for a name that ends in "password" below a [section]? */
static bool holds_password(const char *text)
{
	bool in_section = false;

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		const char *line = text + strspn(text, " \t");
		const char *equals = memchr(text, '=', length);

		if (*line == '[')
			in_section = true;
		if (in_section && *line != '#' && equals != NULL) {
			const char *end = equals;

			while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
				end--;
			if (end - line >= 8 && memcmp(end - 8, "password", 8) == 0)
				return true;
		}
		text += length;
		if (*text == '\n')
			text++;
	}
	return false;
}

/* Who can write the file is root for all that root runs; who can read it knows the database's password. */
static enum vm_status check_rights(const struct stat *info, const char *text, struct vm_error *err)
{
	if (!S_ISREG(info->st_mode))
		return vm_fail(err, VM_MISCONFIG, "%s is not an ordinary file", file_path);
	if ((info->st_mode & S_IWOTH) != 0)
		return vm_fail(err, VM_MISCONFIG, "everybody can write %s (chmod o-w)", file_path);
	if (!holds_password(text))
		return VM_OK;
	if ((info->st_mode & S_IROTH) != 0)
		return vm_fail(err, VM_MISCONFIG,
			       "%s holds a password and everybody can read it (chmod 640)",
			       file_path);
	if (info->st_uid != 0 && info->st_uid != geteuid())
		return vm_fail(err, VM_MISCONFIG,
			       "%s holds a password and belongs neither to root nor to user %lu",
			       file_path, (unsigned long)geteuid());
	return VM_OK;
}

static enum vm_status read_file(const char *path, struct vm_buf *text, struct vm_error *err)
{
	struct stat info;
	int fd = -1;
	enum vm_status status = vm_file_open_read(AT_FDCWD, path, &fd, err);

	if (status != VM_OK)
		return status;
	if (fstat(fd, &info) != 0)
		status = vm_fail(err, VM_TEMPFAIL, "cannot examine %s", path);
	else
		status = vm_file_read_fd(fd, path, text, err);
	vm_file_discard(&fd);
	if (status == VM_OK && memchr(text->bytes, '\0', text->length) != NULL)
		return vm_fail(err, VM_MISCONFIG, "%s holds a NUL byte", path);
	if (status == VM_OK)
		status = check_rights(&info, text->bytes, err);
	return status;
}

enum vm_status vm_config_load(const char *home, struct vm_config *out, struct vm_error *err)
{
	char path[VM_PATH_MAX + sizeof(file_path) + 1];
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	memset(out, 0, sizeof(*out));
	vm_arena_init(&out->arena, ARENA_MAX);
	if (!vm_text_format(path, sizeof(path), "%s/%s", home, file_path))
		return vm_fail(err, VM_MISCONFIG, "the home is longer than %d bytes", VM_PATH_MAX);
	vm_buf_init(&text, FILE_MAX);
	status = read_file(path, &text, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = vm_config_parse(status == VM_OK ? text.bytes : "", path, home, out, err);
	if (status == VM_OK && geteuid() == 0)
		status = vm_identity_lookup(out->user, out->group, &out->uid, &out->gid, err);
	vm_buf_release(&text);
	return status;
}

void vm_config_release(struct vm_config *config)
{
	vm_arena_release(&config->arena);
	memset(config, 0, sizeof(*config));
}

enum vm_status vm_config_reload(struct vm_config *config, struct vm_error *err)
{
	struct vm_config fresh;
	const enum vm_status status = vm_config_load(config->home, &fresh, err);

	if (status != VM_OK) {
		vm_config_release(&fresh);
		return status;
	}
	vm_config_release(config);
	*config = fresh;
	return VM_OK;
}

const char *vm_config_get(const struct vm_config *config, const char *section, const char *name)
{
	for (size_t i = 0; i < config->entry_count; i++) {
		if (strcmp(config->entries[i].section, section) == 0 &&
		    strcmp(config->entries[i].name, name) == 0)
			return config->entries[i].value;
	}
	return NULL;
}

struct vm_address_policy vm_config_address_policy(const struct vm_config *config,
						  const char *default_domain)
{
	return (struct vm_address_policy){
		.default_domain = default_domain,
		.utf8_users = config->utf8_addresses,
		.idn_domains = config->idn_domains,
	};
}
