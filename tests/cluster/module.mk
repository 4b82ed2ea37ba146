# tests/cluster: stores on more than one machine, all of them here.
if HAVE_PQ
TESTS += tests/cluster/test_postgresql_standby.py
endif
if HAVE_MARIADB
TESTS += tests/cluster/test_galera.py
endif
EXTRA_DIST += tests/harness/galera.py tests/cluster/load.py tests/cluster/test_postgresql_standby.py tests/cluster/test_galera.py
