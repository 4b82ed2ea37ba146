# Unit tests of the cdb module and of qmail's files, one program per subject.
if HAVE_CMOCKA
cdb_tests =
cdb_tests += test_assign_file
cdb_tests += test_assign_text
cdb_tests += test_control_file
cdb_tests += test_passwd_line
cdb_tests += test_cdb_accounts
cdb_tests += test_cdb_concurrency
cdb_tests += test_cdb_levels
cdb_tests += test_cdb_journal
check_PROGRAMS += $(cdb_tests)
TESTS += $(cdb_tests)
endif
EXTRA_DIST += tests/unit/cdb_site.h
CDB_TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/cdb
CDB_TEST_LIBS = libvm_module_cdb.a $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)

test_cdb_accounts_SOURCES = tests/unit/test_cdb_accounts.c
test_cdb_accounts_LDADD = $(CDB_TEST_LIBS)
test_assign_file_SOURCES = tests/unit/test_assign_file.c
test_assign_file_LDADD = $(CDB_TEST_LIBS)
test_assign_text_SOURCES = tests/unit/test_assign_text.c
test_assign_text_LDADD = $(CDB_TEST_LIBS)
test_control_file_SOURCES = tests/unit/test_control_file.c
test_control_file_LDADD = $(CDB_TEST_LIBS)
test_passwd_line_SOURCES = tests/unit/test_passwd_line.c
test_passwd_line_LDADD = $(CDB_TEST_LIBS)
test_cdb_journal_SOURCES = tests/unit/test_cdb_journal.c
test_cdb_journal_CPPFLAGS = $(CDB_TEST_CPPFLAGS)
test_cdb_journal_LDADD = $(CDB_TEST_LIBS)
test_cdb_levels_SOURCES = tests/unit/test_cdb_levels.c
test_cdb_levels_CPPFLAGS = $(CDB_TEST_CPPFLAGS)
test_cdb_levels_LDADD = $(CDB_TEST_LIBS)
test_cdb_concurrency_SOURCES = tests/unit/test_cdb_concurrency.c
test_cdb_concurrency_CPPFLAGS = $(CDB_TEST_CPPFLAGS)
test_cdb_concurrency_LDADD = $(CDB_TEST_LIBS)
