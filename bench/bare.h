/* What the bare programs share: the least that reads a cdb, a small file or the installation's settings. */
#ifndef VM_BENCH_BARE_H
#define VM_BENCH_BARE_H

#include <stddef.h>

enum { BARE_TEXT_MAX = 4096 };

/* 1 and the record's data with a NUL (BARE_TEXT_MAX bytes of room); 0 when there is none or the file is odd. */
int bare_look_up(const char *file, const char *key, char *data);

/* Opens, reads once and closes; 1 when the file is there. */
int bare_read_file(const char *folder, const char *name);

/* The domain's folder as Q/users/cdb says it, into BARE_TEXT_MAX bytes; 0 when it says nothing. */
int bare_domain_folder(const char *qmail, const char *domain, char *folder);

/* Opens with O_CREAT | O_EXCL, writes it all, fsyncs, closes; 1 when that went well. */
int bare_write_synced(const char *path, const char *bytes, size_t size);

/* fsync of a folder; 1 when that went well. */
int bare_sync_folder(const char *path);

/* A message into a Maildir: written to tmp, fsync, renamed to new, fsync of new; 1 when that went well. */
int bare_deliver(const char *maildir, unsigned long number, const char *bytes, size_t size);

#endif
