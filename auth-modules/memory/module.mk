# The memory store, a test double: tests link it, programs never do.
check_LIBRARIES += libvm_module_memory.a
libvm_module_memory_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/auth-modules/memory
libvm_module_memory_a_SOURCES =
libvm_module_memory_a_SOURCES += auth-modules/memory/accounts.c
libvm_module_memory_a_SOURCES += auth-modules/memory/aliases.c
libvm_module_memory_a_SOURCES += auth-modules/memory/domains.c
libvm_module_memory_a_SOURCES += auth-modules/memory/engine.h
libvm_module_memory_a_SOURCES += auth-modules/memory/memory.h
libvm_module_memory_a_SOURCES += auth-modules/memory/module.c
libvm_module_memory_a_SOURCES += auth-modules/memory/records.c auth-modules/memory/log.c
libvm_module_memory_a_SOURCES += auth-modules/memory/table.c
libvm_module_memory_a_SOURCES += auth-modules/memory/table.h
libvm_module_memory_a_SOURCES += auth-modules/memory/usage.c
