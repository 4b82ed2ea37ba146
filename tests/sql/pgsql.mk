# Tests of the PostgreSQL driver. The one that needs a server is run by the Python test that starts one.
if HAVE_PQ
if HAVE_CMOCKA
PGSQL_TEST_CPPFLAGS = $(libvm_pgsql_a_CPPFLAGS) -I$(srcdir)/auth-modules/pgsql
check_PROGRAMS += test_pgsql_driver test_pgsql_parts
TESTS += test_pgsql_parts tests/integration/test_pgsql_driver.py
test_pgsql_driver_SOURCES = tests/sql/test_pgsql_driver.c tests/sql/talk.c tests/sql/talk.h
test_pgsql_driver_CPPFLAGS = $(PGSQL_TEST_CPPFLAGS)
test_pgsql_driver_LDADD = libvm_pgsql.a libvm_sql.a $(CORE) $(CORE_LIBS) $(PQ_LIBS) $(JSON_LIBS) $(CMOCKA_LIBS)
test_pgsql_parts_SOURCES = tests/sql/test_pgsql_parts.c
test_pgsql_parts_CPPFLAGS = $(PGSQL_TEST_CPPFLAGS)
test_pgsql_parts_LDADD = libvm_pgsql.a $(UTIL) $(CMOCKA_LIBS)
endif
endif
EXTRA_DIST += tests/integration/test_pgsql_driver.py
