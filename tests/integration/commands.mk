# Whole-program tests of the commands.
TESTS += tests/integration/test_commands.py tests/integration/test_dovecot_passwords.py tests/integration/test_bad_arguments.py
EXTRA_DIST += tests/integration/test_commands.py tests/integration/test_dovecot_passwords.py \
	tests/integration/test_bad_arguments.py
