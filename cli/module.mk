# cli: the command-line programs.
noinst_LIBRARIES += libvm_main.a
libvm_main_a_SOURCES =
libvm_main_a_SOURCES += cli/home.c
libvm_main_a_SOURCES += cli/home.h
libvm_main_a_CPPFLAGS = $(AM_CPPFLAGS) -DVM_DEFAULT_HOME='"$(prefix)"'
