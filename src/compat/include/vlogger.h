/* The log of changes, as programs written for vpopmail 5.6 write it. See libvpopmail(3). */
#ifndef VPOPMAIL_VLOGGER_H
#define VPOPMAIL_VLOGGER_H

#ifdef __cplusplus
extern "C" {
#endif

/* A line in the log of the installation; 0. */
int logmessage(const char *command, const char *first, const char *second);

#ifdef __cplusplus
}
#endif
#endif
