# The promises of auth_module.h and of the door, asked of every store module.
EXTRA_DIST += tests/conformance/stand.h tests/conformance/test_sql_promises.py
CONFORMANCE_LIBS = libvm_module_memory.a libvm_auth.a libvm_module_cdb.a $(SQL_MODULES) libvm_sql.a $(CORE) $(CORE_LIBS) \
	$(SQL_LIBS) $(CMOCKA_LIBS)
CONFORMANCE_CPPFLAGS = $(AM_CPPFLAGS) $(SQL_DEFINES)
if HAVE_CMOCKA
conformance_tests =
conformance_tests += tests/conformance/test_account_promises
conformance_tests += tests/conformance/test_domain_promises
conformance_tests += tests/conformance/test_door_promises
conformance_tests += tests/conformance/test_login_promises
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
tests_conformance_test_login_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_login_promises_LDADD = $(CONFORMANCE_LIBS)
tests_conformance_test_maybe_promises_CPPFLAGS = $(CONFORMANCE_CPPFLAGS)
tests_conformance_test_maybe_promises_LDADD = $(CONFORMANCE_LIBS)
