/* TLS, the server's side, as a layer under a stream (OpenSSL; only programs that call this link it). */
#ifndef VM_UTIL_TLS_H
#define VM_UTIL_TLS_H

#include "util/status.h"
#include "util/stream.h"

struct vm_tls_context; /* a certificate with its key, ready for use */

/*
 * Loads the certificate chain and the key (PEM files). TLS 1.2 and later, no renegotiation, no compression. This is
 * where OpenSSL is first used. VM_OK; VM_MISCONFIG when a file cannot be used, naming it; VM_TEMPFAIL without memory.
 */
enum vm_status vm_tls_context_new(struct vm_tls_context **context, const char *certificate_file,
				  const char *key_file, struct vm_error *err);

void vm_tls_context_free(struct vm_tls_context **context);

/*
 * Flushes the output (the reply that invites to TLS), discards every byte that was received before, shakes hands
 * within the stream's timeout and puts the layer in place. The context may be freed afterwards.
 * VM_OK; VM_DENIED when the client's TLS is not acceptable; VM_TEMPFAIL on errors of the connection: the
 * connection must then be closed.
 */
enum vm_status vm_tls_start(struct vm_tls_context *context, struct vm_stream *stream,
			    struct vm_error *err);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384" of a stream with this layer, or "" without; out of `size` bytes. */
void vm_tls_describe(const struct vm_stream *stream, char *out, size_t size);

#endif
