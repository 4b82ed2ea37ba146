/* vlmtpd: takes mail by LMTP and delivers it. */
#include <config.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/identity.h"
#include "delivery/lmtp_session.h"
#include "delivery/owner_keeper.h"
#include "delivery/spool.h"
#include "util/file.h"
#include "util/listener.h"
#include "util/option_table.h"
#include "util/packet.h"
#include "util/text.h"

enum { LISTENERS_MAX = 16, EXIT_USAGE = 100, EXIT_LATER = 111, DRAIN_SECONDS = 30 };

struct options {
	const char *listen;
	uint64_t processes;
};

static const struct vm_option rows[] = {
	{ 'l', "listen", VM_OPTION_TEXT, offsetof(struct options, listen), "ADDRESSES",
	  "127.0.0.1:24, [::1]:24 or unix:/path, blank between two (setting lmtp_listen)", 0, 0,
	  NULL },
	{ 'p', "processes", VM_OPTION_NUMBER, offsetof(struct options, processes), "N",
	  "processes that serve (setting lmtp_processes)", 0, 1000, NULL },
};

static const struct vm_option_table table = {
	"vlmtpd", "", "Takes mail by LMTP and delivers it.", rows, sizeof rows / sizeof rows[0],
	false
};

struct daemon {
	struct vm_config config;
	struct vm_log log;
	struct vm_store *store;
	struct vm_context context;
	struct vm_listener listeners[LISTENERS_MAX];
	size_t listener_count;
	char spool[VM_SPOOL_PATH_MAX];
	int keeper; /* the keeper's end of its socket; -1 without root */
	unsigned workers;
	struct vm_owner_client owners; /* the workers' end */
};

/* Each worker gives up root and opens the store for itself. */
static int begin_worker(void *opaque)
{
	struct daemon *const daemon = opaque;
	struct vm_error err;
	enum vm_status status = VM_OK;

	vm_file_discard(&daemon->keeper);
	if (geteuid() == 0)
		status = vm_identity_become(daemon->config.uid, daemon->config.gid, &err);
	if (status == VM_OK)
		status = vm_store_open(&daemon->config, true, &daemon->store, &err);
	if (status != VM_OK) {
		vm_log_error(&daemon->log, "event=start result=%s text=\"%s\"",
			     vm_status_name(status), err.text);
		return EXIT_LATER;
	}
	daemon->context = (struct vm_context){ .config = &daemon->config,
					       .store = daemon->store,
					       .log = &daemon->log };
	return 0;
}

/* Stays root: nothing of the network comes here but names of domains that the store has. */
static int keep(void *opaque)
{
	struct daemon *const daemon = opaque;
	const struct vm_owner_keeper keeper = { .config = &daemon->config,
						.log = &daemon->log,
						.socket = daemon->keeper,
						.children_max = 2 * daemon->workers };

	vm_file_discard(&daemon->owners.keeper); /* so that the end of all workers is seen */
	return vm_owner_keeper_run(&keeper);
}

/* Where we may become other users: the socket between workers and keeper, which outlives both. */
static enum vm_status prepare_keeper(struct daemon *daemon, struct vm_server *server,
				     struct vm_error *err)
{
	int ends[2] = { -1, -1 };
	enum vm_status status = VM_OK;

	if (geteuid() != 0)
		return VM_OK;
	status = vm_packet_pair(ends, err);
	if (status != VM_OK)
		return status;
	daemon->keeper = ends[0];
	daemon->owners.keeper = ends[1];
	daemon->workers = server->workers;
	server->helper = keep;
	return VM_OK;
}

static int serve(void *opaque, struct vm_connection *connection)
{
	struct daemon *const daemon = opaque;
	struct vm_stream stream;
	struct vm_error err;

	if (vm_stream_init(&stream, connection->fd, connection->fd, VM_LMTP_INPUT,
			   (int)daemon->config.io_timeout, &err) != VM_OK)
		return EXIT_LATER;
	vm_lmtp_session_run(&stream, &daemon->context, &daemon->owners, daemon->spool);
	vm_stream_release(&stream);
	return 0;
}

/* HUP: the addresses and the number of processes are those of the start; all else is read again by the new workers. */
static void reload(void *opaque)
{
	struct daemon *const daemon = opaque;
	struct vm_error err;
	enum vm_status status = vm_config_reload(&daemon->config, &err);

	if (status == VM_OK)
		status = vm_spool_folder(&daemon->config, daemon->spool, &err);
	if (status == VM_OK)
		status = vm_spool_prepare(&daemon->config, &err);
	if (status == VM_OK)
		vm_log_notice(&daemon->log, "event=reload");
	else
		vm_log_error(&daemon->log, "event=reload result=%s text=\"%s\"",
			     vm_status_name(status), err.text);
}

static enum vm_status socket_rights(const struct vm_config *config,
				    struct vm_listener_rights *rights, struct vm_error *err)
{
	uid_t ignored = 0;

	*rights = (struct vm_listener_rights){ .mode = (mode_t)config->socket_mode,
					       .group = (gid_t)-1 };
	if (config->socket_group[0] == '\0')
		return VM_OK;
	return vm_identity_lookup("", config->socket_group, &ignored, &rights->group, err);
}

static bool is_local(const char *address)
{
	return vm_text_starts_with(address, "127.") || vm_text_starts_with(address, "[::1]") ||
	       vm_text_starts_with(address, "unix:");
}

static enum vm_status listen_on(struct daemon *daemon, const char *addresses, struct vm_error *err)
{
	struct vm_listener_rights rights;
	enum vm_status status = socket_rights(&daemon->config, &rights, err);

	while (status == VM_OK && *(addresses += strspn(addresses, " ")) != '\0') {
		const size_t length = strcspn(addresses, " ");
		char address[VM_ADDRESS_TEXT_MAX];

		if (daemon->listener_count == LISTENERS_MAX ||
		    !vm_text_format(address, sizeof address, "%.*s", (int)length, addresses))
			return vm_fail(err, VM_INVALID, "too many addresses, or one too long");
		if (!is_local(address)) /* LMTP has no protection of its own */
			return vm_fail(err, VM_INVALID, "%s: LMTP is served on loopback only",
				       address);
		status = vm_listener_open(&daemon->listeners[daemon->listener_count], address,
					  &rights, err);
		daemon->listener_count += status == VM_OK;
		addresses += length;
	}
	if (status == VM_OK && daemon->listener_count == 0)
		return vm_fail(err, VM_INVALID,
			       "no address to listen on: set lmtp_listen or give -l");
	return status;
}

static enum vm_status run(struct daemon *daemon, const struct options *options,
			  struct vm_error *err)
{
	struct vm_server server = { .listeners = daemon->listeners,
				    .drain_seconds = DRAIN_SECONDS,
				    .log = &daemon->log,
				    .context = daemon,
				    .serve = serve,
				    .begin_worker = begin_worker,
				    .reload = reload };
	enum vm_status status = vm_config_load(vm_home_from_environment(), &daemon->config, err);

	if (status != VM_OK)
		return status;
	vm_log_open(&daemon->log, daemon->config.log_target, "vlmtpd");
	status = vm_spool_folder(&daemon->config, daemon->spool, err);
	if (status == VM_OK)
		status = vm_spool_prepare(&daemon->config, err);
	if (status == VM_OK)
		status = listen_on(daemon,
				   options->listen == NULL ? daemon->config.lmtp_listen
							   : options->listen,
				   err);
	server.listener_count = daemon->listener_count;
	server.workers = options->processes != 0 ? (unsigned)options->processes
						 : daemon->config.lmtp_processes;
	if (status == VM_OK)
		status = prepare_keeper(daemon, &server, err);
	if (status == VM_OK)
		status = vm_server_run(&server, err);
	for (size_t i = 0; i < daemon->listener_count; i++)
		vm_listener_close(&daemon->listeners[i]);
	vm_file_discard(&daemon->keeper);
	vm_file_discard(&daemon->owners.keeper);
	vm_log_close(&daemon->log);
	return status;
}

static void print_table(void (*print)(const struct vm_option_table *, struct vm_buf *), int fd)
{
	struct vm_buf text;
	struct vm_error ignored; /* there is nowhere else to say it */

	vm_buf_init(&text, 16 * 1024);
	print(&table, &text);
	(void)vm_file_write(fd, "the terminal", text.bytes, text.length, &ignored);
	vm_buf_release(&text);
}

int main(int argc, char **argv)
{
	struct options options = { .listen = NULL };
	struct vm_option_result parsed;
	static struct daemon daemon = { .keeper = -1, .owners = { .keeper = -1 } };
	struct vm_error err = { 0 };
	enum vm_status status = vm_option_parse(&table, argc, argv, &options, &parsed, &err);

	umask(077);
	if (status != VM_OK || parsed.count > 0) {
		print_table(vm_option_usage, STDERR_FILENO);
		return EXIT_USAGE;
	}
	if (parsed.wants_help || parsed.wants_version) {
		print_table(parsed.wants_help ? vm_option_usage : vm_option_version, STDOUT_FILENO);
		return 0;
	}
	status = run(&daemon, &options, &err);
	if (status != VM_OK)
		fprintf(stderr, "vlmtpd: %s\n", err.text);
	vm_store_close(&daemon.store);
	vm_config_release(&daemon.config);
	if (status == VM_OK)
		return 0;
	return vm_status_is_definite(status) ? EXIT_USAGE : EXIT_LATER;
}
