/* What accounts and domains store, as programs written for the usage daemon of vpopmail 5.4 ask. See libvpopmail(3). */
#ifndef VPOPMAIL_CLIENT_H
#define VPOPMAIL_CLIENT_H

#include <stdint.h>

#include "storage.h"

#ifdef __cplusplus
extern "C" {
#endif

/* There is no daemon: the store is asked, or Maildir/maildirsize. NULL where it cannot be. */
void *client_connect(void);
/* name: user@domain or @domain, `length` bytes. 1; 0 when it failed. Of whom nothing is known both are (storage_t)-1. */
int client_query(void *handle, const char *name, uint16_t length, storage_t *bytes,
		 storage_t *messages);
int client_query_quick(const char *name, storage_t *bytes, storage_t *messages);
void client_close(void *handle);

#ifdef __cplusplus
}
#endif
#endif
