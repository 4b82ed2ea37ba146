# operations: one file per thing a user asks for. One source per line, so that additions merge by themselves.
noinst_LIBRARIES += libvm_operations.a
libvm_operations_a_SOURCES =
libvm_operations_a_SOURCES += src/operations/account_home.h
libvm_operations_a_SOURCES += src/operations/authenticate.c
libvm_operations_a_SOURCES += src/operations/authenticate.h
libvm_operations_a_SOURCES += src/operations/context.h
libvm_operations_a_SOURCES += src/operations/default_domain.c
libvm_operations_a_SOURCES += src/operations/default_domain.h
libvm_operations_a_SOURCES += src/operations/login_record.c
libvm_operations_a_SOURCES += src/operations/login_record.h
libvm_operations_a_SOURCES += src/operations/account_home.c
