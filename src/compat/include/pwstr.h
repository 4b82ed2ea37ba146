/* Which passwords may be chosen, as programs written for vpopmail 5.6 ask. See libvpopmail(3). */
#ifndef VPOPMAIL_PWSTR_H
#define VPOPMAIL_PWSTR_H

#ifdef __cplusplus
extern "C" {
#endif

/* 1: may be chosen; else VA_PWSTR_... and the text. */
int pw_strength(const char *password);
const char *pw_strength_error(void);
const char *pw_strength_policy(void);

#ifdef __cplusplus
}
#endif
#endif
