# Faults in the cdb store.
check_PROGRAMS += tests/faults/cdb_change
tests_faults_cdb_change_SOURCES = tests/faults/cdb_change.c
tests_faults_cdb_change_LDADD = libvm_module_cdb.a $(CORE) $(CDB_LIBS)
EXTRA_DIST += tests/faults/test_cdb.py tests/faults/test_commands.py tests/faults/test_vcheck.py
TESTS += tests/faults/test_cdb.py tests/faults/test_commands.py tests/faults/test_vcheck.py
