/* A client of the shape of an admin panel: one call of libvpopmail for each word of its command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vpopmail.h"

static void show(const struct vqpasswd *pw)
{
	printf("%s|%s|%u|%u|%u|%s|%s|%s\n", pw->pw_name, pw->pw_passwd, (unsigned)pw->pw_uid,
	       (unsigned)pw->pw_gid, (unsigned)pw->pw_flags, pw->pw_gecos, pw->pw_dir,
	       pw->pw_shell);
}

static int answer(int code)
{
	printf("%d %s\n", code, verror(code));
	return code != 0;
}

static int list_users(char *domain)
{
	struct vqpasswd *pw = vauth_getall(domain, 1, 1);

	for (; pw != NULL; pw = vauth_getall(domain, 0, 1))
		show(pw);
	return verrori != 0;
}

static int list_aliases(char *domain)
{
	char name[MAX_PW_NAME + 1];
	const char *line = valias_select_all(name, domain);

	for (; line != NULL; line = valias_select_all_next(name))
		printf("%s %s\n", name, line);
	return verrori != 0;
}

static int show_alias(char *alias, char *domain)
{
	const char *line = valias_select(alias, domain);

	for (; line != NULL; line = valias_select_next())
		printf("%s\n", line);
	return verrori != 0;
}

static int list_names(char *domain)
{
	const char *name = valias_select_names(domain);

	for (; name != NULL; name = valias_select_names_next())
		printf("%s\n", name);
	valias_select_names_end();
	return verrori != 0;
}

static int list_domains(const char *real)
{
	const domain_entry *entry = get_domain_entries(real);

	for (; entry != NULL; entry = get_domain_entries(NULL))
		printf("%s %s %u %s\n", entry->domain, entry->realdomain, (unsigned)entry->uid,
		       entry->path);
	return verrori != 0;
}

static int assign(char *name)
{
	char domain[MAX_PW_DOMAIN + 1], dir[MAX_BUFF] = "";
	uid_t uid = 12345;
	gid_t gid = 54321;
	const char *found = NULL;

	snprintf(domain, sizeof domain, "%s", name);
	found = vget_assign(domain, dir, sizeof dir, &uid, &gid);
	printf("%s %s %s %u %u\n", found == NULL ? "none" : found, domain, dir, (unsigned)uid,
	       (unsigned)gid);
	return found == NULL;
}

static int change(char *user, char *domain, char *comment, unsigned flags)
{
	struct vqpasswd *pw = vauth_getpw(user, domain);

	if (pw == NULL)
		return answer(verrori != 0 ? verrori : VA_USER_DOES_NOT_EXIST);
	pw->pw_gecos = comment;
	pw->pw_gid = flags;
	return answer(vauth_setpw(pw, domain));
}

static int limits(char *domain, int accounts)
{
	struct vlimits found;

	if (vget_limits(domain, &found) != 0)
		return 1;
	if (accounts != 0) {
		found.maxpopaccounts = accounts;
		found.disable_pop = 1;
		found.perm_maillist_moderators = VLIMIT_DISABLE_DELETE;
		if (vset_limits(domain, &found) != 0 || vget_limits(domain, &found) != 0)
			return 1;
	}
	printf("%d %d %d %d %d\n", found.maxpopaccounts, found.maxaliases, found.disable_pop,
	       found.perm_maillist_moderators, vlimits_get_flag_mask(&found));
	return 0;
}

static int parse(char *text)
{
	char user[AUTH_SIZE], domain[AUTH_SIZE];
	const int code = parse_email(text, user, domain, AUTH_SIZE);

	printf("%d %s %s %s\n", code, code == 0 ? user : "", code == 0 ? domain : "", text);
	return code != 0;
}

static int last_login(char *user, char *domain)
{
	struct vqpasswd *pw = vauth_getpw(user, domain);
	const char *ip = NULL;

	if (pw == NULL)
		return 1;
	ip = vget_lastauthip(pw, domain);
	printf("%d %s\n", vget_lastauth(pw, domain) > 1700000000, ip == NULL ? "never" : ip);
	return 0;
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 0);
}

static int show_account(char *user, char *domain)
{
	const struct vqpasswd *pw = vauth_getpw(user, domain);

	if (pw != NULL)
		show(pw);
	else
		printf("none %d\n", verrori);
	return pw == NULL;
}

/* What is asked for; -1: another word. */
static int ask(const char *word, char *a, char *b)
{
	if (strcmp(word, "domains") == 0)
		return list_domains(a);
	if (strcmp(word, "assign") == 0)
		return assign(a);
	if (strcmp(word, "users") == 0)
		return list_users(a);
	if (strcmp(word, "alias") == 0)
		return show_alias(a, b);
	if (strcmp(word, "aliases") == 0)
		return list_aliases(a);
	if (strcmp(word, "names") == 0)
		return list_names(a);
	if (strcmp(word, "limits") == 0)
		return limits(a, (int)number(b));
	if (strcmp(word, "parse") == 0)
		return parse(a);
	if (strcmp(word, "lastlogin") == 0)
		return last_login(a, b);
	return strcmp(word, "get") == 0 ? show_account(a, b) : -1;
}

/* What is changed. */
static int act(const char *word, char *a, char *b, char *c, char *d)
{
	if (strcmp(word, "adddomain") == 0)
		return answer(vadddomain(a, b, number(c), number(d)));
	if (strcmp(word, "addalias") == 0)
		return answer(vaddaliasdomain(a, b));
	if (strcmp(word, "deldomain") == 0)
		return answer(vdeldomain(a));
	if (strcmp(word, "adduser") == 0)
		return answer(vadduser(a, b, c, d, USE_POP));
	if (strcmp(word, "deluser") == 0)
		return answer(vdeluser(a, b));
	if (strcmp(word, "passwd") == 0)
		return answer(vpasswd(a, b, c, USE_POP));
	if (strcmp(word, "quota") == 0)
		return answer(vsetuserquota(a, b, c));
	if (strcmp(word, "change") == 0)
		return change(a, b, c, number(d));
	if (strcmp(word, "insert") == 0)
		return answer(valias_insert(a, b, c));
	if (strcmp(word, "remove") == 0)
		return answer(valias_remove(a, b, c));
	if (strcmp(word, "delete") == 0)
		return answer(valias_delete(a, b));
	if (strcmp(word, "clear") == 0)
		return answer(valias_delete_domain(a));
	return strcmp(word, "seen") == 0 ? answer(vset_lastauth(a, b, c)) : 100;
}

int main(int argc, char **argv)
{
	char none[] = "";
	char *words[5] = { none, none, none, none, none };
	int code = 0;

	for (int i = 1; i < argc && i <= 5; i++)
		words[i - 1] = argv[i];
	code = ask(words[0], words[1], words[2]);
	if (code < 0)
		code = act(words[0], words[1], words[2], words[3], words[4]);
	vclose();
	return code;
}
