# The promises of auth_module.h and of the door, asked of every store module.
EXTRA_DIST += tests/conformance/stand.h tests/conformance/test_sql_promises.py
SQL_MODULES =
SQL_LIBS =
SQL_DEFINES =
if HAVE_SQLITE
SQL_MODULES += libvm_module_sqlite.a libvm_sqlite.a
SQL_LIBS += $(SQLITE_LIBS)
SQL_DEFINES += -DHAVE_SQLITE
endif
if HAVE_MARIADB
SQL_MODULES += libvm_module_mysql.a libvm_mysql.a
SQL_LIBS += $(MARIADB_LIBS)
SQL_DEFINES += -DHAVE_MARIADB
endif
if HAVE_PQ
SQL_MODULES += libvm_module_pgsql.a libvm_pgsql.a
SQL_LIBS += $(PQ_LIBS)
SQL_DEFINES += -DHAVE_PQ
endif
CONFORMANCE_LIBS = libvm_module_memory.a libvm_auth.a libvm_module_cdb.a $(SQL_MODULES) libvm_sql.a $(CORE) $(CORE_LIBS) \
	$(SQL_LIBS) $(CMOCKA_LIBS)
CONFORMANCE_CPPFLAGS = $(AM_CPPFLAGS) $(SQL_DEFINES)
if HAVE_CMOCKA
conformance_tests =
conformance_tests += tests/conformance/test_account_promises
conformance_tests += tests/conformance/test_domain_promises
conformance_tests += tests/conformance/test_door_promises
conformance_tests += tests/conformance/test_maybe_promises
check_PROGRAMS += $(conformance_tests)
TESTS += $(conformance_tests)
if HAVE_PQ
TESTS += tests/conformance/test_sql_promises.py
endif
endif

tests_conformance_test_account_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_account_promises_LDADD = $(CONFORMANCE_LIBS)
tests_conformance_test_domain_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_domain_promises_LDADD = $(CONFORMANCE_LIBS)
tests_conformance_test_door_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_door_promises_LDADD = $(CONFORMANCE_LIBS)
tests_conformance_test_maybe_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_maybe_promises_LDADD = $(CONFORMANCE_LIBS)
