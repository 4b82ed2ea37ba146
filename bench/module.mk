# bench: one row for each promise about speed or memory. `make bench` builds its programs; bench/run prints the rows.
#
# A new program: BENCHES += bench/NAME; bench_NAME_SOURCES = bench/NAME.c; bench_NAME_LDADD = $(BENCH)
# Its rows: bench/rows_NAME.py, listed in EXTRA_DIST.
BENCHES = bench/bare_start bench/start_timer
BENCH = bench/libbench.a
EXTRA_PROGRAMS += $(BENCHES)
EXTRA_LIBRARIES = bench/libbench.a
CLEANFILES += $(BENCHES) bench/libbench.a
EXTRA_DIST += bench/run bench/rows.py bench/rows_start.py bench/rows_explain.py
bench_libbench_a_SOURCES = bench/timing.c bench/timing.h bench/bare.c bench/bare.h
bench_bare_start_SOURCES = bench/bare_start.c
bench_start_timer_SOURCES = bench/start_timer.c
bench_start_timer_LDADD = $(BENCH)

bench: all $(EXTRA_PROGRAMS)

.PHONY: bench
