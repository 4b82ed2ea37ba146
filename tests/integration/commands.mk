# Whole-program tests of the commands.
COMMAND_TESTS = tests/integration/test_commands.py tests/integration/test_dovecot_passwords.py \
	tests/integration/test_bad_arguments.py tests/integration/test_bad_store.py \
	tests/integration/test_bad_lines.py tests/integration/test_full_disk.py
TESTS += $(COMMAND_TESTS)
EXTRA_DIST += $(COMMAND_TESTS)
# One line each, so that additions merge by themselves.
TESTS += tests/integration/test_vpopbull.py
EXTRA_DIST += tests/integration/test_vpopbull.py
TESTS += tests/integration/test_many_accounts.py
EXTRA_DIST += tests/integration/test_many_accounts.py
TESTS += tests/integration/test_mail_aliases.py
EXTRA_DIST += tests/integration/test_mail_aliases.py
TESTS += tests/integration/test_authvchkpw.py
EXTRA_DIST += tests/integration/test_authvchkpw.py
TESTS += tests/integration/test_tables.py
EXTRA_DIST += tests/integration/test_tables.py
TESTS += tests/integration/test_vexplain.py
EXTRA_DIST += tests/integration/test_vexplain.py
TESTS += tests/integration/test_alias_limits.py
EXTRA_DIST += tests/integration/test_alias_limits.py
TESTS += tests/integration/test_completions.py
EXTRA_DIST += tests/integration/test_completions.py
TESTS += tests/integration/test_vlist.py
EXTRA_DIST += tests/integration/test_vlist.py
TESTS += tests/integration/test_onchange.py
EXTRA_DIST += tests/integration/test_onchange.py
TESTS += tests/integration/test_settings.py
EXTRA_DIST += tests/integration/test_settings.py
TESTS += tests/integration/test_vimport_postfixadmin.py
EXTRA_DIST += tests/integration/test_vimport_postfixadmin.py
TESTS += tests/integration/test_batch_owners.py
EXTRA_DIST += tests/integration/test_batch_owners.py
TESTS += tests/integration/test_vimport_mailcow.py
EXTRA_DIST += tests/integration/test_vimport_mailcow.py
TESTS += tests/integration/test_vexport_postfixadmin.py
EXTRA_DIST += tests/integration/test_vexport_postfixadmin.py
