/* Decides which service a login is for. */
#include "config.h"

#include "login/login_service.h"

#include <string.h>

#include "util/text.h"

enum { PORT_MAX = 65535 };

static const struct {
	unsigned int port;
	const char *log_name;
} port_names[] = {
	{ 25, "smtp" },   { 465, "smtps" }, { 587, "submission" }, { 110, "pop3" },
	{ 995, "pop3s" }, { 143, "imap" },  { 993, "imaps" },
};

static const struct {
	const char *word;
	enum vm_service service;
} service_words[] = {
	{ "smtp", VM_SERVICE_SMTP },
	{ "pop3", VM_SERVICE_POP },
	{ "imap", VM_SERVICE_IMAP },
};

const char *vm_login_plain_ip(const char *ip)
{
	static const char prefix[] = "::ffff:";

	if (ip == NULL)
		return "";
	/* Only a mapped IPv4 address has dots. */
	if (vm_text_starts_with(ip, prefix) && strchr(ip, '.') != NULL)
		return ip + strlen(prefix);
	return ip;
}

/* Steps through blank-separated words; NULL at the end. */
static const char *next_word(const char **at, size_t *length)
{
	const char *word = *at + strspn(*at, " \t");

	*length = strcspn(word, " \t");
	*at = word + *length;
	return *length == 0 ? NULL : word;
}

static bool word_is(const char *word, size_t length, const char *text)
{
	return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* login_ports: "110=pop3 2110=pop3 ..." */
static bool service_of_port(const char *ports, const char *port, enum vm_service *out)
{
	const size_t port_length = strlen(port);
	const char *word;
	size_t length;

	while ((word = next_word(&ports, &length)) != NULL) {
		if (length <= port_length + 1 || word[port_length] != '=' ||
		    memcmp(word, port, port_length) != 0)
			continue;
		for (size_t i = 0; i < sizeof(service_words) / sizeof(service_words[0]); i++) {
			if (word_is(word + port_length + 1, length - port_length - 1,
				    service_words[i].word)) {
				*out = service_words[i].service;
				return true;
			}
		}
	}
	return false;
}

static enum vm_service service_of_program(const char *program)
{
	if (program != NULL && strstr(program, "true") != NULL)
		return VM_SERVICE_SMTP;
	if (program != NULL && strstr(program, "imap") != NULL)
		return VM_SERVICE_IMAP;
	return VM_SERVICE_POP;
}

static bool is_webmail(const char *addresses, const char *ip)
{
	const char *word;
	size_t length;

	while ((word = next_word(&addresses, &length)) != NULL) {
		if (word_is(word, length, ip))
			return true;
	}
	return false;
}

static const char *service_word(enum vm_service service)
{
	for (size_t i = 0; i < sizeof(service_words) / sizeof(service_words[0]); i++) {
		if (service_words[i].service == service)
			return service_words[i].word;
	}
	return "webmail";
}

static void set_log_name(struct vm_login_service *out, bool has_port, uint64_t port)
{
	const char *word = service_word(out->service);
	bool named = !has_port || out->service == VM_SERVICE_WEBMAIL;

	for (size_t i = 0; !named && i < sizeof(port_names) / sizeof(port_names[0]); i++) {
		if (port_names[i].port == port) {
			word = port_names[i].log_name;
			named = true;
		}
	}
	/* Both forms are far below the maximum. */
	if (named)
		(void)vm_text_format(out->log_name, sizeof(out->log_name), "vchkpw-%s", word);
	else
		(void)vm_text_format(out->log_name, sizeof(out->log_name), "vchkpw-%u",
				     (unsigned int)port);
}

void vm_login_service_find(const struct vm_config *config,
			   const struct vm_login_connection *connection,
			   struct vm_login_service *out)
{
	uint64_t port = 0;
	const bool has_port = connection->local_port != NULL &&
			      vm_text_parse_u64(connection->local_port, PORT_MAX, &port);

	if (!has_port ||
	    !service_of_port(config->login_ports, connection->local_port, &out->service))
		out->service = service_of_program(connection->program);
	if (out->service != VM_SERVICE_SMTP && connection->remote_ip != NULL &&
	    is_webmail(config->webmail_addresses, connection->remote_ip))
		out->service = VM_SERVICE_WEBMAIL;
	set_log_name(out, has_port, port);
}
