# Fuzz targets of settings, passwords and deliveries.
FUZZ_TARGETS += tests/fuzz/fuzz_config tests/fuzz/fuzz_password_hash tests/fuzz/fuzz_dot_qmail
FUZZ_TARGETS += tests/fuzz/fuzz_maildir_name tests/fuzz/fuzz_lmtp tests/fuzz/fuzz_auto_reply
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDADD = $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_password_hash_SOURCES = tests/fuzz/fuzz_password_hash.c $(FUZZ_MAIN)
tests_fuzz_fuzz_password_hash_LDADD = $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_dot_qmail_SOURCES = tests/fuzz/fuzz_dot_qmail.c $(FUZZ_MAIN)
tests_fuzz_fuzz_dot_qmail_LDADD = $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_maildir_name_SOURCES = tests/fuzz/fuzz_maildir_name.c $(FUZZ_MAIN)
tests_fuzz_fuzz_maildir_name_LDADD = $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_lmtp_SOURCES = tests/fuzz/fuzz_lmtp.c $(FUZZ_MAIN)
tests_fuzz_fuzz_lmtp_LDADD = libvm_delivery.a libvm_operations.a libvm_auth.a $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
tests_fuzz_fuzz_auto_reply_SOURCES = tests/fuzz/fuzz_auto_reply.c $(FUZZ_MAIN)
tests_fuzz_fuzz_auto_reply_LDADD = $(CORE) $(CORE_LIBS) $(FUZZ_LIBS)
