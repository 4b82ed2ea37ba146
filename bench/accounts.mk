# Benches of the commands; bench/module.mk comes first.
BENCHES += bench/bare_vadduser bench/bare_vuserinfo bench/bare_homes
EXTRA_DIST += bench/rows_accounts.py
bench_bare_vadduser_SOURCES = bench/bare_vadduser.c
bench_bare_vadduser_LDADD = $(BENCH)
bench_bare_vuserinfo_SOURCES = bench/bare_vuserinfo.c
bench_bare_vuserinfo_LDADD = $(BENCH)
bench_bare_homes_SOURCES = bench/bare_homes.c
bench_bare_homes_LDADD = $(BENCH)
EXTRA_DIST += bench/rows_many.py
