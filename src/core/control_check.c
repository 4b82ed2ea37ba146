/* Reads qmail's control files to compare them with the domains that are served. */
#include <config.h>

#include "core/control_check.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "util/cdb_file.h"
#include "util/file.h"
#include "util/text.h"

static const char more_name[] = "morercpthosts";
static const char more_cdb_name[] = "morercpthosts.cdb";

enum { SCRATCH_MAX = 4096 };

static enum vm_status open_folder(const char *qmail_dir, int *folder, struct vm_error *err)
{
	char path[PATH_MAX];
	enum vm_status status = VM_INTERNAL;

	*folder = -1;
	if (!vm_text_format(path, sizeof path, "%s/control", qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	status = vm_file_open_folder(AT_FDCWD, path, folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "there is no folder %s", path);
	return status;
}

/* Calls `each` for every line that is no comment, lower-cased, without blanks at its end. */
static enum vm_status each_line(int folder, const char *file,
				enum vm_status (*each)(void *context, char *line,
						       struct vm_error *err),
				void *context, struct vm_error *err)
{
	struct vm_buf text;
	char *line = NULL;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, VM_CONTROL_FILE_MAX);
	status = vm_file_read_all(folder, file, &text, err);
	line = text.bytes;
	while (status == VM_OK && line < text.bytes + text.length) {
		char *const end = strchrnul(line, '\n');
		char *last = end;

		while (last > line && (last[-1] == ' ' || last[-1] == '\t'))
			last--;
		*last = '\0';
		vm_text_lower(line);
		if (line[0] != '\0' && line[0] != '#')
			status = each(context, line, err);
		line = end + 1;
	}
	vm_buf_release(&text);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

struct survey {
	const char *const *names;
	size_t count;
	struct vm_control_presence *out;
	enum vm_status (*stray)(void *context, const char *name, struct vm_error *err);
	void *context;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* NULL: a name that is not asked about. */
static struct vm_control_presence *find(const struct survey *survey, const char *name)
{
	const char *const *const found = survey->count == 0
						 ? NULL
						 : bsearch(&name, survey->names, survey->count,
							   sizeof *survey->names, compare_names);

	return found == NULL ? NULL : &survey->out[found - survey->names];
}

static enum vm_status see_rcpthosts(void *context, char *line, struct vm_error *err)
{
	struct vm_control_presence *const found = find(context, line);

	(void)err;
	if (found != NULL)
		found->rcpthosts = true;
	return VM_OK;
}

static enum vm_status see_morercpthosts(void *context, char *line, struct vm_error *err)
{
	struct vm_control_presence *const found = find(context, line);

	(void)err;
	if (found != NULL)
		found->morercpthosts = true;
	return VM_OK;
}

static enum vm_status see_locals(void *context, char *line, struct vm_error *err)
{
	struct vm_control_presence *const found = find(context, line);

	(void)err;
	if (found != NULL)
		found->locals = true;
	return VM_OK;
}

/* "NAME:NAME" is the line that vadddomain writes; any other target is somebody else's. */
static enum vm_status see_virtualdomains(void *context, char *line, struct vm_error *err)
{
	const struct survey *const survey = context;
	struct vm_control_presence *found = NULL;
	char *const colon = strchr(line, ':');
	struct vm_error why;

	if (colon == NULL)
		return VM_OK;
	*colon = '\0';
	if (strcmp(line, colon + 1) != 0)
		return VM_OK;
	found = find(survey, line);
	if (found != NULL)
		found->virtualdomains = true;
	else if (vm_domain_check_new(line, &why) == VM_OK)
		return survey->stray(survey->context, line, err);
	return VM_OK;
}

enum vm_status vm_control_survey(const char *qmail_dir, const char *const *names, size_t count,
				 struct vm_control_presence *out,
				 enum vm_status (*stray)(void *context, const char *name,
							 struct vm_error *err),
				 void *context, struct vm_error *err)
{
	struct survey survey = {
		.names = names, .count = count, .out = out, .stray = stray, .context = context
	};
	int folder = -1;
	enum vm_status status = open_folder(qmail_dir, &folder, err);

	memset(out, 0, count * sizeof *out);
	if (status == VM_OK)
		status = each_line(folder, "rcpthosts", see_rcpthosts, &survey, err);
	if (status == VM_OK)
		status = each_line(folder, more_name, see_morercpthosts, &survey, err);
	if (status == VM_OK)
		status = each_line(folder, "locals", see_locals, &survey, err);
	if (status == VM_OK)
		status = each_line(folder, "virtualdomains", see_virtualdomains, &survey, err);
	vm_file_discard(&folder);
	return status;
}

/* Lines of morercpthosts against the cdb. */
struct comparison {
	struct vm_cdb cdb; /* fd -1: there is none */
	size_t lines;
};

static enum vm_status compare_line(void *context, char *line, struct vm_error *err)
{
	struct comparison *const comparison = context;
	struct vm_arena arena;
	char *data = NULL;
	size_t length = 0;
	enum vm_status status = VM_NOT_FOUND;

	comparison->lines++;
	vm_arena_init(&arena, SCRATCH_MAX);
	if (comparison->cdb.fd >= 0)
		status = vm_cdb_get(&comparison->cdb, line, strlen(line), &arena, &data, &length,
				    err);
	vm_arena_release(&arena);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_INVALID, "%s lacks %s", more_cdb_name, line);
	if (status == VM_TEMPFAIL)
		return vm_fail(err, VM_INVALID, "%s is damaged", more_cdb_name);
	return status;
}

static enum vm_status compare_counts(struct comparison *comparison, struct vm_error *err)
{
	struct vm_cdb_record record;
	uint32_t position = 0;
	size_t records = 0;
	enum vm_status status = VM_OK;

	while (comparison->cdb.fd >= 0 &&
	       (status = vm_cdb_next(&comparison->cdb, &position, &record, err)) == VM_OK)
		records++;
	if (status == VM_TEMPFAIL || records != comparison->lines)
		return vm_fail(err, VM_INVALID, "%s does not hold what %s says", more_cdb_name,
			       more_name);
	return VM_OK;
}

enum vm_status vm_control_verify(const char *qmail_dir, struct vm_error *err)
{
	struct comparison comparison = { .cdb = { .fd = -1 } };
	int folder = -1;
	enum vm_status status = open_folder(qmail_dir, &folder, err);

	if (status != VM_OK)
		return status;
	status = vm_cdb_open(&comparison.cdb, folder, more_cdb_name, err);
	if (status == VM_TEMPFAIL && err->sys_errno == 0)
		status = vm_fail(err, VM_INVALID, "%s is damaged", more_cdb_name);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = each_line(folder, more_name, compare_line, &comparison, err);
	if (status == VM_OK)
		status = compare_counts(&comparison, err);
	vm_cdb_close(&comparison.cdb);
	vm_file_discard(&folder);
	return status;
}
