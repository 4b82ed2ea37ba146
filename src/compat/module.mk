# libvpopmail: the C interface of 5.4 and 5.6 over operations. Its archive is one object in which only that interface, and
# what begins with vm_, can be seen: libcdb's or any other name must not meet a client's own. What can be seen is weak, as
# each function was in an object of its own before: a client that has its own str_replace or file_exists uses that.
noinst_LIBRARIES += libvm_compat.a
libvm_compat_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src/compat/include -iquote $(srcdir)/src/util -Isrc/compat/include
libvm_compat_a_SOURCES =
libvm_compat_a_SOURCES += src/compat/accounts.c
libvm_compat_a_SOURCES += src/compat/addresses.c
libvm_compat_a_SOURCES += src/compat/aliases.c
libvm_compat_a_SOURCES += src/compat/big_dirs.c
libvm_compat_a_SOURCES += src/compat/compat.c src/compat/compat.h
libvm_compat_a_SOURCES += src/compat/control.c
libvm_compat_a_SOURCES += src/compat/domains.c
libvm_compat_a_SOURCES += src/compat/files.c
libvm_compat_a_SOURCES += src/compat/installation.c src/compat/installation.h
libvm_compat_a_SOURCES += src/compat/limits.c
libvm_compat_a_SOURCES += src/compat/logs.c
libvm_compat_a_SOURCES += src/compat/names.c
libvm_compat_a_SOURCES += src/compat/quotas.c
libvm_compat_a_SOURCES += src/compat/relays.c
libvm_compat_a_SOURCES += src/compat/texts.c
libvm_compat_a_SOURCES += src/compat/usage.c
libvm_compat_a_SOURCES += src/compat/users.c
libvm_compat_a_SOURCES += src/compat/virtmail_accounts.c
libvm_compat_a_SOURCES += src/compat/virtmail_aliases.c
libvm_compat_a_SOURCES += src/compat/virtmail_domains.c
libvm_compat_a_SOURCES += src/compat/virtmail_limits.c
include_HEADERS = src/compat/include/vpopmail.h src/compat/include/vauth.h src/compat/include/vlimits.h
include_HEADERS += src/compat/include/vutil.h src/compat/include/pwstr.h src/compat/include/storage.h
include_HEADERS += src/compat/include/client.h src/compat/include/vlogger.h src/compat/include/maildirquota.h
include_HEADERS += src/compat/include/virtmail.h src/util/virtmail_status.h
nodist_include_HEADERS = src/compat/include/vpopmail_config.h
pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = src/compat/virtmail.pc virtmail-static.pc
CLEANFILES += virtmail-static.pc libvpopmail.a libvpopmail.so libvpopmail.o inc_deps lib_deps

# A store that is linked in (--enable-static-modules) is found by address, not by name.
# libcdb is taken in whole: a mail server that links us may have a cdb_find of its own.
COMPAT_LIBS = $(CRYPT_LIBS) $(ARGON2_LIBS) $(NETTLE_LIBS) $(BUILT_IN_LIBS) -ldl
COMPAT_PARTS = libvm_compat.a libvm_main.a $(OPERATIONS)
RELINK = $(CC) $(CFLAGS) -nostdlib -r

libvpopmail.o: $(COMPAT_PARTS)
	$(AM_V_GEN)$(RELINK) -o $@.ours -Wl,--whole-archive libvm_compat.a -Wl,--no-whole-archive \
		-Wl,--start-group $(COMPAT_PARTS) -Wl,--end-group && \
	$(OBJCOPY) --localize-hidden $@.ours && $(NM) -g --defined-only -P $@.ours | \
		$(AWK) '$$1 !~ /^(vm_[a-z]+_module|__odr_asan.*)$$/ { print $$1 }' > $@.names && \
	$(RELINK) -o $@.all $@.ours -l:libcdb.a && \
	$(OBJCOPY) --keep-global-symbols=$@.names --weaken-symbols=$@.names $@.all $@ && rm -f $@.ours $@.all $@.names

libvpopmail.a: libvpopmail.o
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ libvpopmail.o && $(RANLIB) $@

libvpopmail.so: libvpopmail.o
	$(AM_V_CCLD)$(CC) $(CFLAGS) $(VM_LDFLAGS) -shared -Wl,-Bsymbolic-functions -Wl,-soname,libvpopmail.so -Wl,--no-undefined -o $@ libvpopmail.o $(COMPAT_LIBS)

# Which of the two a program is linked with is chosen by the package's name: --static is for programs without shared objects.
virtmail-static.pc: src/compat/virtmail.pc Makefile
	$(AM_V_GEN)sed -e 's|^Name: virtmail|&-static|' -e 's|(the shared library)|(the archive)|' \
		-e 's|^Libs: .*|Libs: $${libdir}/libvpopmail.a $(COMPAT_LIBS)|' src/compat/virtmail.pc > $@
inc_deps: Makefile
	$(AM_V_GEN)echo '-I$(includedir)' > $@
lib_deps: Makefile
	$(AM_V_GEN)echo '$(libdir)/libvpopmail.a $(COMPAT_LIBS)' > $@

all-local: libvpopmail.a libvpopmail.so inc_deps lib_deps
# Programs that are built with it find both lines by their place in V/etc.
install-exec-local: libvpopmail.a libvpopmail.so inc_deps lib_deps
	$(MKDIR_P) '$(DESTDIR)$(libdir)' '$(DESTDIR)$(prefix)/etc' && \
		$(INSTALL_DATA) libvpopmail.a '$(DESTDIR)$(libdir)' && \
		$(INSTALL_PROGRAM) libvpopmail.so '$(DESTDIR)$(libdir)' && \
		$(INSTALL_DATA) inc_deps lib_deps '$(DESTDIR)$(prefix)/etc'
uninstall-hook:
	rm -f '$(DESTDIR)$(libdir)/libvpopmail.a' '$(DESTDIR)$(libdir)/libvpopmail.so' \
		'$(DESTDIR)$(prefix)/etc/inc_deps' '$(DESTDIR)$(prefix)/etc/lib_deps'
