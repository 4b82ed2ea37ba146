# Benches of deliveries; bench/module.mk comes first.
BENCHES += bench/bare_vdelivermail bench/bare_deliver
EXTRA_DIST += bench/rows_delivery.py
bench_bare_vdelivermail_SOURCES = bench/bare_vdelivermail.c
bench_bare_vdelivermail_LDADD = $(BENCH)
bench_bare_deliver_SOURCES = bench/bare_deliver.c
bench_bare_deliver_LDADD = $(BENCH)
bench_bare_deliver_LDFLAGS = -pthread
