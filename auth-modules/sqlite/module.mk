# The store on SQLite: linked in for tests, a shared object for programs, or linked into them.
if HAVE_SQLITE
noinst_LIBRARIES += libvm_sqlite.a libvm_module_sqlite.a
libvm_sqlite_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) -I$(srcdir)/auth-modules/sql
libvm_sqlite_a_SOURCES = auth-modules/sqlite/sqlite_driver.c auth-modules/sqlite/sqlite_driver.h \
	auth-modules/sqlite/sqlite_file.c
SQLITE_MODULE = -I$(srcdir)/auth-modules/sql -DVM_MODULE_NAME='"sqlite"' -DVM_DRIVER=vm_sqlite_driver
libvm_module_sqlite_a_CPPFLAGS = $(libvm_sqlite_a_CPPFLAGS) $(SQLITE_MODULE) -DVM_MODULE=vm_sqlite_module
libvm_module_sqlite_a_SOURCES = auth-modules/sql/module.c
if !STATIC_MODULES
authmodule_PROGRAMS += auth_sqlite.so
endif
auth_sqlite_so_CPPFLAGS = $(libvm_sqlite_a_CPPFLAGS) $(SQLITE_MODULE) -DVM_MODULE=vm_auth_module
auth_sqlite_so_SOURCES = auth-modules/sql/module.c
auth_sqlite_so_LDFLAGS = $(SHARED_OBJECT)
auth_sqlite_so_LDADD = libvm_sqlite.a libvm_sql.a $(CORE) $(CORE_LIBS) $(SQLITE_LIBS)
endif
