# Whole-program tests of logins and POP3.
TESTS += tests/integration/test_pop3.py tests/integration/test_vchkpw.py
EXTRA_DIST += tests/harness/accounts.py tests/integration/test_pop3.py tests/integration/test_vchkpw.py
TESTS += tests/integration/test_roaming.py
EXTRA_DIST += tests/integration/test_roaming.py
