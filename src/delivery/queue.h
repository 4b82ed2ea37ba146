/* Hands messages to qmail-queue, or to the program that stands for it. Source: qmail 1.2; decisions.md 20. */
#ifndef VM_DELIVERY_QUEUE_H
#define VM_DELIVERY_QUEUE_H

#include "core/config.h"
#include "util/child_process.h"

struct vm_queue_request {
	const struct vm_config *config;
	const char *sender; /* "" for what must not be answered */
	const char *const *recipients;
	size_t count;
	int seconds; /* to wait for it; 0: a day, as qmail-local does */
};

/*
 * Runs the program of QMAILQUEUE in the environment, else of the setting qmail_queue, else Q/bin/qmail-queue, with the message
 * of the descriptor, from its position on. VM_OK: it ran, *ended tells what it said (0: the message is queued). VM_TEMPFAIL.
 */
enum vm_status vm_queue_message(const struct vm_queue_request *request, int message,
				struct vm_child_result *ended, struct vm_error *err);

#endif
