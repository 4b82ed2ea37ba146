# tests/lint: what `make lint` checks, and the proof that each check can fail.
EXTRA_DIST += tests/lint/analyzer.h tests/lint/built.py tests/lint/run.py tests/lint/sources.py tests/lint/tools.py tests/lint/tree.py \
	tests/lint/test_lint.py
TESTS += tests/lint/test_lint.py
