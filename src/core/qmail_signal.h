/* Tells qmail-send that locals and virtualdomains have changed. Source: qmail 1.4; docs/compatibility.md. */
#ifndef VM_CORE_QMAIL_SIGNAL_H
#define VM_CORE_QMAIL_SIGNAL_H

#include "util/status.h"

/*
 * SIGHUP to every process whose executable (/proc/PID/exe) is Q/bin/qmail-send, and to no other. None running is
 * VM_OK. *signalled (may be NULL) counts them. VM_TEMPFAIL when /proc cannot be read or a signal is refused.
 */
enum vm_status vm_qmail_send_reload(const char *qmail_dir, unsigned int *signalled,
				    struct vm_error *err);

#endif
