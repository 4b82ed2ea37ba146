# Unit tests of the store, and the shared objects that the test of the loader loads.
if HAVE_CMOCKA
store_tests =
store_tests += tests/unit/test_module_registry
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
check_DATA += tests/unit/module_right.so tests/unit/module_wrong_api.so
endif
CLEANFILES += tests/unit/module_right.so tests/unit/module_wrong_api.so
EXTRA_DIST += tests/unit/module_right.c
MODULE_COMPILE = $(CC) -std=c11 $(DEFS) -I. -I$(srcdir)/src -fPIC -shared

tests/unit/module_right.so: tests/unit/module_right.c src/auth/auth_module.h
	$(AM_V_CC)$(MKDIR_P) tests/unit && $(MODULE_COMPILE) -o $@ $(srcdir)/tests/unit/module_right.c
tests/unit/module_wrong_api.so: tests/unit/module_right.c src/auth/auth_module.h
	$(AM_V_CC)$(MKDIR_P) tests/unit && $(MODULE_COMPILE) -DMODULE_API=99 -DMODULE_NAME='"wrong_api"' -o $@ $(srcdir)/tests/unit/module_right.c

tests_unit_test_module_registry_SOURCES = tests/unit/test_module_registry.c src/auth/module_registry.c
tests_unit_test_module_registry_CPPFLAGS = -I$(srcdir)/src -DVM_MODULE_DIR='"modules"'
tests_unit_test_module_registry_LDADD = $(UTIL) $(CMOCKA_LIBS)
