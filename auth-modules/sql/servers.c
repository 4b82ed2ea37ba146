/* Reads which servers a store talks to. */
#include <config.h>

#include "servers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/account.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/text.h"

enum {
	ARENA_MAX = 64 * 1024,
	OLD_FILE_MAX = 4096,
	OLD_FIELDS = 5,
	CONNECT_SECONDS = 5,
	ANSWER_SECONDS = 30,
	SECONDS_MAX = 3600,
	PORT_MAX = 65535,
	SECTION_MAX = 32
};

/* Where one role's settings are looked up: its own section, then the common one. */
struct source {
	const struct vm_config *config;
	const struct vm_sql_driver *driver;
	const char *role; /* "write", "read" */
	struct vm_arena *arena;
};

static const char *find(const struct source *source, const char *name)
{
	char section[SECTION_MAX];
	const char *value = NULL;

	if (vm_text_format(section, sizeof section, "%s.%s", source->driver->name, source->role))
		value = vm_config_get(source->config, section, name);
	return value != NULL ? value : vm_config_get(source->config, source->driver->name, name);
}

static const char *find_or(const struct source *source, const char *name, const char *fallback)
{
	const char *const value = find(source, name);

	return value != NULL ? value : fallback;
}

static enum vm_status find_number(const struct source *source, const char *name, uint64_t maximum,
				  unsigned int fallback, unsigned int *out, struct vm_error *err)
{
	const char *const text = find(source, name);
	uint64_t number = 0;

	*out = fallback;
	if (text == NULL)
		return VM_OK;
	if (!vm_text_parse_u64(text, maximum, &number) || number == 0)
		return vm_fail(err, VM_MISCONFIG, "[%s] %s = %s: a number from 1 to %llu is wanted",
			       source->driver->name, name, text, (unsigned long long)maximum);
	*out = (unsigned int)number;
	return VM_OK;
}

/* The n-th part of a list with commas, without the blanks around it; NULL behind the last. */
static const char *part(struct vm_arena *arena, const char *list, size_t index)
{
	const char *begin = list, *end = NULL;

	for (; index > 0; index--) {
		begin = strchr(begin, ',');
		if (begin == NULL)
			return NULL;
		begin++;
	}
	end = begin + strcspn(begin, ",");
	begin += strspn(begin, " \t");
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return vm_arena_strndup(arena, begin, (size_t)(end > begin ? end - begin : 0));
}

static const struct {
	const char *sslmode, *tls;
} ssl_modes[] = {
	{ "disable", "no" },  { "allow", "allow" },         { "prefer", "prefer" },
	{ "require", "yes" }, { "verify-ca", "authority" }, { "verify-full", "verify" },
};

/* mysql: tls = no|yes|verify; pgsql: libpq's names. */
static bool find_mode(bool is_pgsql, const char *mode, const char **tls)
{
	static const char *const mysql_modes[] = { "no", "yes", "verify" };

	for (size_t i = 0; is_pgsql && i < sizeof ssl_modes / sizeof *ssl_modes; i++)
		if (strcmp(mode, ssl_modes[i].sslmode) == 0)
			*tls = ssl_modes[i].tls;
	for (size_t i = 0; !is_pgsql && i < sizeof mysql_modes / sizeof *mysql_modes; i++)
		if (strcmp(mode, mysql_modes[i]) == 0)
			*tls = mysql_modes[i];
	return *tls != NULL;
}

static enum vm_status read_tls(const struct source *source, struct vm_sql_server *server,
			       struct vm_error *err)
{
	const bool is_pgsql = source->driver->dialect == VM_SQL_PGSQL;
	const char *const mode =
		find_or(source, is_pgsql ? "sslmode" : "tls", is_pgsql ? "prefer" : "no");

	server->tls_ca = find_or(source, is_pgsql ? "sslrootcert" : "tls_ca", "");
	server->tls_certificate = find_or(source, is_pgsql ? "sslcert" : "tls_certificate", "");
	server->tls_key = find_or(source, is_pgsql ? "sslkey" : "tls_key", "");
	server->tls = NULL;
	if (!find_mode(is_pgsql, mode, &server->tls))
		return vm_fail(err, VM_MISCONFIG, "[%s] %s = %s is not one of %s",
			       source->driver->name, is_pgsql ? "sslmode" : "tls", mode,
			       is_pgsql ? "disable allow prefer require verify-ca verify-full"
					: "no yes verify");
	return VM_OK;
}

static enum vm_status read_common(const struct source *source, struct vm_sql_server *server,
				  struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	*server = (struct vm_sql_server){ .host = "",
					  .socket = "",
					  .user = find_or(source, "user", "vpopmail"),
					  .password = find_or(source, "password", ""),
					  .database = find_or(source, "database", "vpopmail") };
	status = read_tls(source, server, err);
	if (status == VM_OK)
		status = find_number(source, "connect_timeout", SECONDS_MAX, CONNECT_SECONDS,
				     &server->connect_seconds, err);
	if (status == VM_OK)
		status = find_number(source, "answer_timeout", SECONDS_MAX, ANSWER_SECONDS,
				     &server->answer_seconds, err);
	return status;
}

static enum vm_status add_server(struct vm_sql_role *role, const struct vm_sql_server *server,
				 struct vm_error *err)
{
	if (role->count == VM_SQL_SERVERS_MAX)
		return vm_fail(err, VM_MISCONFIG, "more than %d servers", VM_SQL_SERVERS_MAX);
	role->items[role->count++] = *server;
	return VM_OK;
}

/* The n-th port of the list; a list of one holds for all. */
static enum vm_status read_port(const struct source *source, size_t index, unsigned int *out,
				struct vm_error *err)
{
	const char *const list = find_or(source, "port", "");
	const char *text = part(source->arena, list, index);
	uint64_t number = 0;

	*out = 0;
	if (text == NULL)
		text = part(source->arena, list, 0);
	if (text == NULL || text[0] == '\0')
		return VM_OK;
	if (!vm_text_parse_u64(text, PORT_MAX, &number))
		return vm_fail(err, VM_MISCONFIG, "[%s] port = %s is not a port",
			       source->driver->name, list);
	*out = (unsigned int)number;
	return VM_OK;
}

static enum vm_status add_hosts(const struct source *source, const struct vm_sql_server *common,
				const char *hosts, struct vm_sql_role *role, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK; i++) {
		const char *const host = part(source->arena, hosts, i);
		struct vm_sql_server server = *common;

		if (host == NULL)
			break;
		if (host[0] == '/')
			server.socket = host;
		else
			server.host = host;
		status = read_port(source, i, &server.port, err);
		if (status == VM_OK)
			status = add_server(role, &server, err);
	}
	return status;
}

static enum vm_status add_sockets(const struct source *source, const struct vm_sql_server *common,
				  const char *sockets, struct vm_sql_role *role,
				  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK; i++) {
		struct vm_sql_server server = *common;

		server.socket = part(source->arena, sockets, i);
		if (server.socket == NULL)
			break;
		status = add_server(role, &server, err);
	}
	return status;
}

static enum vm_status read_role(const struct source *source, struct vm_sql_role *role,
				struct vm_error *err)
{
	const char *const sockets = find(source, "socket");
	struct vm_sql_server common;
	enum vm_status status = read_common(source, &common, err);

	if (status == VM_OK && sockets != NULL && sockets[0] != '\0')
		return add_sockets(source, &common, sockets, role, err);
	return status == VM_OK
		       ? add_hosts(source, &common, find_or(source, "host", "localhost"), role, err)
		       : status;
}

static bool has_section(const struct vm_config *config, const char *name)
{
	for (size_t i = 0; i < config->entry_count; i++)
		if (strcmp(config->entries[i].section, name) == 0)
			return true;
	return false;
}

/* "HOST|PORT or /SOCKET|USER|PASSWORD|DATABASE". */
static enum vm_status parse_old_line(char *line, const char *path, const struct source *source,
				     struct vm_sql_server *server, struct vm_error *err)
{
	char *fields[OLD_FIELDS];
	uint64_t port = 0;
	enum vm_status status = read_common(source, server, err);

	if (status != VM_OK)
		return status;
	for (size_t i = 0; i < OLD_FIELDS; i++) {
		char *const bar = strchr(line, '|');

		fields[i] = line;
		if ((bar == NULL) != (i == OLD_FIELDS - 1))
			return vm_fail(err, VM_MISCONFIG,
				       "%s: a line is host|port|user|password|database", path);
		if (bar != NULL) {
			*bar = '\0';
			line = bar + 1;
		}
	}
	server->host = fields[0][0] == '\0' ? "localhost" : fields[0];
	if (fields[1][0] == '/') {
		server->socket = fields[1];
		server->host = "";
	} else if (fields[1][0] != '\0' && !vm_text_parse_u64(fields[1], PORT_MAX, &port)) {
		return vm_fail(err, VM_MISCONFIG, "%s: \"%s\" is not a port", path, fields[1]);
	}
	server->port = (unsigned int)port;
	server->user = fields[2];
	server->password = fields[3];
	server->database = fields[4];
	return VM_OK;
}

/* 5.4's first line is the server for reading, the second, when there is one, that for changes. */
static enum vm_status parse_old_file(const char *text, const char *path,
				     const struct source *source, struct vm_sql_servers *out,
				     struct vm_error *err)
{
	struct vm_sql_server servers[2];
	size_t count = 0;
	char *line = vm_arena_strdup(source->arena, text);

	if (line == NULL)
		return vm_fail_memory(err);
	while (*line != '\0' && count < 2) {
		const size_t length = strcspn(line, "\r\n");
		char *const next = line + length + (line[length] != '\0');
		enum vm_status status = VM_OK;

		line[length] = '\0';
		if (length > 0 && line[0] != '#')
			status = parse_old_line(line, path, source, &servers[count++], err);
		if (status != VM_OK)
			return status;
		line = next;
	}
	if (count == 0)
		return vm_fail(err, VM_MISCONFIG, "%s names no server", path);
	if (count == 2 && (strcmp(servers[0].host, servers[1].host) != 0 ||
			   strcmp(servers[0].socket, servers[1].socket) != 0 ||
			   servers[0].port != servers[1].port))
		out->replicas.items[out->replicas.count++] = servers[0];
	out->primaries.items[out->primaries.count++] = servers[count - 1];
	return VM_OK;
}

/* As etc/vpopmail.conf: who can read the file has the database. */
static enum vm_status check_old_rights(int etc, const char *name, const char *path,
				       struct vm_error *err)
{
	struct stat found;
	const enum vm_status status = vm_file_stat(etc, name, &found, err);

	if (status == VM_OK && (found.st_mode & S_IROTH) != 0)
		return vm_fail(err, VM_MISCONFIG,
			       "%s holds a password and can be read by others; chmod o-r it", path);
	return status;
}

/* VM_NOT_FOUND when there is no such file. */
static enum vm_status read_old_file(const struct source *source, struct vm_sql_servers *out,
				    struct vm_error *err)
{
	char folder[VM_PATH_MAX * 2], name[SECTION_MAX], path[VM_PATH_MAX * 2 + SECTION_MAX];
	struct vm_buf text;
	int etc = -1;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(folder, sizeof folder, "%s/etc", source->config->home) ||
	    !vm_text_format(name, sizeof name, "vpopmail.%s", source->driver->name) ||
	    !vm_text_format(path, sizeof path, "%s/%s", folder, name))
		return vm_fail(err, VM_MISCONFIG, "the path of etc is too long");
	vm_buf_init(&text, OLD_FILE_MAX);
	status = vm_file_open_folder(AT_FDCWD, folder, &etc, err);
	if (status == VM_OK)
		status = vm_file_read_all(etc, name, &text, err);
	if (status == VM_OK)
		status = check_old_rights(etc, name, path, err);
	if (status == VM_OK)
		status = parse_old_file(text.bytes, path, source, out, err);
	vm_file_discard(&etc);
	vm_buf_release(&text);
	return status;
}

static enum vm_status read_sqlite(const struct source *source, struct vm_sql_servers *out,
				  struct vm_error *err)
{
	struct vm_sql_server server;
	const char *file = find(source, "file");
	enum vm_status status = VM_INTERNAL;

	if (file == NULL)
		file = vm_arena_printf(source->arena, "%s/domains/_vpopmail.sqlite",
				       source->config->home);
	if (file == NULL)
		return vm_fail_memory(err);
	if (file[0] != '/')
		return vm_fail(err, VM_MISCONFIG, "[sqlite] file = %s is not an absolute path",
			       file);
	server = (struct vm_sql_server){ .host = "",
					 .socket = "",
					 .user = "",
					 .password = "",
					 .database = file,
					 .tls = "no",
					 .tls_ca = "",
					 .tls_certificate = "",
					 .tls_key = "" };
	status = find_number(source, "answer_timeout", SECONDS_MAX, ANSWER_SECONDS,
			     &server.answer_seconds, err);
	server.connect_seconds = server.answer_seconds;
	return status == VM_OK ? add_server(&out->primaries, &server, err) : status;
}

static enum vm_status read_roles(struct source *source, struct vm_sql_servers *out,
				 struct vm_error *err)
{
	char read[SECTION_MAX], write[SECTION_MAX];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(read, sizeof read, "%s.read", source->driver->name) ||
	    !vm_text_format(write, sizeof write, "%s.write", source->driver->name))
		return vm_fail(err, VM_INTERNAL, "a driver's name is too long");
	if (!has_section(source->config, source->driver->name) &&
	    !has_section(source->config, write)) {
		status = read_old_file(source, out, err);
		if (status != VM_NOT_FOUND)
			return status;
	}
	status = read_role(source, &out->primaries, err);
	if (status != VM_OK || !has_section(source->config, read))
		return status;
	source->role = "read";
	return read_role(source, &out->replicas, err);
}

enum vm_status vm_sql_servers_read(const struct vm_config *config,
				   const struct vm_sql_driver *driver, struct vm_sql_servers *out,
				   struct vm_error *err)
{
	struct source source = {
		.config = config, .driver = driver, .role = "write", .arena = &out->arena
	};
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_sql_servers){ .primaries.count = 0 };
	vm_arena_init(&out->arena, ARENA_MAX);
	status = driver->dialect == VM_SQL_SQLITE ? read_sqlite(&source, out, err)
						  : read_roles(&source, out, err);
	for (size_t i = 0; i < out->primaries.count; i++)
		out->primaries.items[i].wants_writable = true;
	if (status != VM_OK)
		vm_sql_servers_release(out);
	return status;
}

void vm_sql_servers_release(struct vm_sql_servers *servers)
{
	vm_arena_release(&servers->arena);
}
