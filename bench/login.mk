# Benches of logins and POP3; bench/module.mk comes first.
BENCHES += bench/bench_vchkpw bench/bare_vchkpw
EXTRA_DIST += bench/rows_vchkpw.py bench/rows_pop3.py
bench_bench_vchkpw_SOURCES = bench/bench_vchkpw.c
bench_bare_vchkpw_SOURCES = bench/bare_vchkpw.c
bench_bare_vchkpw_LDADD = $(BENCH) $(CRYPT_LIBS)
BENCHES += bench/bench_roaming
EXTRA_DIST += bench/rows_roaming.py
bench_bench_roaming_SOURCES = bench/bench_roaming.c
