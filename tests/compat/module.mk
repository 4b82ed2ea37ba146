# What vpopmail 5.4 and 5.6 answered, and whether ours do.
TESTS += tests/compat/test_transcripts.py
EXTRA_DIST += tests/compat/test_transcripts.py tests/compat/transcripts/README.md
EXTRA_DIST += tests/compat/transcripts/accounts.txt tests/compat/transcripts/aliases.txt
EXTRA_DIST += tests/compat/transcripts/aliases_files.txt tests/compat/transcripts/aliases_sql.txt
EXTRA_DIST += tests/compat/transcripts/domains.txt tests/compat/transcripts/limits.txt
EXTRA_DIST += tests/compat/transcripts/lists.txt tests/compat/transcripts/many.txt

# Programs written for vpopmail's library.
if HAVE_SQLITE
TESTS += tests/compat/test_libvpopmail.py
TESTS += tests/compat/test_libvpopmail_helpers.py
TESTS += tests/compat/test_virtmail.py
endif
EXTRA_DIST += tests/compat/clients.py tests/compat/test_libvpopmail.py tests/compat/test_libvpopmail_helpers.py
EXTRA_DIST += tests/compat/panel.c tests/compat/smtpd.c tests/compat/checkpassword.c
EXTRA_DIST += tests/compat/authmodule.c tests/compat/helpers.c tests/compat/records.c
EXTRA_DIST += tests/compat/prototypes.c tests/compat/prototypes.h
EXTRA_DIST += tests/compat/test_virtmail.py tests/compat/virtmail.c
