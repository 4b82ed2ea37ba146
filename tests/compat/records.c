/* A client that calls what stands below a panel's functions: records, address maps, limits in files, folders, passwords. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "maildirquota.h"
#include "vauth.h"
#include "vlimits.h"
#include "vpopmail.h"
#include "vutil.h"

static int accounts(char *domain)
{
	char name[] = "carol", pass[] = "a long password", comment[] = "C", folder[] = "x";
	struct vqpasswd *pw = NULL;

	printf("%d", vauth_adddomain(domain));
	printf(" %d", vauth_adduser(name, domain, pass, comment, folder, USE_POP));
	printf(" %d", vauth_adduser(name, domain, pass, comment, folder, USE_POP));
	printf(" %d", vauth_setquota(name, domain, "5M"));
	pw = vauth_getpw(name, domain);
	if (pw == NULL)
		return 1;
	printf(" %s %s %d", strstr(pw->pw_dir, "/x/carol") == NULL ? "top" : "x", pw->pw_shell,
	       vauth_crypt(name, domain, pass, pw));
	printf(" %d %d", vauth_crypt(name, domain, "wrong", pw),
	       vauth_user(name, domain, pass, "") != NULL);
	printf(" %d", vauth_deluser(name, domain));
	printf(" %d %d", vauth_deluser(name, domain), vmkpasswd(domain));
	printf(" %d", vauth_deldomain(domain));
	printf(" %s\n", vauth_getall(domain, 1, 1) == NULL ? "empty" : "left");
	return 0;
}

static int maps(char *domain)
{
	char ip[MAX_BUFF], found[MAX_BUFF];

	printf("%d", vadd_ip_map("192.0.2.1", domain));
	printf(" %d", vadd_ip_map("192.0.2.2", domain));
	printf(" %d", vget_ip_map("192.0.2.1", found, sizeof found));
	printf(" %s", found);
	for (int more = vshow_ip_map(1, ip, found); more == 1; more = vshow_ip_map(0, ip, found))
		printf(" %s=%s", ip, found);
	printf(" %d", vdel_ip_map("192.0.2.1", domain));
	printf(" %d", vget_ip_map("192.0.2.1", found, sizeof found));
	printf(" %d %d\n", verrori, vadd_ip_map("no address", domain) == 0);
	return 0;
}

static int limits(char *domain, const char *file)
{
	struct vlimits wanted, found;

	vdefault_limits(&wanted);
	wanted.maxaliases = 7;
	wanted.diskquota = 100;
	wanted.disable_imap = 1;
	wanted.perm_maillist_moderators = VLIMIT_DISABLE_MODIFY;
	printf("%d", vlimits_write_limits_file(file, &wanted));
	vdefault_limits(&found);
	printf(" %d", vlimits_read_limits_file(file, &found));
	printf(" %d %d %llu %d %d %d", found.maxaliases, found.maxforwards, found.diskquota,
	       found.disable_imap, found.perm_maillist_moderators, vlimits_get_flag_mask(&found));
	printf(" %d", vset_limits(domain, &found));
	vdefault_limits(&found);
	printf(" %d", vget_limits(domain, &found));
	printf(" %d", found.maxaliases);
	printf(" %d", vdel_limits(domain));
	printf(" %d", vget_limits(domain, &found));
	printf(" %d", found.maxaliases);
	printf(" %d\n", vlimits_read_limits_file("/nowhere", &found));
	return 0;
}

static int own_flags(char *user, char *domain)
{
	struct vqpasswd *const pw = vauth_getpw(user, domain);

	if (pw == NULL)
		return 1;
	pw->pw_gid = NO_IMAP;
	vlimits_setflags(pw, domain);
	printf("%#x", (unsigned)pw->pw_flags);
	pw->pw_gid = NO_IMAP | V_OVERRIDE;
	vlimits_setflags(pw, domain);
	printf(" %#x\n", (unsigned)pw->pw_flags);
	return 0;
}

static int folders(char *top)
{
	char path[MAX_BUFF], text[] = "MiXeD@Example.ORG";

	snprintf(path, sizeof path, "%s/a/b", top);
	if (chdir(top) != 0)
		return 1;
	printf("%d", r_mkdir("a/b", getuid(), getgid()));
	printf(" %d %d", file_exists(path), r_chown(path, getuid(), getgid()));
	snprintf(path, sizeof path, "%s/a", top);
	printf(" %d", vdelfiles(path));
	printf(" %d %d", file_exists(path), vdelfiles(path));
	lowerit(text);
	printf(" %s %s", text, maildir_to_email("/v/domains/example.org/0/bob/Maildir/"));
	printf(" '%s'\n", maildir_to_email("/nothing"));
	return 0;
}

static int passwords(void)
{
	char crypted[MAX_PW_PASS + 1], short_of_room[4], text[21];
	char *const made = vgen_pass(12);
	struct vqpasswd pw = { .pw_passwd = crypted };

	printf("%d", mkpasswd3("a long password", crypted, sizeof crypted));
	printf(" %d", vauth_crypt("", "", "a long password", &pw));
	printf(" %d", mkpasswd3("a long password", short_of_room, sizeof short_of_room));
	printf(" %zu %zu", made == NULL ? 0 : strlen(made),
	       vrandom_pass(text, 20) == NULL ? 0 : strlen(text));
	printf(" %d\n", strchr("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			       randltr()) != NULL);
	free(made);
	return 0;
}

static int names(char *domain)
{
	char name[MAX_BUFF] = "bob", user[MAX_BUFF], found[MAX_BUFF];

	vset_default_domain(domain);
	printf("%s", default_domain());
	printf(" %d %s@%s", parse_email(name, user, found, MAX_BUFF), user, found);
	printf(" %d %d", is_username_valid("b.b"), is_username_valid("b b"));
	printf(" %d %d", is_domain_valid("new.example"), is_domain_valid("nodot"));
	printf(" %s|", format_maildirquota("10M,5C"));
	printf("%s|", format_maildirquota("NOQUOTA"));
	printf("%s|%s\n", format_maildirquota("junk"), get_remote_ip());
	return 0;
}

static int sizes(char *home, char *domain)
{
	char maildir[MAX_BUFF], file[MAX_BUFF + 16];
	storage_t bytes = 0, messages = 0;

	snprintf(maildir, sizeof maildir, "%s/Maildir", home);
	snprintf(file, sizeof file, "%s/maildirsize", maildir);
	printf("%d", readuserquota(maildir, &bytes, &messages));
	printf(" %llu %llu %d", bytes, messages, vmaildir_readquota(maildir, "1000S"));
	update_maildirsize(domain, home, "2000S");
	printf(" %d", vmaildir_readquota(maildir, "2000S"));
	printf(" %d", file_exists(file));
	remove_maildirsize(home);
	printf(" %d\n", file_exists(file));
	return 0;
}

int main(int argc, char **argv)
{
	const char *const word = argc > 1 ? argv[1] : "";
	char none[] = "";
	char *const a = argc > 2 ? argv[2] : none, *const b = argc > 3 ? argv[3] : none;
	int code = 100;

	if (strcmp(word, "accounts") == 0)
		code = accounts(a);
	else if (strcmp(word, "maps") == 0)
		code = maps(a);
	else if (strcmp(word, "limits") == 0)
		code = limits(a, b);
	else if (strcmp(word, "flags") == 0)
		code = own_flags(a, b);
	else if (strcmp(word, "folders") == 0)
		code = folders(a);
	else if (strcmp(word, "passwords") == 0)
		code = passwords();
	else if (strcmp(word, "names") == 0)
		code = names(a);
	else if (strcmp(word, "sizes") == 0)
		code = sizes(a, b);
	else if (strcmp(word, "end") == 0) {
		verrori = VA_USER_DOES_NOT_EXIST;
		return vexiterror(stdout, "The end.");
	}
	return code == 0 ? vexit(0) : code;
}
