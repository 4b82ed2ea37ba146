# tests/harness: what whole-program tests are made with.
EXTRA_DIST += tests/harness/__init__.py tests/harness/clients.py tests/harness/dovecot.py tests/harness/driver.py \
	tests/harness/installed.py tests/harness/postgresql.py tests/harness/process.py tests/harness/site.py tests/harness/tree.py tests/harness/test_driver.py \
	tests/harness/test_configure.py tests/harness/test_harness.py tests/harness/test_install.py
TESTS += tests/harness/test_driver.py tests/harness/test_configure.py tests/harness/test_harness.py tests/harness/test_install.py

# The programs as an operator has them, for all tests of this build.
check_DATA += tests/installed.stamp
tests/installed.stamp: $(bin_PROGRAMS) $(qmailbin_PROGRAMS) $(authmodule_PROGRAMS) vpopmail.conf \
		libvpopmail.a libvpopmail.so $(include_HEADERS) $(nodist_include_HEADERS)
	$(AM_V_GEN)rm -rf tests/installed && $(MKDIR_P) tests && \
		$(MAKE) -s install DESTDIR='$(abs_top_builddir)/tests/installed' >/dev/null && touch $@

clean-local: clean-installed clean-postgresql clean-mariadb
clean-installed:
	rm -rf tests/installed tests/installed.stamp

# The cluster that the private servers of tests/harness/postgresql.py are copies of.
clean-postgresql:
	rm -rf tests/postgresql-*

# The data folder that those of tests/harness/mariadb.py are copies of.
clean-mariadb:
	rm -rf tests/mariadb-*

.PHONY: clean-installed clean-postgresql clean-mariadb
