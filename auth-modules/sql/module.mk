# What all SQL modules share. A module is a shared object that takes its parts in whole.
noinst_LIBRARIES += libvm_sql.a
libvm_sql_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/sql
libvm_sql_a_SOURCES =
libvm_sql_a_SOURCES += auth-modules/sql/outcome.c auth-modules/sql/outcome.h
libvm_sql_a_SOURCES += auth-modules/sql/sql_driver.h
libvm_sql_a_SOURCES += auth-modules/sql/servers.c auth-modules/sql/servers.h
libvm_sql_a_SOURCES += auth-modules/sql/session.c auth-modules/sql/session.h
libvm_sql_a_SOURCES += auth-modules/sql/statements.c auth-modules/sql/statements.h
libvm_sql_a_SOURCES += auth-modules/sql/accounts.c
libvm_sql_a_SOURCES += auth-modules/sql/aliases.c
libvm_sql_a_SOURCES += auth-modules/sql/dirs.c
libvm_sql_a_SOURCES += auth-modules/sql/domains.c
libvm_sql_a_SOURCES += auth-modules/sql/domain_tables.c
libvm_sql_a_SOURCES += auth-modules/sql/domain_table_text.c auth-modules/sql/domain_table_text.h
libvm_sql_a_SOURCES += auth-modules/sql/domain_views.c auth-modules/sql/domain_views.h
libvm_sql_a_SOURCES += auth-modules/sql/import.c
libvm_sql_a_SOURCES += auth-modules/sql/ip_maps.c
libvm_sql_a_SOURCES += auth-modules/sql/limits.c
libvm_sql_a_SOURCES += auth-modules/sql/log.c
libvm_sql_a_SOURCES += auth-modules/sql/logins.c
libvm_sql_a_SOURCES += auth-modules/sql/relays.c
libvm_sql_a_SOURCES += auth-modules/sql/unit.c
libvm_sql_a_SOURCES += auth-modules/sql/usage.c
libvm_sql_a_SOURCES += auth-modules/sql/backend.c auth-modules/sql/backend.h
libvm_sql_a_SOURCES += auth-modules/sql/row.c auth-modules/sql/row.h
libvm_sql_a_SOURCES += auth-modules/sql/schema.c auth-modules/sql/schema.h
nodist_libvm_sql_a_SOURCES = schema_steps.c
SCHEMA =
SCHEMA += $(srcdir)/sql/mysql/001_vpopmail.sql $(srcdir)/sql/mysql/002_domains.sql $(srcdir)/sql/mysql/003_widen.sql
SCHEMA += $(srcdir)/sql/pgsql/001_vpopmail.sql $(srcdir)/sql/pgsql/002_domains.sql $(srcdir)/sql/pgsql/003_widen.sql
SCHEMA += $(srcdir)/sql/sqlite/001_vpopmail.sql $(srcdir)/sql/sqlite/002_domains.sql $(srcdir)/sql/sqlite/003_widen.sql
EXTRA_DIST += sql/embed.awk $(SCHEMA)
CLEANFILES += schema_steps.c

schema_steps.c: $(SCHEMA) $(srcdir)/sql/embed.awk
	$(AM_V_GEN)LC_ALL=C $(AWK) -f $(srcdir)/sql/embed.awk $(SCHEMA) > $@.new && mv $@.new $@
