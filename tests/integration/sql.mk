# Whole-program tests of stores in SQL.
if HAVE_SQLITE
TESTS += tests/integration/test_vconvert.py
TESTS += tests/integration/test_vimport.py
TESTS += tests/integration/test_migration.py
TESTS += tests/integration/test_vsync.py
TESTS += tests/integration/test_sql_programs.py
TESTS += tests/integration/test_vschema.py
TESTS += tests/integration/test_usage.py
TESTS += tests/integration/test_sql_cuts.py
TESTS += tests/integration/test_sql_failures.py
TESTS += tests/integration/test_sql_full.py
TESTS += tests/integration/test_vlog.py
TESTS += tests/integration/test_sql_bad_input.py
TESTS += tests/integration/test_vcheck_sql.py
endif
EXTRA_DIST += tests/integration/test_vconvert.py
EXTRA_DIST += tests/integration/test_vimport.py
EXTRA_DIST += tests/integration/test_migration.py
EXTRA_DIST += tests/integration/test_vsync.py
EXTRA_DIST += tests/integration/test_sql_programs.py
EXTRA_DIST += tests/integration/test_vschema.py
EXTRA_DIST += tests/integration/test_usage.py
EXTRA_DIST += tests/integration/test_sql_cuts.py
EXTRA_DIST += tests/integration/test_sql_failures.py
EXTRA_DIST += tests/integration/test_sql_full.py
EXTRA_DIST += tests/integration/test_vlog.py
EXTRA_DIST += tests/integration/test_sql_bad_input.py
EXTRA_DIST += tests/integration/test_vcheck_sql.py
EXTRA_DIST += tests/harness/stores.py tests/harness/mariadb.py tests/harness/programs.py tests/harness/cutter.py
EXTRA_DIST += tests/data/README.md
EXTRA_DIST += tests/data/vpopmail-5.4.33-mysql.sql tests/data/vpopmail-5.4.33-mysql-domain-tables.sql
EXTRA_DIST += tests/data/vpopmail-5.4.33-pgsql-domain-tables.sql
EXTRA_DIST += tests/data/vpopmail-5.6-mysql.sql tests/data/vpopmail-5.6-pgsql.sql tests/data/vpopmail-5.6-sqlite.sql
TESTS += tests/integration/test_domain_views.py
EXTRA_DIST += tests/integration/test_domain_views.py
