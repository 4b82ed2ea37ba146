/* Questions that panels ask about names, as programs written for vpopmail 5.6 know them. See libvpopmail(3). */
#ifndef VPOPMAIL_VUTIL_H
#define VPOPMAIL_VUTIL_H

#ifdef __cplusplus
extern "C" {
#endif

/* 1 or 0; where nobody can tell 0, and verrori is not 0. `path` is the domain's folder. */
int isExistingUser(char *name, char *domain);
/* A forward, no robot and no list, and not "default". */
int isExistingAlias(char *path, char *name, char *domain);
int isExistingRobot(char *path, char *name);
int isValidMailList(char *path, char *name);
/* Any of them. */
int isExistingAddress(char *domain, char *name, char *path);
/* One of qmail's own aliases: Q/alias/.qmail-NAME, or .qmail-NAME-default. */
int isQmailAlias(char *name);
/* Any of all these. */
int isExistingAnyAddress(char *domain, char *name, char *path);
int file_exists(char *path);
/* Every `from` in the text becomes `to`. */
void str_replace(char *text, char from, char to);

#ifdef __cplusplus
}
#endif
#endif
