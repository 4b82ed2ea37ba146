/* Where the installation is: the one thing that a program must know before it can read its settings. */
#ifndef VM_CLI_HOME_H
#define VM_CLI_HOME_H

/*
 * The vpopmail home V: VPOPMAIL_HOME of the environment when it is an absolute path and the program gained no
 * privilege by its file's mode (secure_getenv), else the folder named at build time. Never NULL.
 */
const char *vm_home_from_environment(void);

#endif
