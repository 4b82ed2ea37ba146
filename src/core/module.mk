# core: mail-hosting words. One source per line, so that additions merge by themselves.
noinst_LIBRARIES += libvm_core.a
libvm_core_a_SOURCES =
libvm_core_a_SOURCES += src/core/account.h
libvm_core_a_SOURCES += src/core/address.h
libvm_core_a_SOURCES += src/core/config.h
libvm_core_a_SOURCES += src/core/config_table.h
libvm_core_a_SOURCES += src/core/dir_control.h
libvm_core_a_SOURCES += src/core/dir_tree.h
libvm_core_a_SOURCES += src/core/identity.h
libvm_core_a_SOURCES += src/core/limits.h
libvm_core_a_SOURCES += src/core/maildir.h
libvm_core_a_SOURCES += src/core/maildir_size.h
libvm_core_a_SOURCES += src/core/password_hash.h
libvm_core_a_SOURCES += src/core/password_policy.h
libvm_core_a_SOURCES += src/core/quota.h
