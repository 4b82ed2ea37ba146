/* A client that calls the functions which admin programs used besides those of a panel: one for each word of its command line. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "maildirquota.h"
#include "pwstr.h"
#include "vauth.h"
#include "vlogger.h"
#include "vpopmail.h"
#include "vutil.h"

static const uid_t nobody = (uid_t)-1;
static const gid_t no_group = (gid_t)-1;

static int number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static int places(char *domain, int count)
{
	const char *path = "";

	if (open_big_dir(domain, nobody, no_group) != 0)
		return printf("%d none\n", verrori) < 0;
	printf("%lu %d '%s'", vdir.cur_users, vdir.level_max, vdir.the_dir);
	for (int i = 0; i < count && path != NULL; i++)
		path = next_big_dir(nobody, no_group);
	printf(" %lu '%s'", vdir.cur_users, path);
	if (close_big_dir(domain, nobody, no_group) != 0 || next_big_dir(nobody, no_group) != NULL)
		return 1;
	if (count > 0 && dec_dir_control(domain, nobody, no_group) != 0)
		return 1;
	if (vread_dir_control(&vdir, domain, nobody, no_group) != 0)
		return 1;
	printf(" %lu\n", vdir.cur_users);
	return 0;
}

static int record(char *domain)
{
	vdir_type kept = { .cur_users = 7, .the_dir = "3/k" };

	if (vwrite_dir_control(&kept, domain, nobody, no_group) != 0 ||
	    vread_dir_control(&vdir, domain, nobody, no_group) != 0)
		return 1;
	print_control();
	printf("%s", inc_dir(&vdir, 0));
	vdir.cur_users = 199;
	printf(" %d", inc_dir_control(&vdir));
	printf(" %lu %s %c %c %c\n", vdir.cur_users, vdir.the_dir, next_char('9', 0, 61),
	       next_char('Z', 0, 61), next_char('z', 0, 61));
	snprintf(kept.the_dir, sizeof kept.the_dir, "../..");
	if (vwrite_dir_control(&kept, domain, nobody, no_group) == 0 ||
	    vdel_dir_control(domain) != 0)
		return 1;
	return places(domain, 0);
}

static int control(char *alias, char *real, char *dir, unsigned uid, unsigned gid)
{
	char *names[] = { alias };
	char name[MAX_PW_DOMAIN + 1], found[MAX_BUFF];
	const int before = count_rcpthosts();

	printf("%d", add_domain_assign(alias, real, dir, uid, gid));
	printf(" %d", add_domain_assign(alias, real, dir, uid, gid));
	printf(" %d", add_domain_assign(alias, real, "/elsewhere", uid, gid));
	snprintf(name, sizeof name, "%s", alias);
	if (vget_assign(name, found, sizeof found, NULL, NULL) == NULL)
		return 1;
	printf(" %s %d %d %d", name, count_rcpthosts() - before, update_newu(),
	       compile_morercpthosts());
	printf(" %d", del_control(names, 1));
	printf(" %d", del_domain_assign(names, 1, real, dir, uid, gid));
	snprintf(name, sizeof name, "%s", alias);
	printf(" %s %d\n", vget_assign(name, NULL, 0, NULL, NULL) == NULL ? "gone" : name,
	       count_rcpthosts() - before);
	return 0;
}

static int lines(char *file, char *kind, char *line, char *other)
{
	char *both[] = { line, other };

	printf("%d", update_file(file, line, number(kind)));
	printf(" %d", update_file(file, line, number(kind)));
	printf(" %d\n", other[0] == '\0' ? -2 : remove_lines(file, both, 2));
	return 0;
}

static int alias_rows(char *real, char *alias)
{
	char name[MAX_PW_DOMAIN + 1];

	snprintf(name, sizeof name, "%s", alias);
	printf("%d", vcreate_sql_aliasdomain(real, alias));
	printf(" %d", vcreate_sql_aliasdomain(alias, real));
	printf(" %d %s", vget_real_domain(name, sizeof name), name);
	printf(" %d", vdelete_sql_aliasdomain(alias));
	printf(" %d", vdelete_sql_aliasdomain(alias));
	printf(" %d\n", vdelete_sql_aliasdomain(real));
	return 0;
}

static int texts(void)
{
	char buffer[64], dots[] = "a.b.c", numbers[16];
	string_list list;
	struct linklist *first = linklist_add(NULL, "one", NULL), *second = NULL;

	if (first == NULL || string_list_init(&list, 1) != 1)
		return 1;
	for (int i = 0; i < 5; i++) {
		snprintf(numbers, sizeof numbers, "%d", i);
		string_list_add(&list, numbers);
	}
	printf("%d %s%s\n", list.count, list.values[0], list.values[4]);
	string_list_free(&list);
	second = linklist_add(first, "two", "2");
	printf("%s %s %s\n", first->next->data, second->d2, first->d2 == NULL ? "none" : first->d2);
	first = linklist_del(first);
	printf("%s", first->data);
	printf(" %s\n", linklist_del(first) == NULL ? "end" : "more");
	printf("%d", qnprintf(buffer, sizeof buffer, "'%s' %d %lu %lld %c%%", "o'\"\\", -1, 2UL,
			      -3LL, 'x'));
	printf(" %s\n", buffer);
	printf("%d", qnprintf(buffer, 4, "%s", "abcd"));
	printf(" [%s]", buffer);
	printf(" %d [%s]\n", qnprintf(buffer, sizeof buffer, "%p", (void *)buffer), buffer);
	str_replace(dots, '.', ':');
	printf("%s %d%d%d%d\n", dots, vvalidchar('a'), vvalidchar('.'), vvalidchar('%'),
	       vvalidchar(' '));
	printf("%s|", verror(VA_PARSE_ERROR03));
	printf("%s|", verror(VA_PARSE_ERROR10));
	printf("%s\n", verror(-56));
	printf("%s", date_header());
	return 0;
}

static int descriptors(void)
{
	int ends[2];
	char byte = 0;

	if (pipe(ends) != 0 || vfd_copy(20, ends[1]) != 0 || vfd_move(21, ends[0]) != 0)
		return 1;
	if (write(20, "x", 1) != 1 || read(21, &byte, 1) != 1)
		return 1;
	printf("%c %d %d %d\n", byte, read(ends[0], &byte, 1) < 0, vfd_copy(22, 99),
	       vfd_move(21, 21));
	return 0;
}

static int entries(const char *file)
{
	FILE *const stream = fopen(file, "r");
	struct vqpasswd *pw = stream == NULL ? NULL : vgetent(stream);
	char domain[] = "example.org", name[70] = "";

	for (; pw != NULL; pw = vgetent(stream))
		printf("%s %u %s %d\n", pw->pw_name, (unsigned)pw->pw_gid, pw->pw_dir,
		       vcheck_vqpw(pw, domain));
	printf("end %d", verrori);
	memset(name, 'x', sizeof name - 1);
	printf(" %d", vcheck_vqpw(NULL, domain));
	printf(" %d\n", vcheck_vqpw(&(struct vqpasswd){ .pw_name = name,
							.pw_passwd = name,
							.pw_gecos = name,
							.pw_dir = name,
							.pw_shell = name },
				    domain));
	return stream == NULL || fclose(stream) != 0;
}

static int exists(char *path, char *domain, char *name)
{
	printf("%d%d%d%d%d%d", isExistingUser(name, domain), isExistingAlias(path, name, domain),
	       isExistingRobot(path, name), isValidMailList(path, name),
	       isExistingAddress(domain, name, path), isQmailAlias(name));
	printf("%d", isExistingAnyAddress(domain, name, path));
	printf(" %d\n", verrori);
	return 0;
}

static int relay(void)
{
	printf("%d", vopen_smtp_relay());
	printf(" %d %d\n", vopen_smtp_relay(), update_rules());
	fflush(stdout);
	vupdate_rules(STDOUT_FILENO);
	return 0;
}

static int usage(const char *name)
{
	storage_t bytes = 1, messages = 1;
	void *const handle = client_connect();
	const int code = handle == NULL ? 0
					: client_query(handle, name, (uint16_t)strlen(name), &bytes,
						       &messages);

	client_close(handle);
	printf("%d %lld %lld %d\n", code, (long long)bytes, (long long)messages,
	       client_query_quick(name, &bytes, &messages));
	return 0;
}

static int room(const char *maildir, const char *quota)
{
	storage_t bytes = 1, messages = 1;

	printf("%d", readdomainquota(maildir, &bytes, &messages));
	printf(" %llu %llu %d", bytes, messages, user_over_maildirquota(maildir, quota));
	printf(" %d %d", domain_over_maildirquota(maildir), vmaildir_readquota(maildir, quota));
	printf(" %d", maildir_addquota(maildir, -1, quota, 10, 1));
	printf(" %d %d\n", readuserquota(maildir, &bytes, &messages), verrori);
	return 0;
}

/* What each function that answers without a VA code says of one who may or may not be there. */
static int maybe(char *user, char *domain)
{
	char a[MAX_BUFF], b[MAX_BUFF];
	struct vlimits limits;
	storage_t bytes = 0, messages = 0;

#define TELL(what)                               \
	do {                                     \
		verrori = 99;                    \
		printf("%s", (what) ? "y" : ""); \
		printf("%d ", verrori);          \
	} while (0)
	TELL(vauth_getpw(user, domain) != NULL);
	TELL(vauth_user(user, domain, "wrong", "") != NULL);
	TELL(vauth_getall(domain, 1, 0) != NULL);
	snprintf(a, sizeof a, "%s", domain);
	TELL(vget_assign(a, b, sizeof b, NULL, NULL) != NULL);
	snprintf(a, sizeof a, "%s", domain);
	TELL(vget_real_domain(a, sizeof a) == 0);
	TELL(valias_select(user, domain) != NULL);
	TELL(valias_select_all(a, domain) != NULL);
	TELL(valias_select_names(domain) != NULL);
	TELL(get_domain_entries(domain) != NULL);
	TELL(vget_limits(domain, &limits) == 0);
	TELL(isExistingUser(user, domain));
	TELL(open_big_dir(domain, nobody, no_group) == 0);
	snprintf(a, sizeof a, "%s@%s", user, domain);
	TELL(client_query_quick(a, &bytes, &messages) && bytes != (storage_t)-1);
	printf("%d %s\n", vauth_open(0), sqlerr[0] == '\0' ? "-" : "why");
	return vsqlerror(stderr, "sqlerr") != 0;
}

static int ask(const char *word, char **words)
{
	char *const a = words[0], *const b = words[1], *const c = words[2];

	if (strcmp(word, "places") == 0)
		return places(a, number(b));
	if (strcmp(word, "record") == 0)
		return record(a);
	if (strcmp(word, "control") == 0)
		return control(a, b, c, (unsigned)number(words[3]), (unsigned)number(words[4]));
	if (strcmp(word, "lines") == 0)
		return lines(a, b, c, words[3]);
	if (strcmp(word, "aliasrows") == 0)
		return alias_rows(a, b);
	if (strcmp(word, "texts") == 0)
		return texts();
	if (strcmp(word, "descriptors") == 0)
		return descriptors();
	if (strcmp(word, "entries") == 0)
		return entries(a);
	if (strcmp(word, "exists") == 0)
		return exists(a, b, c);
	if (strcmp(word, "relay") == 0)
		return relay();
	return strcmp(word, "usage") == 0 ? usage(a) : -1;
}

static int act(const char *word, char **words)
{
	char *const a = words[0], *const b = words[1];

	if (strcmp(word, "room") == 0)
		return room(a, b);
	if (strcmp(word, "maybe") == 0)
		return maybe(a, b);
	if (strcmp(word, "signal") == 0)
		return printf("%d %d %d\n", signal_process("qmail-send", SIGHUP),
			      signal_process("qmail-send", SIGKILL),
			      signal_process("init", SIGHUP)) < 0;
	if (strcmp(word, "tell") == 0)
		return call_onchange(a, b, words[2], words[3]);
	if (strcmp(word, "webmail") == 0)
		return vsqwebmail_pass(a, b, getuid(), getgid()) != VA_SUCCESS;
	if (strcmp(word, "log") == 0)
		return logmessage(a, b, words[2]) != 0 ||
		       logsql(3, a, b, "secret", a, "192.0.2.9", "wrong password") != 0;
	if (strcmp(word, "password") == 0) {
		char pass[20];

		vgetpasswd(a, pass, sizeof pass);
		printf("got '%s' %d %s\n", pass, pw_strength(pass), pw_strength_error());
		return 0;
	}
	return 100;
}

int main(int argc, char **argv)
{
	char none[] = "";
	char *words[7] = { none, none, none, none, none, none, none };
	int code = 0;

	for (int i = 1; i < argc && i <= 7; i++)
		words[i - 1] = argv[i];
	code = ask(words[0], words + 1);
	if (code < 0)
		code = act(words[0], words + 1);
	vclose();
	return code;
}
