# What all SQL modules share, with a driver of the test's own.
if HAVE_CMOCKA
check_PROGRAMS += test_sql_session
TESTS += test_sql_session
test_sql_session_SOURCES = tests/sql/test_sql_session.c
test_sql_session_CPPFLAGS = $(libvm_sql_a_CPPFLAGS)
test_sql_session_LDADD = libvm_sql.a $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
endif
