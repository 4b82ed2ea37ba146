# The store on PostgreSQL, where libpq is: linked in for tests, a shared object for programs, or linked into them.
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

noinst_LIBRARIES += libvm_module_pgsql.a
PGSQL_MODULE = -I$(srcdir)/auth-modules/sql -DVM_MODULE_NAME='"pgsql"' -DVM_DRIVER=vm_pgsql_driver
libvm_module_pgsql_a_CPPFLAGS = $(libvm_pgsql_a_CPPFLAGS) $(PGSQL_MODULE) -DVM_MODULE=vm_pgsql_module
libvm_module_pgsql_a_SOURCES = auth-modules/sql/module.c
if !STATIC_MODULES
authmodule_PROGRAMS += auth_pgsql.so
endif
auth_pgsql_so_CPPFLAGS = $(libvm_pgsql_a_CPPFLAGS) $(PGSQL_MODULE) -DVM_MODULE=vm_auth_module
auth_pgsql_so_SOURCES = auth-modules/sql/module.c
auth_pgsql_so_LDFLAGS = $(SHARED_OBJECT)
auth_pgsql_so_LDADD = libvm_pgsql.a libvm_sql.a $(CORE) $(CORE_LIBS) $(PQ_LIBS)
endif
