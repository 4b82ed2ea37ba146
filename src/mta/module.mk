# mta: one folder per program of qmail's family; common/ is shared.
noinst_LIBRARIES += libvm_pop3.a
libvm_pop3_a_SOURCES =
libvm_pop3_a_SOURCES += src/mta/common/pop3/line_exact.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/line_exact.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_command.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_command.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_encoder.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_encoder.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_login.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_login.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_mailbox.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_mailbox.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_measure.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_scan.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_scan.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_sizes.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_sizes.h
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_transaction.c
libvm_pop3_a_SOURCES += src/mta/common/pop3/pop3_transaction.h

qmailbin_PROGRAMS += qmail-popup qmail-pop3d
qmail_popup_SOURCES =
qmail_popup_SOURCES += src/mta/qmail-popup/popup.h
qmail_popup_SOURCES += src/mta/qmail-popup/popup_carry.c
qmail_popup_SOURCES += src/mta/qmail-popup/popup_keeper.c
qmail_popup_SOURCES += src/mta/qmail-popup/popup_speaker.c
qmail_popup_SOURCES += src/mta/qmail-popup/qmail-popup.c
qmail_popup_LDADD = libvm_main.a libvm_pop3.a $(CORE) $(NETTLE_LIBS) $(SSL_LIBS)

qmail_pop3d_SOURCES = src/mta/qmail-pop3d/qmail-pop3d.c
qmail_pop3d_LDADD = libvm_main.a libvm_pop3.a $(OPERATIONS) $(CORE_LIBS)
