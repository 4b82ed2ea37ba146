# What all SQL modules share. A module is a shared object that takes its parts in whole.
noinst_LIBRARIES += libvm_sql.a
libvm_sql_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/sql
libvm_sql_a_SOURCES =
libvm_sql_a_SOURCES += auth-modules/sql/outcome.c auth-modules/sql/outcome.h
libvm_sql_a_SOURCES += auth-modules/sql/sql_driver.h
