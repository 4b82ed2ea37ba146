# Whole-program tests of the commands.
TESTS += tests/integration/test_commands.py
EXTRA_DIST += tests/integration/test_commands.py
