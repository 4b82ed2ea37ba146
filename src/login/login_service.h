/* Which service a login is for, and the name under which it is logged. Source: reference 3.1. */
#ifndef VM_LOGIN_LOGIN_SERVICE_H
#define VM_LOGIN_LOGIN_SERVICE_H

#include "operations/authenticate.h"

enum { VM_LOGIN_LOG_NAME_MAX = 31 };

/* What vchkpw knows about the connection. Texts may be NULL. */
struct vm_login_connection {
	const char *local_port; /* TCPLOCALPORT */
	const char *remote_ip;  /* TCPREMOTEIP or REMOTE_HOST, "::ffff:" removed */
	const char *program;    /* argv[1] */
};

struct vm_login_service {
	enum vm_service service;
	char log_name[VM_LOGIN_LOG_NAME_MAX + 1]; /* "vchkpw-pop3" */
};

/*
 * The setting login_ports knows the port, else the program's name decides: one with "true" is SMTP, one with "imap"
 * is IMAP, every other POP. POP and IMAP from an address in webmail_addresses are webmail.
 */
void vm_login_service_find(const struct vm_config *config,
			   const struct vm_login_connection *connection,
			   struct vm_login_service *out);

/* The address without the prefix of a mapped IPv4 address. */
const char *vm_login_plain_ip(const char *ip);

#endif
