# Benches of logins and POP3.
EXTRA_PROGRAMS += bench_vchkpw bare_vchkpw
EXTRA_DIST += bench/vchkpw.py bench/pop3.py
bench_vchkpw_SOURCES = bench/bench_vchkpw.c
bare_vchkpw_SOURCES = bench/bare_vchkpw.c
bare_vchkpw_LDADD = $(CRYPT_LIBS)
