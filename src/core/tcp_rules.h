/*
 * tcpserver's rules as text (tcp.smtp) and as the cdb that tcpserver reads. Source: tcprules(1) of ucspi-tcp 0.88, whose
 * output this is byte for byte; addresses of IPv6 as ucspi-tcp-ipv6 has them.
 */
#ifndef VM_CORE_TCP_RULES_H
#define VM_CORE_TCP_RULES_H

#include <stddef.h>

#include "util/cdb_file.h"
#include "util/status.h"

/*
 * Compiles lines `ADDRESS:allow|deny[,NAME="VALUE"...]` into the writer: blanks at the end of a line, lines without a colon
 * and those that begin with # are ignored; a range of numbers in ADDRESS ("10.0.0.1-9", "10.1-3.") becomes one record
 * each. VM_INVALID, with `name` and the line's number, for a line that tcprules refuses or a range beyond 255.
 */
enum vm_status vm_tcp_rules_compile(struct vm_cdb_writer *writer, const char *name,
				    const char *text, size_t length, struct vm_error *err);

#endif
