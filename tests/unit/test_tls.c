/* tls.c: a client of OpenSSL's in a process of its own talks to us */
#include "config.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "support.h"
#include "util/tls.h"

struct files {
	char certificate[128], key[128];
};

/* A certificate signed by its own key, valid for a day. */
static void make_certificate(const struct test_folder *folder, struct files *files)
{
	EVP_PKEY *const key = EVP_EC_gen("P-256");
	X509 *const certificate = X509_new();
	FILE *file = NULL;

	(void)snprintf(files->certificate, sizeof files->certificate, "%s/cert.pem", folder->path);
	(void)snprintf(files->key, sizeof files->key, "%s/key.pem", folder->path);
	assert_non_null(key);
	assert_non_null(certificate);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400));
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	file = fopen(files->certificate, "w");
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	assert_int_equal(fclose(file), 0);
	file = fopen(files->key, "w");
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(file), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* The client: optional plain text, the handshake up to `maximum`, one line out, one line back; then a goodbye. */
static int run_client(int fd, const char *plain, int maximum)
{
	SSL_CTX *const context = SSL_CTX_new(TLS_client_method());
	SSL *const ssl = SSL_new(context);
	char reply[64] = "";
	int code = 1;

	if (send(fd, plain, strlen(plain), 0) != (ssize_t)strlen(plain))
		return 2;
	/* The server reads the plain text before the handshake begins. */
	if (*plain != '\0' && recv(fd, reply, 4, MSG_WAITALL) != 4)
		return 3;
	SSL_CTX_set_security_level(context, 0);
	SSL_set_security_level(ssl, 0);
	if (maximum != 0)
		SSL_set_max_proto_version(ssl, maximum);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) != 1)
		return 4;
	if (SSL_write(ssl, "hello\r\n", 7) == 7 && SSL_read(ssl, reply, sizeof reply) == 7 &&
	    memcmp(reply, "world\r\n", 7) == 0)
		code = SSL_shutdown(ssl) >= 0 ? 0 : 5;
	SSL_free(ssl);
	SSL_CTX_free(context);
	return code;
}

struct meeting {
	struct vm_stream stream;
	struct vm_tls_context *context;
	struct vm_error err;
	int ours;
	pid_t client;
};

static void begin(struct meeting *meeting, const struct test_folder *folder, const char *plain,
		  int maximum)
{
	struct files files;
	int ends[2];

	make_certificate(folder, &files);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	meeting->client = fork();
	if (meeting->client == 0) {
		close(ends[0]);
		_exit(run_client(ends[1], plain, maximum));
	}
	close(ends[1]);
	meeting->ours = ends[0];
	assert_int_equal(
		vm_stream_init(&meeting->stream, ends[0], ends[0], 1000, 20, &meeting->err), VM_OK);
	assert_int_equal(vm_tls_context_new(&meeting->context, files.certificate, files.key,
					    &meeting->err),
			 VM_OK);
}

static int end(struct meeting *meeting)
{
	int wait_status = 0;

	vm_stream_release(&meeting->stream);
	vm_tls_context_free(&meeting->context);
	close(meeting->ours);
	assert_int_equal(waitpid(meeting->client, &wait_status, 0), meeting->client);
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

static void serve_hello(struct meeting *meeting)
{
	struct vm_stream *const stream = &meeting->stream;
	struct vm_error *const err = &meeting->err;
	enum vm_line_end ending = VM_LINE_LF;
	char *line = NULL;
	size_t length = 0;

	assert_int_equal(vm_tls_start(meeting->context, stream, err), VM_OK);
	assert_int_equal(vm_stream_read_line(stream, &line, &length, &ending, err), VM_OK);
	assert_string_equal(line, "hello");
	assert_int_equal(vm_stream_write_text(stream, "world\r\n", err), VM_OK);
	assert_int_equal(vm_stream_flush(stream, err), VM_OK);
	assert_int_equal(vm_stream_read_line(stream, &line, &length, &ending, err), VM_NOT_FOUND);
}

static void lines_go_through_tls_1_3_and_1_2(void **state)
{
	static const int versions[] = { TLS1_3_VERSION, TLS1_2_VERSION };
	static const char *const names[] = { "TLSv1.3 ", "TLSv1.2 " };

	for (int i = 0; i < 2; i++) {
		struct meeting meeting;
		char text[100];

		begin(&meeting, *state, "", versions[i]);
		vm_tls_describe(&meeting.stream, text, sizeof text);
		assert_string_equal(text, "");
		serve_hello(&meeting);
		vm_tls_describe(&meeting.stream, text, sizeof text);
		assert_true(strncmp(text, names[i], strlen(names[i])) == 0);
		assert_int_equal(end(&meeting), 0);
	}
}

static void plain_text_sent_ahead_is_discarded(void **state)
{
	struct meeting meeting;
	enum vm_line_end ending = VM_LINE_LF;
	char *line = NULL;
	size_t length = 0;

	begin(&meeting, *state, "STLS\r\nUSER evil\r\nhalf a line", 0);
	assert_int_equal(
		vm_stream_read_line(&meeting.stream, &line, &length, &ending, &meeting.err), VM_OK);
	assert_string_equal(line, "STLS");
	assert_true(vm_stream_buffered(&meeting.stream) > 0);
	assert_int_equal(vm_stream_write_text(&meeting.stream, "+OK\n", &meeting.err), VM_OK);
	serve_hello(&meeting);
	assert_int_equal(end(&meeting), 0);
}

static void older_tls_is_denied(void **state)
{
	struct meeting meeting;

	begin(&meeting, *state, "", TLS1_1_VERSION);
	assert_int_equal(vm_tls_start(meeting.context, &meeting.stream, &meeting.err), VM_DENIED);
	assert_int_equal(end(&meeting), 4);
}

static void a_silent_client_runs_into_the_timeout(void **state)
{
	struct meeting meeting;
	struct files files;
	int ends[2];

	make_certificate(*state, &files);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(vm_stream_init(&meeting.stream, ends[0], ends[0], 100, 0, &meeting.err),
			 VM_OK);
	assert_int_equal(vm_tls_context_new(&meeting.context, files.certificate, files.key,
					    &meeting.err),
			 VM_OK);
	assert_int_equal(vm_tls_start(meeting.context, &meeting.stream, &meeting.err), VM_TEMPFAIL);
	assert_int_equal(meeting.err.sys_errno, ETIMEDOUT);
	vm_stream_release(&meeting.stream);
	vm_tls_context_free(&meeting.context);
	close(ends[0]);
	close(ends[1]);
}

static void bad_files_are_misconfigured_and_named(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_tls_context *context = NULL;
	struct vm_error err;
	struct files files;

	make_certificate(folder, &files);
	assert_int_equal(vm_tls_context_new(&context, "/nonexistent/cert", files.key, &err),
			 VM_MISCONFIG);
	assert_non_null(strstr(err.text, "/nonexistent/cert"));
	assert_null(context);
	assert_int_equal(vm_tls_context_new(&context, files.certificate, files.certificate, &err),
			 VM_MISCONFIG);
	write_test_file(folder->fd, "key.pem", "rubbish", 7);
	assert_int_equal(vm_tls_context_new(&context, files.certificate, files.key, &err),
			 VM_MISCONFIG);
	assert_non_null(strstr(err.text, "key.pem"));
	vm_tls_context_free(&context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(lines_go_through_tls_1_3_and_1_2),
		IN_FOLDER(plain_text_sent_ahead_is_discarded),
		IN_FOLDER(older_tls_is_denied),
		IN_FOLDER(a_silent_client_runs_into_the_timeout),
		IN_FOLDER(bad_files_are_misconfigured_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
