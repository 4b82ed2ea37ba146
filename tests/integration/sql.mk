# Whole-program tests of stores in SQL.
if HAVE_SQLITE
TESTS += tests/integration/test_vsync.py
endif
EXTRA_DIST += tests/harness/sqlite_store.py tests/integration/test_vsync.py
