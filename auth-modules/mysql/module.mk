# The store on MySQL and MariaDB, where libmariadb is: linked in for tests, a shared object for programs, or linked into them.
if HAVE_MARIADB
noinst_LIBRARIES += libvm_mysql.a libvm_module_mysql.a
libvm_mysql_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS) -I$(srcdir)/auth-modules -I$(srcdir)/auth-modules/sql
libvm_mysql_a_SOURCES =
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_connect.c
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_watch.c
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_watch.h
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_driver.c auth-modules/mysql/mysql_driver.h
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_link.h
libvm_mysql_a_SOURCES += auth-modules/mysql/mysql_outcome.c auth-modules/mysql/mysql_outcome.h
MYSQL_MODULE = -I$(srcdir)/auth-modules/sql -DVM_MODULE_NAME='"mysql"' -DVM_DRIVER=vm_mysql_driver
libvm_module_mysql_a_CPPFLAGS = $(libvm_mysql_a_CPPFLAGS) $(MYSQL_MODULE) -DVM_MODULE=vm_mysql_module
libvm_module_mysql_a_SOURCES = auth-modules/sql/module.c
if !STATIC_MODULES
authmodule_PROGRAMS += auth_mysql.so
endif
auth_mysql_so_CPPFLAGS = $(libvm_mysql_a_CPPFLAGS) $(MYSQL_MODULE) -DVM_MODULE=vm_auth_module
auth_mysql_so_SOURCES = auth-modules/sql/module.c
auth_mysql_so_LDFLAGS = $(SHARED_OBJECT)
auth_mysql_so_LDADD = libvm_mysql.a libvm_sql.a $(CORE) $(CORE_LIBS) $(MARIADB_LIBS)
endif
