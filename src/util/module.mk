# util: no mail knowledge
noinst_LIBRARIES += libvm_util.a
libvm_util_a_SOURCES = \
	src/util/arena.c src/util/arena.h \
	src/util/buf.c src/util/buf.h \
	src/util/cdb_file.c src/util/cdb_file.h \
	src/util/cdb_writer.c \
	src/util/child_process.c src/util/child_process.h \
	src/util/clock.c src/util/clock.h \
	src/util/digest.c src/util/digest.h \
	src/util/file.c src/util/file.h \
	src/util/file_lock.c src/util/file_lock.h \
	src/util/file_replace.c src/util/file_replace.h \
	src/util/folder_names.c src/util/folder_names.h \
	src/util/json_read.c src/util/json_read.h \
	src/util/json_write.c src/util/json_write.h \
	src/util/line_reader.c src/util/line_reader.h \
	src/util/listener.c src/util/listener.h \
	src/util/log.c src/util/log.h \
	src/util/option_table.c src/util/option_table.h \
	src/util/packet.c src/util/packet.h \
	src/util/secret.c src/util/secret.h \
	src/util/server.c \
	src/util/status.c src/util/status.h src/util/virtmail_status.h \
	src/util/stream.c src/util/stream.h \
	src/util/text.c src/util/text.h \
	src/util/tls.c src/util/tls.h
