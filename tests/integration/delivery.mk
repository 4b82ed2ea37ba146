# Whole-program tests of delivery.
TESTS += tests/integration/test_vdelivermail.py tests/integration/test_vlmtpd.py \
	tests/integration/test_vlmtpd_owners.py tests/integration/test_filters.py tests/integration/test_vacation.py
EXTRA_DIST += tests/harness/mail.py tests/harness/spamd.py tests/integration/test_vdelivermail.py tests/integration/test_vlmtpd.py \
	tests/integration/test_vlmtpd_owners.py tests/integration/test_filters.py tests/integration/test_vacation.py
TESTS += tests/integration/test_filters_on_stores.py
EXTRA_DIST += tests/harness/filtered.py tests/integration/test_filters_on_stores.py
