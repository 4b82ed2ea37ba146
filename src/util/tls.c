/* TLS under a stream. */
#include <config.h>

#include "util/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "util/clock.h"
#include "util/text.h"

enum { WIRE_BLOCK = 16384 };

struct vm_tls_context {
	SSL_CTX *ssl_context;
};

/* OpenSSL works on two memory buffers; the wire is the stream's, so that deadlines hold inside records too. */
struct layer {
	SSL *ssl;
	BIO *incoming, *outgoing; /* owned by ssl */
};

static enum vm_status fail_ssl(struct vm_error *err, enum vm_status status, const char *what,
			       const char *name)
{
	const char *const reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return vm_fail(err, status, "%s %s: %s", what, name,
		       reason != NULL ? reason : "no reason given");
}

static enum vm_status load_files(SSL_CTX *ssl_context, const char *certificate_file,
				 const char *key_file, struct vm_error *err)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl_context, certificate_file) != 1)
		return fail_ssl(err, VM_MISCONFIG, "cannot use TLS certificate", certificate_file);
	if (SSL_CTX_use_PrivateKey_file(ssl_context, key_file, SSL_FILETYPE_PEM) != 1)
		return fail_ssl(err, VM_MISCONFIG, "cannot use TLS key", key_file);
	if (SSL_CTX_check_private_key(ssl_context) != 1)
		return fail_ssl(err, VM_MISCONFIG, "the TLS certificate does not fit key",
				key_file);
	return VM_OK;
}

/* The default would ask the terminal for a passphrase. */
static int no_passphrase(char *out, int size, int is_writing, void *context)
{
	(void)is_writing;
	(void)context;
	if (size > 0)
		out[0] = '\0';
	return 0;
}

enum vm_status vm_tls_context_new(struct vm_tls_context **context, const char *certificate_file,
				  const char *key_file, struct vm_error *err)
{
	struct vm_tls_context *const made = calloc(1, sizeof *made);
	enum vm_status status = VM_INTERNAL;

	*context = NULL;
	if (made == NULL)
		return vm_fail_memory(err);
	made->ssl_context = SSL_CTX_new(TLS_server_method());
	if (made->ssl_context == NULL) {
		status = fail_ssl(err, VM_TEMPFAIL, "cannot start", "OpenSSL");
		goto out;
	}
	SSL_CTX_set_options(made->ssl_context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
						       SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(made->ssl_context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb(made->ssl_context, no_passphrase);
	/* A process serves one connection: there is nobody to resume a session with. */
	SSL_CTX_set_session_cache_mode(made->ssl_context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(made->ssl_context, 0);
	if (SSL_CTX_set_min_proto_version(made->ssl_context, TLS1_2_VERSION) != 1)
		status = fail_ssl(err, VM_TEMPFAIL, "cannot demand", "TLS 1.2");
	else
		status = load_files(made->ssl_context, certificate_file, key_file, err);
out:
	*context = made;
	if (status != VM_OK)
		vm_tls_context_free(context);
	return status;
}

void vm_tls_context_free(struct vm_tls_context **context)
{
	if (*context != NULL)
		SSL_CTX_free((*context)->ssl_context);
	free(*context);
	*context = NULL;
}

/* Sends what OpenSSL has ready, in one write. */
static bool send_records(struct layer *layer, struct vm_stream *stream, int64_t deadline)
{
	char *bytes = NULL;
	const long length = BIO_get_mem_data(layer->outgoing, &bytes);

	if (length > 0 && vm_stream_wire_write(stream, bytes, (size_t)length, deadline) < 0)
		return false;
	if (length > 0)
		(void)BIO_reset(layer->outgoing); /* a memory BIO's cannot fail */
	return true;
}

/* 1, 0 at the end of input, -1 with errno. */
static int receive_records(struct layer *layer, struct vm_stream *stream, int64_t deadline)
{
	char block[WIRE_BLOCK];
	const ssize_t got = vm_stream_wire_read(stream, block, sizeof block, deadline);

	if (got <= 0)
		return (int)got;
	if (BIO_write(layer->incoming, block, (int)got) != got) {
		errno = ENOMEM;
		return -1;
	}
	return 1;
}

/*
 * After an SSL call that answered `result` <= 0: 1 = call it again, 0 = the connection has ended, -1 = errno
 * says why not (EPROTO for what OpenSSL refuses).
 */
static int serve(struct layer *layer, struct vm_stream *stream, int result, int64_t deadline)
{
	const int reason = SSL_get_error(layer->ssl, result);

	if (!send_records(layer, stream, deadline))
		return -1;
	if (reason == SSL_ERROR_WANT_READ)
		return receive_records(layer, stream, deadline);
	if (reason == SSL_ERROR_WANT_WRITE)
		return 1;
	if (reason == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = EPROTO;
	return -1;
}

static ssize_t tls_read(void *state, struct vm_stream *stream, void *bytes, size_t length,
			int64_t deadline)
{
	struct layer *const layer = state;

	for (;;) {
		int result = 0, served = 0;

		ERR_clear_error();
		result = SSL_read(layer->ssl, bytes, length > INT_MAX ? INT_MAX : (int)length);
		if (result > 0)
			/* An answer to a key update may be waiting. */
			return send_records(layer, stream, deadline) ? result : -1;
		served = serve(layer, stream, result, deadline);
		if (served <= 0)
			return served;
	}
}

static ssize_t tls_write(void *state, struct vm_stream *stream, const void *bytes, size_t length,
			 int64_t deadline)
{
	struct layer *const layer = state;
	const char *const from = bytes;
	size_t done = 0;

	while (done < length) {
		const size_t left = length - done;
		int result = 0;

		ERR_clear_error();
		result = SSL_write(layer->ssl, from + done, left > INT_MAX ? INT_MAX : (int)left);
		if (result > 0) {
			done += (size_t)result;
			continue;
		}
		result = serve(layer, stream, result, deadline);
		if (result == 0)
			errno = EPIPE;
		if (result <= 0)
			return -1;
	}
	return send_records(layer, stream, deadline) ? (ssize_t)length : -1;
}

static void tls_close(void *state, struct vm_stream *stream)
{
	struct layer *const layer = state;

	ERR_clear_error();
	if (!stream->is_broken && SSL_is_init_finished(layer->ssl)) {
		(void)SSL_shutdown(layer->ssl); /* our goodbye; theirs is not waited for */
		(void)send_records(layer, stream, vm_clock_monotonic_ms());
	}
	SSL_free(layer->ssl);
	free(layer);
	ERR_clear_error();
}

static const struct vm_stream_layer tls_layer = {
	.read = tls_read,
	.write = tls_write,
	.close = tls_close,
};

static struct layer *make_layer(struct vm_tls_context *context)
{
	struct layer *const layer = calloc(1, sizeof *layer);

	if (layer == NULL)
		return NULL;
	layer->ssl = SSL_new(context->ssl_context);
	layer->incoming = BIO_new(BIO_s_mem());
	layer->outgoing = BIO_new(BIO_s_mem());
	if (layer->ssl == NULL || layer->incoming == NULL || layer->outgoing == NULL) {
		SSL_free(layer->ssl);
		BIO_free(layer->incoming);
		BIO_free(layer->outgoing);
		free(layer);
		return NULL;
	}
	SSL_set_bio(layer->ssl, layer->incoming, layer->outgoing);
	SSL_set_accept_state(layer->ssl);
	return layer;
}

static enum vm_status shake_hands(struct layer *layer, struct vm_stream *stream,
				  struct vm_error *err)
{
	const int64_t deadline = vm_clock_monotonic_ms() + (int64_t)stream->timeout_seconds * 1000;

	for (;;) {
		int result = 0, served = 0;

		ERR_clear_error();
		result = SSL_do_handshake(layer->ssl);
		if (result == 1) {
			if (send_records(layer, stream, deadline))
				return VM_OK;
			return vm_fail_errno(err, errno, "TLS handshake");
		}
		served = serve(layer, stream, result, deadline);
		if (served == 0)
			return vm_fail(err, VM_TEMPFAIL,
				       "the client left during the TLS handshake");
		if (served < 0 && errno == EPROTO)
			return fail_ssl(err, VM_DENIED, "TLS handshake", "failed");
		if (served < 0)
			return vm_fail_errno(err, errno, "TLS handshake");
	}
}

enum vm_status vm_tls_start(struct vm_tls_context *context, struct vm_stream *stream,
			    struct vm_error *err)
{
	enum vm_status status = vm_stream_flush(stream, err);
	struct layer *layer = NULL;

	if (status != VM_OK)
		return status;
	layer = make_layer(context);
	if (layer == NULL)
		return vm_fail_memory(err);
	status = shake_hands(layer, stream, err);
	if (status != VM_OK) {
		SSL_free(layer->ssl);
		free(layer);
		return status;
	}
	vm_stream_set_layer(stream, &tls_layer, layer); /* and discards what came in the clear */
	return VM_OK;
}

void vm_tls_describe(const struct vm_stream *stream, char *out, size_t size)
{
	const struct layer *const layer = stream->layer_state;

	if (stream->layer != &tls_layer ||
	    !vm_text_format(out, size, "%s %s", SSL_get_version(layer->ssl),
			    SSL_get_cipher_name(layer->ssl)))
		(void)vm_text_copy(out, size, "");
}
