/* Lists, descriptors, dates and other small helpers of libvpopmail. */
#include <config.h>

#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/text.h"
#include "vutil.h"

VM_EXPORT int string_list_init(string_list *list, int initial_size)
{
	const int size = initial_size < 1 ? 1 : initial_size;

	if (list == NULL)
		return 0;
	*list = (string_list){ .values = calloc((size_t)size, sizeof *list->values) };
	if (list->values == NULL) {
		verrori = VA_MEMORY_ALLOC_ERR;
		return 0;
	}
	list->max = size;
	return 1;
}

static bool grow(string_list *list)
{
	const size_t size = list->max < 1 ? 1 : 2 * (size_t)list->max;
	char **const more = size > (size_t)INT32_MAX
				    ? NULL
				    : realloc(list->values, size * sizeof *list->values);

	if (more == NULL)
		return false;
	list->values = more;
	list->max = (int)size;
	return true;
}

VM_EXPORT int string_list_add(string_list *list, char *text)
{
	char *copy = NULL;

	if (list == NULL || text == NULL)
		return 0;
	copy = list->count < list->max || grow(list) ? strdup(text) : NULL;
	if (copy == NULL) {
		verrori = VA_MEMORY_ALLOC_ERR;
		return 0;
	}
	list->values[list->count++] = copy;
	return 1;
}

VM_EXPORT void string_list_free(string_list *list)
{
	if (list == NULL)
		return;
	for (int i = 0; i < list->count; i++)
		free(list->values[i]);
	free(list->values);
	*list = (string_list){ .max = 0 };
}

VM_EXPORT struct linklist *linklist_add(struct linklist *list, const char *d1, const char *d2)
{
	const size_t first = d1 == NULL ? 0 : strlen(d1) + 1;
	const size_t second = d2 == NULL ? 0 : strlen(d2) + 1;
	struct linklist *const entry = first == 0 ? NULL : malloc(sizeof *entry + first + second);

	if (entry == NULL) {
		verrori = first == 0 ? VA_NULL_POINTER : VA_MEMORY_ALLOC_ERR;
		return NULL;
	}
	*entry = (struct linklist){ .data = (char *)(entry + 1) };
	memcpy(entry->data, d1, first);
	if (second != 0) {
		entry->d2 = entry->data + first;
		memcpy(entry->d2, d2, second);
	}
	if (list != NULL) {
		entry->next = list->next;
		list->next = entry;
	}
	return entry;
}

VM_EXPORT struct linklist *linklist_del(struct linklist *list)
{
	struct linklist *const next = list == NULL ? NULL : list->next;

	free(list);
	return next;
}

VM_EXPORT int vfd_copy(int to, int from)
{
	if (to == from)
		return fcntl(from, F_GETFD) < 0 ? -1 : 0;
	return dup2(from, to) < 0 ? -1 : 0;
}

VM_EXPORT int vfd_move(int to, int from)
{
	if (to == from)
		return fcntl(from, F_GETFD) < 0 ? -1 : 0;
	if (dup2(from, to) < 0)
		return -1;
	return close(from) != 0 && errno != EINTR ? -1 : 0;
}

VM_EXPORT char *date_header(void)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static char text[64];
	const time_t now = vm_clock_now();
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&now, &tm) != NULL)
		(void)vm_text_format(text, sizeof text,
				     "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n",
				     days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
				     tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
				     tm.tm_sec); /* fits */
	return text;
}

VM_EXPORT void str_replace(char *text, char from, char to)
{
	for (; text != NULL && *text != '\0'; text++)
		if (*text == from)
			*text = to;
}

/* What qnprintf writes; the length goes on where there is no room any more. */
struct sink {
	char *buffer;
	size_t size, length;
};

static void put(struct sink *sink, char byte)
{
	if (sink->length < sink->size)
		sink->buffer[sink->length] = byte;
	sink->length++;
}

static void put_text(struct sink *sink, const char *text, bool is_quoted)
{
	for (; *text != '\0'; text++) {
		if (is_quoted && strchr("\\'\"", *text) != NULL)
			put(sink, '\\');
		put(sink, *text);
	}
}

static void put_signed(struct sink *sink, long long number)
{
	char text[32];

	(void)vm_text_format(text, sizeof text, "%lld", number); /* fits */
	put_text(sink, text, false);
}

static void put_unsigned(struct sink *sink, unsigned long long number)
{
	char text[32];

	(void)vm_text_format(text, sizeof text, "%llu", number); /* fits */
	put_text(sink, text, false);
}

/* One conversion, `longs` being how many 'l' stood before it; false for one that is not known. */
static bool convert(struct sink *sink, char kind, int longs, va_list *arguments)
{
	const char *text = NULL;

	switch (kind) {
	case '%':
		put(sink, '%');
		return true;
	case 'c':
		put(sink, (char)va_arg(*arguments, int));
		return true;
	case 's':
		text = va_arg(*arguments, const char *);
		put_text(sink, text == NULL ? "" : text, true);
		return true;
	case 'd':
	case 'i':
		put_signed(sink, longs == 0   ? va_arg(*arguments, int)
				 : longs == 1 ? va_arg(*arguments, long)
					      : va_arg(*arguments, long long));
		return true;
	case 'u':
		put_unsigned(sink, longs == 0   ? va_arg(*arguments, unsigned int)
				   : longs == 1 ? va_arg(*arguments, unsigned long)
						: va_arg(*arguments, unsigned long long));
		return true;
	default:
		return false;
	}
}

static bool print(struct sink *sink, const char *format, va_list *arguments)
{
	for (; *format != '\0'; format++) {
		int longs = 0;

		if (*format != '%') {
			put(sink, *format);
			continue;
		}
		while (*++format == 'l' || *format == 'h')
			longs += *format == 'l';
		if (longs > 2 || !convert(sink, *format, longs, arguments))
			return false;
	}
	return true;
}

VM_EXPORT int qnprintf(char *buffer, size_t size, const char *format, ...)
{
	struct sink sink = { .buffer = buffer, .size = size };
	va_list arguments;
	bool is_known = false;

	if (buffer == NULL || format == NULL || size == 0)
		return -1;
	va_start(arguments, format);
	is_known = print(&sink, format, &arguments);
	va_end(arguments);
	/* Half a statement must not run. */
	buffer[is_known && sink.length < size ? sink.length : 0] = '\0';
	return is_known && sink.length <= INT32_MAX ? (int)sink.length : -1;
}
