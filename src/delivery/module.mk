# delivery: the engine and its two faces.
noinst_LIBRARIES += libvm_delivery.a
libvm_delivery_a_SOURCES =
libvm_delivery_a_SOURCES += src/delivery/delivery_internal.h
libvm_delivery_a_SOURCES += src/delivery/domain_quota.c
libvm_delivery_a_SOURCES += src/delivery/domain_quota.h
libvm_delivery_a_SOURCES += src/delivery/engine.c
libvm_delivery_a_SOURCES += src/delivery/engine.h
libvm_delivery_a_SOURCES += src/delivery/mailbox.c
libvm_delivery_a_SOURCES += src/delivery/message.c
libvm_delivery_a_SOURCES += src/delivery/message.h
libvm_delivery_a_SOURCES += src/delivery/owner_child.c
libvm_delivery_a_SOURCES += src/delivery/owner_child.h
libvm_delivery_a_SOURCES += src/delivery/filter.c src/delivery/maildrop.c
libvm_delivery_a_SOURCES += src/delivery/owner_client.c
libvm_delivery_a_SOURCES += src/delivery/owner_client.h
libvm_delivery_a_SOURCES += src/delivery/owner_keeper.c
libvm_delivery_a_SOURCES += src/delivery/owner_keeper.h
libvm_delivery_a_SOURCES += src/delivery/owner_request.c
libvm_delivery_a_SOURCES += src/delivery/owner_request.h
libvm_delivery_a_SOURCES += src/delivery/answer.c src/delivery/answer.h
libvm_delivery_a_SOURCES += src/delivery/program.c
libvm_delivery_a_SOURCES += src/delivery/queue.c src/delivery/queue.h
libvm_delivery_a_SOURCES += src/delivery/vacation.c
libvm_delivery_a_SOURCES += src/delivery/spool.c
libvm_delivery_a_SOURCES += src/delivery/spool.h

bin_PROGRAMS += vdelivermail
vdelivermail_SOURCES = src/delivery/vdelivermail.c
vdelivermail_LDADD = libvm_main.a libvm_delivery.a $(OPERATIONS) $(CORE_LIBS)

libvm_delivery_a_SOURCES += src/delivery/lmtp_body.c
libvm_delivery_a_SOURCES += src/delivery/lmtp_body.h
libvm_delivery_a_SOURCES += src/delivery/lmtp_command.c
libvm_delivery_a_SOURCES += src/delivery/lmtp_command.h
libvm_delivery_a_SOURCES += src/delivery/lmtp_session.c
libvm_delivery_a_SOURCES += src/delivery/lmtp_session.h

bin_PROGRAMS += vlmtpd
vlmtpd_SOURCES = src/delivery/vlmtpd.c
vlmtpd_LDADD = libvm_main.a libvm_delivery.a $(OPERATIONS) $(CORE_LIBS)

bin_PROGRAMS += vrcptcheck
vrcptcheck_SOURCES = src/delivery/vrcptcheck.c
vrcptcheck_LDADD = libvm_main.a libvm_delivery.a $(OPERATIONS) $(CORE_LIBS)

bin_PROGRAMS += autorespond
autorespond_SOURCES = src/delivery/autorespond.c
autorespond_LDADD = libvm_main.a libvm_delivery.a $(OPERATIONS) $(CORE_LIBS)
