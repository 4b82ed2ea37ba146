# tests/faults: faults at every file call, and power cuts.
EXTRA_DIST += tests/faults/__init__.py tests/faults/driver.py tests/faults/powercut.py tests/faults/shim.c \
	tests/faults/shim.h tests/faults/shim_calls.c tests/faults/snapshot.py tests/faults/test_faults.py \
	tests/faults/test_delivery.py tests/faults/test_powercut.py
check_PROGRAMS += tests/faults/replace_badly tests/faults/replace_well
tests_faults_replace_badly_SOURCES = tests/faults/replace_badly.c
tests_faults_replace_well_SOURCES = tests/faults/replace_well.c
tests_faults_replace_well_LDADD = $(UTIL) $(NETTLE_LIBS)
TESTS += tests/faults/test_delivery.py tests/faults/test_faults.py tests/faults/test_powercut.py
TESTS += tests/faults/test_roaming.py
EXTRA_DIST += tests/faults/test_roaming.py

# Never built with a sanitizer: it is preloaded before one.
check_DATA += tests/faults/shim.so
CLEANFILES += tests/faults/shim.so
tests/faults/shim.so: $(srcdir)/tests/faults/shim.c $(srcdir)/tests/faults/shim_calls.c $(srcdir)/tests/faults/shim.h \
		config.h
	$(AM_V_CCLD)$(MKDIR_P) tests/faults && $(CC) $(DEFS) -I. $(VM_WARNINGS) $(CFLAGS) -fPIC -shared \
		-fvisibility=hidden -o $@ $(srcdir)/tests/faults/shim.c $(srcdir)/tests/faults/shim_calls.c
