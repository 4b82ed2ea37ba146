# Benches of the stores in SQL, each program once for each engine; bench/module.mk comes first.
EXTRA_DIST += bench/rows_sql.py bench/bare_sql.h
if HAVE_MARIADB
BENCHES += bench/bare_mysql_vchkpw bench/bare_mysql_vdelivermail bench/bench_mysql_lookup
BENCH_MYSQL = $(AM_CPPFLAGS) $(MARIADB_CFLAGS)
bench_bare_mysql_vchkpw_CPPFLAGS = $(BENCH_MYSQL)
bench_bare_mysql_vchkpw_SOURCES = bench/bare_sql_vchkpw.c bench/bare_mysql.c
bench_bare_mysql_vchkpw_LDADD = $(BENCH) $(CRYPT_LIBS) $(MARIADB_LIBS)
bench_bare_mysql_vdelivermail_CPPFLAGS = $(BENCH_MYSQL)
bench_bare_mysql_vdelivermail_SOURCES = bench/bare_sql_vdelivermail.c bench/bare_mysql.c
bench_bare_mysql_vdelivermail_LDADD = $(BENCH) $(MARIADB_LIBS)
bench_bench_mysql_lookup_CPPFLAGS = $(BENCH_MYSQL)
bench_bench_mysql_lookup_SOURCES = bench/bench_lookup.c bench/bare_mysql.c
bench_bench_mysql_lookup_LDADD = $(BENCH) $(AUTH) $(CORE_LIBS) $(MARIADB_LIBS)
endif
if HAVE_PQ
BENCHES += bench/bare_pgsql_vchkpw bench/bare_pgsql_vdelivermail bench/bench_pgsql_lookup
BENCH_PGSQL = $(AM_CPPFLAGS) $(PQ_CFLAGS)
bench_bare_pgsql_vchkpw_CPPFLAGS = $(BENCH_PGSQL)
bench_bare_pgsql_vchkpw_SOURCES = bench/bare_sql_vchkpw.c bench/bare_pgsql.c
bench_bare_pgsql_vchkpw_LDADD = $(BENCH) $(CRYPT_LIBS) $(PQ_LIBS)
bench_bare_pgsql_vdelivermail_CPPFLAGS = $(BENCH_PGSQL)
bench_bare_pgsql_vdelivermail_SOURCES = bench/bare_sql_vdelivermail.c bench/bare_pgsql.c
bench_bare_pgsql_vdelivermail_LDADD = $(BENCH) $(PQ_LIBS)
bench_bench_pgsql_lookup_CPPFLAGS = $(BENCH_PGSQL)
bench_bench_pgsql_lookup_SOURCES = bench/bench_lookup.c bench/bare_pgsql.c
bench_bench_pgsql_lookup_LDADD = $(BENCH) $(AUTH) $(CORE_LIBS) $(PQ_LIBS)
endif
