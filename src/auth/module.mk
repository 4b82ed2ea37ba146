# auth: the store
noinst_LIBRARIES += libvm_auth.a
libvm_auth_a_SOURCES =
libvm_auth_a_SOURCES += src/auth/auth_module.h
nodist_libvm_auth_a_SOURCES = built_in_modules.c
libvm_auth_a_SOURCES += src/auth/module_registry.c
libvm_auth_a_SOURCES += src/auth/module_registry.h
libvm_auth_a_SOURCES += src/auth/store.c
libvm_auth_a_SOURCES += src/auth/store.h
libvm_auth_a_SOURCES += src/auth/store_accounts.c
libvm_auth_a_SOURCES += src/auth/store_domains.c
libvm_auth_a_SOURCES += src/auth/store_import.c
libvm_auth_a_SOURCES += src/auth/store_internal.h
libvm_auth_a_SOURCES += src/auth/store_alias_limits.c
libvm_auth_a_SOURCES += src/auth/store_aliases.c
libvm_auth_a_SOURCES += src/auth/store_ip_maps.c
libvm_auth_a_SOURCES += src/auth/store_limits.c
libvm_auth_a_SOURCES += src/auth/store_logins.c
libvm_auth_a_SOURCES += src/auth/store_relays.c
libvm_auth_a_SOURCES += src/auth/store_schema.c
libvm_auth_a_SOURCES += src/auth/store_usage.c
libvm_auth_a_SOURCES += src/auth/store_walk.c

EXTRA_DIST += src/auth/built_in_modules.sh
CLEANFILES += built_in_modules.c
built_in_modules.c: $(srcdir)/src/auth/built_in_modules.sh Makefile
	$(AM_V_GEN)sh $(srcdir)/src/auth/built_in_modules.sh cdb $(BUILT_IN_NAMES) > $@.new && mv $@.new $@
