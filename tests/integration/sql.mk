# Whole-program tests of stores in SQL.
if HAVE_SQLITE
TESTS += tests/integration/test_vconvert.py tests/integration/test_vsync.py tests/integration/test_sql_programs.py
endif
EXTRA_DIST += tests/harness/stores.py tests/harness/mariadb.py
EXTRA_DIST += tests/integration/test_vconvert.py tests/integration/test_vsync.py tests/integration/test_sql_programs.py
