# Unit tests of deliveries.
if HAVE_CMOCKA
delivery_tests = test_dot_qmail test_lmtp_command test_lmtp_body test_owner_request test_owner_keeper
delivery_tests += test_owner_client test_auto_reply
check_PROGRAMS += $(delivery_tests)
TESTS += $(delivery_tests)
endif
test_dot_qmail_SOURCES = tests/unit/test_dot_qmail.c
test_dot_qmail_LDADD = $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
test_auto_reply_SOURCES = tests/unit/test_auto_reply.c
test_auto_reply_LDADD = $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
test_lmtp_command_SOURCES = tests/unit/test_lmtp_command.c
test_lmtp_command_LDADD = libvm_delivery.a $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
test_lmtp_body_SOURCES = tests/unit/test_lmtp_body.c
test_lmtp_body_LDADD = libvm_delivery.a $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
test_owner_request_SOURCES = tests/unit/test_owner_request.c
test_owner_request_LDADD = libvm_delivery.a $(CORE) $(CORE_LIBS) $(CMOCKA_LIBS)
test_owner_keeper_SOURCES = tests/unit/test_owner_keeper.c
test_owner_keeper_LDADD = libvm_delivery.a $(OPERATIONS) $(CORE_LIBS) $(CMOCKA_LIBS)
test_owner_client_SOURCES = tests/unit/test_owner_client.c
test_owner_client_LDADD = libvm_delivery.a $(OPERATIONS) $(CORE_LIBS) $(CMOCKA_LIBS)
