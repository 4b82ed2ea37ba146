# Fuzz targets of qmail's files and the cdb store.
FUZZ_TARGETS += tests/fuzz/fuzz_passwd_line tests/fuzz/fuzz_assign tests/fuzz/fuzz_journal tests/fuzz/fuzz_cdb
tests_fuzz_fuzz_passwd_line_SOURCES = tests/fuzz/fuzz_passwd_line.c $(FUZZ_MAIN)
tests_fuzz_fuzz_passwd_line_LDADD = $(CORE) $(FUZZ_LIBS)
tests_fuzz_fuzz_assign_SOURCES = tests/fuzz/fuzz_assign.c $(FUZZ_MAIN)
tests_fuzz_fuzz_assign_LDADD = $(CORE) $(CDB_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c $(FUZZ_MAIN)
tests_fuzz_fuzz_journal_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/cdb
tests_fuzz_fuzz_journal_LDADD = libvm_module_cdb.a $(CORE) $(CDB_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_cdb_SOURCES = tests/fuzz/fuzz_cdb.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cdb_LDADD = $(UTIL) $(CDB_LIBS) $(FUZZ_LIBS)
