# tests/harness: what whole-program tests are made with.
EXTRA_DIST += tests/harness/driver.py tests/harness/test_driver.py
TESTS += tests/harness/test_driver.py
