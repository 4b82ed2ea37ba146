/* Reads the operator's own texts. */
#include <config.h>

#include "operations/domain_text.h"

#include <fcntl.h>

#include "util/file.h"
#include "util/text.h"

enum { TEXT_FILE_MAX = 4096 };

static const char *read_text(struct vm_arena *arena, const char *folder, const char *name)
{
	char path[VM_PATH_MAX * 2];
	struct vm_buf text;
	struct vm_error ignored;
	const char *copy = NULL;

	vm_buf_init(&text, TEXT_FILE_MAX);
	if (vm_text_format(path, sizeof path, "%s/%s", folder, name) &&
	    vm_file_read_all(AT_FDCWD, path, &text, &ignored) == VM_OK)
		copy = vm_arena_strdup(arena, text.bytes);
	vm_buf_release(&text);
	return copy;
}

const char *vm_domain_text(const struct vm_config *config, const struct vm_domain *domain,
			   struct vm_arena *arena, const char *name, const char *fallback)
{
	char domains[VM_PATH_MAX * 2];
	const char *text = read_text(arena, domain->dir, name);

	if (text == NULL &&
	    vm_text_format(domains, sizeof domains, "%s/%s", config->home, config->domains_dir))
		text = read_text(arena, domains, name);
	return text == NULL ? fallback : text;
}
