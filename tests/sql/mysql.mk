# Tests of the MySQL driver. The one that needs a server is run by the Python test that starts one.
if HAVE_MARIADB
if HAVE_CMOCKA
MYSQL_TEST_CPPFLAGS = $(libvm_mysql_a_CPPFLAGS) -I$(srcdir)/auth-modules/mysql
check_PROGRAMS += test_mysql_driver
TESTS += tests/integration/test_mysql_driver.py
TESTS += tests/integration/test_mysql_impostor.py
test_mysql_driver_SOURCES = tests/sql/test_mysql_driver.c tests/sql/talk.c tests/sql/talk.h
test_mysql_driver_CPPFLAGS = $(MYSQL_TEST_CPPFLAGS)
test_mysql_driver_LDADD = libvm_mysql.a libvm_sql.a $(CORE) $(CORE_LIBS) $(MARIADB_LIBS) $(JSON_LIBS) $(CMOCKA_LIBS)
endif
endif
EXTRA_DIST += tests/integration/test_mysql_driver.py tests/integration/test_mysql_impostor.py tests/harness/mysql_link.py tests/harness/sql_link.py
