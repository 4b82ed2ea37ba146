# tests/fuzz: any bytes into every parser. `make check` replays corpus/NAME through fuzz_NAME with any compiler;
# with ./configure CC=clang --enable-fuzzers the same targets are libFuzzer's, and `make fuzz` runs them.
#
# A new target: FUZZ_TARGETS += tests/fuzz/fuzz_NAME
#               tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(FUZZ_MAIN)
#               tests_fuzz_fuzz_NAME_LDADD = (libraries) $(FUZZ_LIBS)
# and at least one file in corpus/NAME.
FUZZ_TARGETS =
check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/fuzz.h tests/fuzz/replay.c
if FUZZERS
FUZZ_MAIN = tests/fuzz/fuzz.h
else
FUZZ_MAIN = tests/fuzz/fuzz.h tests/fuzz/replay.c
TESTS += $(FUZZ_TARGETS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_text
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c $(FUZZ_MAIN)
tests_fuzz_fuzz_text_LDADD = $(UTIL) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(UTIL) $(JSON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_pop3_session
tests_fuzz_fuzz_pop3_session_SOURCES = tests/fuzz/fuzz_pop3_session.c $(FUZZ_MAIN)
tests_fuzz_fuzz_pop3_session_LDADD = libvm_pop3.a $(CORE) $(NETTLE_LIBS) $(FUZZ_LIBS)

# New inputs go to the build folder; one that breaks something is moved into the corpus by hand, with its fix.
FUZZ_SECONDS = 60
fuzz: $(FUZZ_TARGETS)
	for target in $(FUZZ_TARGETS); do \
		name=$${target##*fuzz_}; $(MKDIR_P) tests/fuzz/found/$$name; \
		$$target -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=tests/fuzz/found/ \
			tests/fuzz/found/$$name $(srcdir)/tests/fuzz/corpus/$$name || exit 1; \
	done

.PHONY: fuzz

FUZZ_TARGETS += tests/fuzz/fuzz_transfer
tests_fuzz_fuzz_transfer_SOURCES = tests/fuzz/fuzz_transfer.c $(FUZZ_MAIN)
tests_fuzz_fuzz_transfer_LDADD = libvm_operations.a $(CORE) $(CORE_LIBS) $(JSON_LIBS) $(FUZZ_LIBS)

FUZZ_TARGETS += tests/fuzz/fuzz_foreign
tests_fuzz_fuzz_foreign_SOURCES = tests/fuzz/fuzz_foreign.c $(FUZZ_MAIN)
tests_fuzz_fuzz_foreign_LDADD = libvm_operations.a $(CORE) $(CORE_LIBS) $(JSON_LIBS) $(FUZZ_LIBS)
