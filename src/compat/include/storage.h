/* How bytes and messages are counted. */
#ifndef VPOPMAIL_STORAGE_H
#define VPOPMAIL_STORAGE_H

typedef unsigned long long storage_t;

#endif
