/* Tests of login/login_service.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "login/login_service.h"

static const struct vm_config config = {
	.webmail_addresses = "127.0.0.1 ::1",
	.login_ports = "25=smtp 465=smtp 587=smtp 110=pop3 995=pop3 143=imap 993=imap 2110=imap",
};

struct service_case {
	const char *port, *ip, *program;
	enum vm_service service;
	const char *log_name;
};

static const struct service_case cases[] = {
	{ "25", "192.0.2.1", "/bin/false", VM_SERVICE_SMTP, "vchkpw-smtp" },
	{ "465", "192.0.2.1", NULL, VM_SERVICE_SMTP, "vchkpw-smtps" },
	{ "587", "192.0.2.1", NULL, VM_SERVICE_SMTP, "vchkpw-submission" },
	{ "110", "192.0.2.1", "/bin/true", VM_SERVICE_POP, "vchkpw-pop3" },
	{ "995", "192.0.2.1", NULL, VM_SERVICE_POP, "vchkpw-pop3s" },
	{ "143", "192.0.2.1", NULL, VM_SERVICE_IMAP, "vchkpw-imap" },
	{ "993", "192.0.2.1", NULL, VM_SERVICE_IMAP, "vchkpw-imaps" },
	/* another port: the program decides, and the log has the number */
	{ "2525", "192.0.2.1", "/bin/true", VM_SERVICE_SMTP, "vchkpw-2525" },
	{ "4143", "192.0.2.1", "/usr/bin/imapd", VM_SERVICE_IMAP, "vchkpw-4143" },
	{ "4110", "192.0.2.1", "/usr/bin/pop3d", VM_SERVICE_POP, "vchkpw-4110" },
	{ "2110", "192.0.2.1", "pop3d", VM_SERVICE_IMAP, "vchkpw-2110" },
	/* no port, or none that is a number */
	{ NULL, "192.0.2.1", "/bin/true", VM_SERVICE_SMTP, "vchkpw-smtp" },
	{ NULL, NULL, NULL, VM_SERVICE_POP, "vchkpw-pop3" },
	{ "pop3", "192.0.2.1", "imapd", VM_SERVICE_IMAP, "vchkpw-imap" },
	{ "1", "192.0.2.1", NULL, VM_SERVICE_POP, "vchkpw-1" },
	/* webmail, not for SMTP */
	{ "110", "127.0.0.1", NULL, VM_SERVICE_WEBMAIL, "vchkpw-webmail" },
	{ "143", "::1", NULL, VM_SERVICE_WEBMAIL, "vchkpw-webmail" },
	{ NULL, "127.0.0.1", NULL, VM_SERVICE_WEBMAIL, "vchkpw-webmail" },
	{ "25", "127.0.0.1", NULL, VM_SERVICE_SMTP, "vchkpw-smtp" },
	{ "110", "127.0.0.11", NULL, VM_SERVICE_POP, "vchkpw-pop3" },
	{ "110", "", NULL, VM_SERVICE_POP, "vchkpw-pop3" },
};

static void port_then_program_then_address_decide(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vm_login_connection connection = { cases[i].port, cases[i].ip,
								cases[i].program };
		struct vm_login_service service;

		vm_login_service_find(&config, &connection, &service);
		assert_string_equal(service.log_name, cases[i].log_name);
		assert_int_equal(service.service, cases[i].service);
	}
}

static void a_mapped_address_loses_its_prefix(void **state)
{
	(void)state;
	assert_string_equal(vm_login_plain_ip("::ffff:192.0.2.1"), "192.0.2.1");
	assert_string_equal(vm_login_plain_ip("2001:db8::1"), "2001:db8::1");
	assert_string_equal(vm_login_plain_ip("::ffff:0:1"), "::ffff:0:1");
	assert_string_equal(vm_login_plain_ip(NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_then_program_then_address_decide),
		cmocka_unit_test(a_mapped_address_loses_its_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
