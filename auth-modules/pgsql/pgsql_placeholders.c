/* Numbers the placeholders of a statement. */
#include <config.h>

#include <string.h>

#include "pgsql_placeholders.h"

unsigned int vm_pgsql_number_placeholders(const char *text, struct vm_buf *out)
{
	unsigned int count = 0;

	for (const char *mark = strchr(text, '?'); mark != NULL; mark = strchr(text, '?')) {
		vm_buf_append(out, text, (size_t)(mark - text));
		vm_buf_printf(out, "$%u", ++count);
		text = mark + 1;
	}
	vm_buf_append_text(out, text);
	return count;
}
