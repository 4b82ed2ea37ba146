# login: vchkpw.
bin_PROGRAMS += vchkpw
noinst_LIBRARIES += libvm_login.a
libvm_login_a_SOURCES =
libvm_login_a_SOURCES += src/login/login_request.c
libvm_login_a_SOURCES += src/login/login_request.h
libvm_login_a_SOURCES += src/login/login_service.c
libvm_login_a_SOURCES += src/login/login_service.h
libvm_login_a_SOURCES += src/login/relay_helper.c
libvm_login_a_SOURCES += src/login/relay_helper.h

vchkpw_SOURCES = src/login/vchkpw.c
vchkpw_LDADD = libvm_main.a libvm_login.a $(OPERATIONS) $(CORE_LIBS)

bin_PROGRAMS += authvchkpw
authvchkpw_SOURCES = src/login/authvchkpw.c
authvchkpw_LDADD = libvm_main.a libvm_login.a $(OPERATIONS) $(CORE_LIBS)
