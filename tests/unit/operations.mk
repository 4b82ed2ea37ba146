# Unit tests of operations that change domains and accounts.
if HAVE_CMOCKA
operations_tests =
operations_tests += test_account_create
operations_tests += test_check_domain
operations_tests += test_domain_create
operations_tests += test_intent
check_PROGRAMS += $(operations_tests)
TESTS += $(operations_tests)
endif
EXTRA_DIST += tests/unit/operations_site.h
OPERATIONS_TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
OPERATIONS_TEST_LIBS = $(OPERATIONS) $(CORE_LIBS) $(CMOCKA_LIBS)

test_account_create_SOURCES = tests/unit/test_account_create.c
test_account_create_CPPFLAGS = $(OPERATIONS_TEST_CPPFLAGS)
test_account_create_LDADD = $(OPERATIONS_TEST_LIBS)
test_check_domain_SOURCES = tests/unit/test_check_domain.c
test_check_domain_CPPFLAGS = $(OPERATIONS_TEST_CPPFLAGS)
test_check_domain_LDADD = $(OPERATIONS_TEST_LIBS)
test_domain_create_SOURCES = tests/unit/test_domain_create.c
test_domain_create_CPPFLAGS = $(OPERATIONS_TEST_CPPFLAGS)
test_domain_create_LDADD = $(OPERATIONS_TEST_LIBS)
test_intent_SOURCES = tests/unit/test_intent.c
test_intent_CPPFLAGS = $(OPERATIONS_TEST_CPPFLAGS)
test_intent_LDADD = $(OPERATIONS_TEST_LIBS)
