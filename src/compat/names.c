/* Names and texts of libvpopmail. */
#include <config.h>

#include "compat.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/va_code.h"
#include "operations/default_domain.h"
#include "util/text.h"

enum { ROOM_MAX = 16384 }; /* for a group with many members */

/* What vset_default_domain has said: instead of what the settings say. */
static char chosen_domain[VM_DOMAIN_MAX + 1];
static bool is_chosen;

static const char *plain_ip(const char *name)
{
	const char *const ip = getenv(name);

	if (ip == NULL)
		return "";
	return vm_text_starts_with(ip, "::ffff:") && strchr(ip, '.') != NULL ? ip + 7 : ip;
}

VM_EXPORT char *default_domain(void)
{
	static char domain[VM_DOMAIN_MAX + 1];
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	if (is_chosen)
		return chosen_domain;
	domain[0] = '\0';
	if (context != NULL &&
	    vm_compat_answer(vm_default_domain(context, getenv("VPOPMAIL_DOMAIN"),
					       plain_ip("TCPLOCALIP"), domain, &err),
			     &err) != VA_SUCCESS)
		domain[0] = '\0';
	return domain;
}

VM_EXPORT void vset_default_domain(char *domain)
{
	is_chosen = domain != NULL && vm_compat_parse_domain(domain, chosen_domain) == VA_SUCCESS;
}

VM_EXPORT int parse_email(char *email, char *user, char *domain, int size)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_address_policy policy;
	struct vm_address address;
	struct vm_error err;

	if (email == NULL || user == NULL || domain == NULL || size < 1 || context == NULL)
		return -1;
	policy = vm_config_address_policy(context->config, default_domain());
	if (verrori != VA_SUCCESS ||
	    vm_compat_answer(vm_address_parse(email, &policy, &address, &err), &err) !=
		    VA_SUCCESS ||
	    !vm_text_copy(user, (size_t)size, address.user) ||
	    !vm_text_copy(domain, (size_t)size, address.domain))
		return -1;
	lowerit(email);
	return 0;
}

VM_EXPORT int is_username_valid(char *user)
{
	struct vm_compat_name name;

	return vm_compat_parse(user, "example.org", &name);
}

VM_EXPORT int vvalidchar(char byte)
{
	char user[] = { byte, 'x', '\0' };

	/* Some may not come first. */
	if (byte == '\0')
		return 0;
	user[1] = byte;
	user[0] = 'x';
	return is_username_valid(user) == VA_SUCCESS;
}

VM_EXPORT int is_domain_valid(char *domain)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;
	const int code = vm_compat_parse_domain(domain, name);

	return code == VA_SUCCESS ? vm_compat_answer(vm_domain_check_new(name, &err), &err) : code;
}

/* Nothing is written where nothing changes: the text may be a literal. */
VM_EXPORT void lowerit(char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* The nearest folder above the user's with a dot in its name is the domain's. */
VM_EXPORT char *maildir_to_email(const char *maildir)
{
	static char email[VM_ADDRESS_MAX + 1];
	char path[VM_PATH_MAX + 32];
	char *end = NULL;
	const char *user = NULL;

	email[0] = '\0';
	if (maildir == NULL || !vm_text_copy(path, sizeof path, maildir))
		return email;
	end = path + strlen(path);
	while (end > path && end[-1] == '/')
		*--end = '\0';
	while ((end = strrchr(path, '/')) != NULL) {
		const char *const part = end + 1;

		if (user == NULL && strcmp(part, "Maildir") != 0)
			user = maildir + (part - path);
		else if (user != NULL && strchr(part, '.') != NULL) {
			(void)vm_text_format(email, sizeof email, "%.*s@%s",
					     (int)strcspn(user, "/"), user,
					     part); /* too long: "" */
			return email;
		}
		*end = '\0';
	}
	return email;
}

VM_EXPORT char *get_remote_ip(void)
{
	static char ip[VM_IP_MAX + 1];

	if (!vm_text_copy(ip, sizeof ip, plain_ip("TCPREMOTEIP")))
		ip[0] = '\0';
	return ip;
}

VM_EXPORT uid_t vm_vpopmail_uid(void)
{
	char room[ROOM_MAX];
	struct passwd owner, *found = NULL;

	return getpwnam_r(VPOPUSER, &owner, room, sizeof room, &found) == 0 && found != NULL
		       ? owner.pw_uid
		       : (uid_t)-1;
}

VM_EXPORT gid_t vm_vpopmail_gid(void)
{
	char room[ROOM_MAX];
	struct group group, *found = NULL;

	return getgrnam_r(VPOPGROUP, &group, room, sizeof room, &found) == 0 && found != NULL
		       ? group.gr_gid
		       : (gid_t)-1;
}

#define READING "parsing database configuration file"

/* Source: reference 6.4. */
static const struct {
	int number;
	char text[56];
} texts[] = {
	{ VA_SUCCESS, "Success" },
	{ VA_ILLEGAL_USERNAME, "Illegal username" },
	{ VA_USERNAME_EXISTS, "Username exists" },
	{ VA_BAD_DIR, "Unable to chdir to vpopmail directory" },
	{ VA_BAD_U_DIR, "Unable to chdir to vpopmail/users directory" },
	{ VA_BAD_D_DIR, "Unable to chdir to vpopmail/domains directory" },
	{ VA_BAD_V_DIR, "Unable to chdir to vpopmail/domains/domain directory" },
	{ VA_EXIST_U_DIR, "User's directory already exists" },
	{ VA_BAD_U_DIR2, "Unable to chdir to user's directory" },
	{ VA_SUBDIR_CREATION, "Creation of user's subdirectories failed" },
	{ VA_USER_DOES_NOT_EXIST, "User does not exist" },
	{ VA_DOMAIN_DOES_NOT_EXIST, "Domain does not exist" },
	{ VA_INVALID_DOMAIN_NAME, "Invalid domain name" },
	{ VA_DOMAIN_ALREADY_EXISTS, "Domain already exists" },
	{ VA_COULD_NOT_MAKE_DOMAIN_DIR, "Could not make domain dir" },
	{ VA_COULD_NOT_OPEN_QMAIL_DEFAULT, "Could not open qmail default" },
	{ VA_CAN_NOT_MAKE_DOMAINS_DIR, "Can not make domains directory" },
	{ VA_COULD_NOT_UPDATE_FILE, "Could not update file" },
	{ VA_CRYPT_FAILED, "Crypt failed" },
	{ VA_COULD_NOT_OPEN_DOT_QMAIL, "Could not open dot qmail file" },
	{ VA_BAD_CHAR, "bad character" },
	{ VA_BAD_UID, "running as invalid uid" },
	{ VA_NO_AUTH_CONNECTION, "no authentication database connection" },
	{ VA_MEMORY_ALLOC_ERR, "memory allocation error" },
	{ VA_USER_NAME_TOO_LONG, "user name too long (max=64)" },
	{ VA_DOMAIN_NAME_TOO_LONG, "domain name too long (max=96)" },
	{ VA_PASSWD_TOO_LONG, "password too long (max=128)" },
	{ VA_GECOS_TOO_LONG, "gecos too long (max=64)" },
	{ VA_QUOTA_TOO_LONG, "quota too long (max=20)" },
	{ VA_DIR_TOO_LONG, "dir too long (max=160)" },
	{ VA_CLEAR_PASSWD_TOO_LONG, "clear password too long (max=128)" },
	{ VA_ALIAS_LINE_TOO_LONG, "alias line too long (max=160)" },
	{ VA_NULL_POINTER, "null pointer" },
	{ VA_INVALID_EMAIL_CHAR, "invalid email character" },
	{ VA_PARSE_ERROR, READING },
	{ VA_CANNOT_READ_LIMITS, "can't read domain limits" },
	{ VA_CANNOT_READ_ASSIGN, "can't read users/assign file" },
	{ VA_PARSE_ERROR01, READING " - update server" },
	{ VA_PARSE_ERROR02, READING " - update port" },
	{ VA_PARSE_ERROR03, READING " - update user" },
	{ VA_PARSE_ERROR04, READING " - update password" },
	{ VA_PARSE_ERROR05, READING " - update database" },
	{ VA_PARSE_ERROR06, READING " - readonly server" },
	{ VA_PARSE_ERROR07, READING " - readonly port" },
	{ VA_PARSE_ERROR08, READING " - readonly user" },
	{ VA_PARSE_ERROR09, READING " - readonly password" },
	{ VA_PARSE_ERROR10, READING " - readonly database" },
	{ VA_CANNOT_DELETE_CATCHALL, "can't delete catchall account" },
};

VM_EXPORT char *verror(int va_err)
{
	static char text[64];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].number == va_err) {
			(void)vm_text_copy(text, sizeof text, texts[i].text); /* fits */
			return text;
		}
	if (va_err <= VA_PWSTR_EMPTY && va_err >= VA_PWSTR_DELTA &&
	    vm_text_copy(text, sizeof text, "the password is too weak"))
		return text;
	(void)vm_text_copy(text, sizeof text, "Unknown error"); /* fits */
	return text;
}

VM_EXPORT int vexit(int code)
{
	vclose();
	exit(code);
}

VM_EXPORT int vexiterror(FILE *stream, char *text)
{
	(void)fprintf(stream, "Error - %s. %s\n", verror(verrori), text); /* the last words */
	return vexit(verrori);
}
