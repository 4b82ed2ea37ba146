/* Any bytes as what a POP3 client says, before and after the login. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_login.h"
#include "mta/common/pop3/pop3_transaction.h"

static void before_login(const uint8_t *data, size_t size)
{
	struct vm_pop3_login login = { .challenge = "<1@host>",
				       .tls_offered = true,
				       .tries_left = 3 };
	enum vm_pop3_action action = VM_POP3_GO_ON;
	char line[VM_POP3_LINE_MAX + 1];
	struct vm_buf reply;

	vm_buf_init(&reply, 1 << 20);
	while (size > 0 && action != VM_POP3_END) {
		const uint8_t *end = memchr(data, '\n', size);
		const size_t length = end != NULL ? (size_t)(end - data) : size;

		if (length > VM_POP3_LINE_MAX) {
			action = vm_pop3_login_long_line(&login, &reply);
		} else {
			memcpy(line, data, length);
			line[length] = '\0';
			action = vm_pop3_login_line(&login, line, length, &reply);
		}
		if (action == VM_POP3_CHECK) {
			if (login.name[0] == '\0' || login.response.length == 0)
				abort(); /* nothing to check */
			action = vm_pop3_login_refused(&login, login.name[0], &reply);
		} else if (action == VM_POP3_START_TLS) {
			vm_pop3_login_tls_started(&login);
		}
		data += length + (end != NULL);
		size -= length + (end != NULL);
	}
	vm_buf_release(&reply);
}

/* A Maildir with three messages, made anew for each input: QUIT changes it. */
static void make_maildir(int folder)
{
	static const char *const parts[] = { "new", "cur", "tmp" };
	static const char *const files[] = { "new/1.a", "new/2.b", "cur/3.c:2,S" };
	static const char text[] = "h: x\n\n.dots\n..\nbare\rcr\r\nno end";

	for (size_t i = 0; i < 3; i++)
		(void)mkdirat(folder, parts[i], 0700); /* there already after the first input */
	for (size_t i = 0; i < 3; i++) {
		const int fd = openat(folder, files[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd == -1 || write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
			abort();
		close(fd);
	}
	(void)unlinkat(folder, "cur/1.a:2,", 0); /* what QUIT left */
	(void)unlinkat(folder, "cur/2.b:2,", 0);
}

static char maildir[] = "/tmp/virtmail-fuzz-XXXXXX";

static void remove_maildir(void)
{
	static const char *const names[] = { "new/1.a",    "new/2.b",    "cur/3.c:2,S",
					     "cur/1.a:2,", "cur/2.b:2,", "pop3sizes" };
	static const char *const parts[] = { "new", "cur", "tmp", "." };
	const int folder = open(maildir, O_RDONLY | O_DIRECTORY);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(folder, names[i], 0);
	for (size_t i = 0; i < 3; i++)
		(void)unlinkat(folder, parts[i], AT_REMOVEDIR);
	close(folder);
	(void)rmdir(maildir);
}

static void after_login(const uint8_t *data, size_t size)
{
	static int folder = -1;
	struct vm_pop3_mailbox mailbox;
	struct vm_stream stream;
	struct vm_pop3_transaction session = { .mailbox = &mailbox, .output = &stream };
	char line[VM_POP3_LINE_MAX + 1];
	struct vm_error err;
	bool go_on = true;
	const int sink = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (folder == -1) {
		if (mkdtemp(maildir) == NULL)
			abort();
		folder = open(maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)atexit(remove_maildir);
	}
	make_maildir(folder);
	if (vm_pop3_mailbox_open(&mailbox, maildir, &err) != VM_OK ||
	    vm_stream_init(&stream, sink, sink, 128, 60, &err) != VM_OK)
		abort();
	while (size > 0 && go_on) {
		const uint8_t *end = memchr(data, '\n', size);
		const size_t length = end != NULL ? (size_t)(end - data) : size;

		if (length > VM_POP3_LINE_MAX) {
			go_on = vm_pop3_transaction_long_line(&session);
		} else {
			memcpy(line, data, length);
			line[length] = '\0';
			go_on = vm_pop3_transaction_line(&session, line, length);
		}
		data += length + (end != NULL);
		size -= length + (end != NULL);
	}
	vm_stream_release(&stream);
	vm_pop3_mailbox_release(&mailbox);
	close(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'L')
		before_login(data + 1, size - 1);
	else
		after_login(data + 1, size - 1);
	return 0;
}
