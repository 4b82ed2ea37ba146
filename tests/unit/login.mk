# Unit tests of logins and POP3.
if HAVE_CMOCKA
login_tests =
login_tests += test_account_access
login_tests += test_delivery_filter
login_tests += test_authenticate
login_tests += test_login_request
login_tests += test_login_service
login_tests += test_pop3_command
login_tests += test_pop3_encoder
login_tests += test_pop3_login
login_tests += test_pop3_mailbox
login_tests += test_pop3_transaction
check_PROGRAMS += $(login_tests)
TESTS += $(login_tests)
endif

test_delivery_filter_SOURCES = tests/unit/test_delivery_filter.c
test_delivery_filter_LDADD = libvm_operations.a $(CORE) $(CMOCKA_LIBS)
test_account_access_SOURCES = tests/unit/test_account_access.c
test_account_access_LDADD = libvm_operations.a $(CORE) $(CMOCKA_LIBS)
test_authenticate_SOURCES = tests/unit/test_authenticate.c
test_authenticate_LDADD = libvm_operations.a $(CORE) $(CMOCKA_LIBS)
test_login_request_SOURCES = tests/unit/test_login_request.c
test_login_request_LDADD = libvm_login.a $(UTIL) $(CMOCKA_LIBS)
test_login_service_SOURCES = tests/unit/test_login_service.c
test_login_service_LDADD = libvm_login.a $(UTIL) $(CMOCKA_LIBS)
test_pop3_command_SOURCES = tests/unit/test_pop3_command.c
test_pop3_command_LDADD = libvm_pop3.a $(UTIL) $(CMOCKA_LIBS)
test_pop3_encoder_SOURCES = tests/unit/test_pop3_encoder.c
test_pop3_encoder_LDADD = libvm_pop3.a $(UTIL) $(CMOCKA_LIBS)
test_pop3_login_SOURCES = tests/unit/test_pop3_login.c
test_pop3_login_LDADD = libvm_pop3.a $(UTIL) $(NETTLE_LIBS) $(CMOCKA_LIBS)
test_pop3_mailbox_SOURCES = tests/unit/test_pop3_mailbox.c
test_pop3_mailbox_LDADD = libvm_pop3.a $(CORE) $(CMOCKA_LIBS)
test_pop3_transaction_SOURCES = tests/unit/test_pop3_transaction.c
test_pop3_transaction_LDADD = libvm_pop3.a $(CORE) $(CMOCKA_LIBS)
