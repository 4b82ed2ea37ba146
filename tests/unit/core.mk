# Unit tests of src/core, one program per subject.
if HAVE_CMOCKA
core_tests =
core_tests += test_account
core_tests += test_address
core_tests += test_config
core_tests += test_dir_control
core_tests += test_dir_tree
core_tests += test_identity
core_tests += test_limits
core_tests += test_quota
core_tests += test_tree_check
core_tests += test_maildir_size
core_tests += test_folder_names
core_tests += test_finding
core_tests += test_control_check
check_PROGRAMS += $(core_tests)
TESTS += $(core_tests)
endif
EXTRA_DIST += tests/unit/test_folder.h

test_account_SOURCES = tests/unit/test_account.c
test_account_LDADD = $(CORE) $(CMOCKA_LIBS)
test_address_SOURCES = tests/unit/test_address.c
test_address_LDADD = $(CORE) $(CMOCKA_LIBS)
test_dir_control_SOURCES = tests/unit/test_dir_control.c
test_dir_control_LDADD = $(CORE) $(CMOCKA_LIBS)
test_dir_tree_SOURCES = tests/unit/test_dir_tree.c
test_dir_tree_LDADD = $(CORE) $(CMOCKA_LIBS)
test_identity_SOURCES = tests/unit/test_identity.c
test_identity_LDADD = $(CORE) $(CMOCKA_LIBS)
test_limits_SOURCES = tests/unit/test_limits.c
test_limits_LDADD = $(CORE) $(CMOCKA_LIBS)
test_quota_SOURCES = tests/unit/test_quota.c
test_quota_LDADD = $(CORE) $(CMOCKA_LIBS)
test_config_SOURCES = tests/unit/test_config.c
test_config_LDADD = $(CORE) $(CMOCKA_LIBS)
test_control_check_SOURCES = tests/unit/test_control_check.c
test_control_check_LDADD = $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)
test_finding_SOURCES = tests/unit/test_finding.c
test_finding_LDADD = $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)
test_folder_names_SOURCES = tests/unit/test_folder_names.c
test_folder_names_LDADD = $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)
test_maildir_size_SOURCES = tests/unit/test_maildir_size.c
test_maildir_size_LDADD = $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)
test_tree_check_SOURCES = tests/unit/test_tree_check.c
test_tree_check_LDADD = $(CORE) $(CDB_LIBS) $(CMOCKA_LIBS)
