# Whole-program tests of vcheck.
TESTS += tests/integration/test_vcheck.py
EXTRA_DIST += tests/integration/test_vcheck.py
