# The PostgreSQL driver, where libpq is.
if HAVE_PQ
noinst_LIBRARIES += libvm_pgsql.a
libvm_pgsql_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) -I$(srcdir)/auth-modules -I$(srcdir)/auth-modules/sql
libvm_pgsql_a_SOURCES =
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_answer.c
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_connect.c
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_driver.c auth-modules/pgsql/pgsql_driver.h
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_link.h
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_outcome.c auth-modules/pgsql/pgsql_outcome.h
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_placeholders.c auth-modules/pgsql/pgsql_placeholders.h
libvm_pgsql_a_SOURCES += auth-modules/pgsql/pgsql_run.c
endif
