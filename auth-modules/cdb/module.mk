# The cdb store: one source per line.
noinst_LIBRARIES += libvm_module_cdb.a
libvm_module_cdb_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/cdb
libvm_module_cdb_a_SOURCES =
libvm_module_cdb_a_SOURCES += auth-modules/cdb/accounts.c
libvm_module_cdb_a_SOURCES += auth-modules/cdb/backend.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/base.c auth-modules/cdb/base.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/base_cursor.c
libvm_module_cdb_a_SOURCES += auth-modules/cdb/base_writer.c auth-modules/cdb/base_writer.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/cdb_fold.c auth-modules/cdb/cdb_fold.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/changes.c auth-modules/cdb/changes.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/delta.c auth-modules/cdb/delta.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/domains.c
libvm_module_cdb_a_SOURCES += auth-modules/cdb/identity.c auth-modules/cdb/identity.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/journal.c auth-modules/cdb/journal.h
libvm_module_cdb_a_SOURCES += auth-modules/cdb/listing.c
libvm_module_cdb_a_SOURCES += auth-modules/cdb/module.c
libvm_module_cdb_a_SOURCES += auth-modules/cdb/unit.c
