# tests/unit: one cmocka program per source file; this file lists those of util, the others have one beside it.
EXTRA_DIST += tests/unit/support.h

if HAVE_CMOCKA
UTIL_TESTS = \
	tests/unit/test_arena \
	tests/unit/test_buf \
	tests/unit/test_cdb_file \
	tests/unit/test_child_process \
	tests/unit/test_clock \
	tests/unit/test_digest \
	tests/unit/test_file \
	tests/unit/test_file_lock \
	tests/unit/test_file_replace \
	tests/unit/test_json_read \
	tests/unit/test_json_write \
	tests/unit/test_line_reader \
	tests/unit/test_listener \
	tests/unit/test_log \
	tests/unit/test_memory \
	tests/unit/test_option_table \
	tests/unit/test_packet \
	tests/unit/test_secret \
	tests/unit/test_server \
	tests/unit/test_status \
	tests/unit/test_stream \
	tests/unit/test_text \
	tests/unit/test_tls
check_PROGRAMS += $(UTIL_TESTS)
TESTS += $(UTIL_TESTS)
tests_unit_test_arena_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_buf_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_cdb_file_LDADD = $(UTIL) $(CDB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_child_process_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_clock_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_digest_LDADD = $(UTIL) $(NETTLE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_file_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_file_lock_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_file_replace_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_json_read_LDADD = $(UTIL) $(JSON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_json_write_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_line_reader_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_listener_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_log_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_memory_LDADD = $(UTIL) $(CDB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_option_table_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_packet_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_secret_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_server_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_status_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_stream_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_text_LDADD = $(UTIL) $(CMOCKA_LIBS)
tests_unit_test_tls_LDADD = $(UTIL) $(SSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
endif
