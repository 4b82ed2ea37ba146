# cli: the command-line programs.
noinst_LIBRARIES += libvm_main.a
libvm_main_a_SOURCES =
libvm_main_a_SOURCES += cli/account_print.c
libvm_main_a_SOURCES += cli/account_print.h
libvm_main_a_SOURCES += cli/account_target.c
libvm_main_a_SOURCES += cli/account_target.h
libvm_main_a_SOURCES += cli/batch_reader.c
libvm_main_a_SOURCES += cli/batch_reader.h
libvm_main_a_SOURCES += cli/command.c
libvm_main_a_SOURCES += cli/command.h
libvm_main_a_SOURCES += cli/each.c
libvm_main_a_SOURCES += cli/each.h
libvm_main_a_SOURCES += cli/home.c
libvm_main_a_SOURCES += cli/home.h
libvm_main_a_SOURCES += cli/input_file.c cli/input_file.h
libvm_main_a_SOURCES += cli/limits_print.c
libvm_main_a_SOURCES += cli/limits_print.h
libvm_main_a_SOURCES += cli/password_input.c
libvm_main_a_SOURCES += cli/password_input.h
libvm_main_a_SOURCES += cli/password_prompt.c
libvm_main_a_SOURCES += cli/password_prompt.h
libvm_main_a_SOURCES += cli/batch_names.c
libvm_main_a_SOURCES += cli/batch_names.h
libvm_main_a_SOURCES += cli/batch_owner.c
libvm_main_a_SOURCES += cli/batch_owner.h
libvm_main_a_SOURCES += cli/vadduser_batch.c
libvm_main_a_SOURCES += cli/vadduser_batch.h
libvm_main_a_SOURCES += cli/owner_child.c
libvm_main_a_SOURCES += cli/owner_child.h
libvm_main_a_SOURCES += cli/va_code.c
libvm_main_a_SOURCES += cli/va_code.h
libvm_main_a_CPPFLAGS = $(AM_CPPFLAGS) -DVM_DEFAULT_HOME='"$(prefix)"'

COMMAND_LIBS = libvm_main.a $(OPERATIONS) $(CORE_LIBS)

bin_PROGRAMS += vaddaliasdomain
vaddaliasdomain_SOURCES = cli/vaddaliasdomain.c
vaddaliasdomain_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += clearopensmtp
clearopensmtp_SOURCES = cli/clearopensmtp.c
clearopensmtp_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vadddomain
vadddomain_SOURCES = cli/vadddomain.c
vadddomain_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vadduser
vadduser_SOURCES = cli/vadduser.c
vadduser_LDADD = $(COMMAND_LIBS) $(JSON_LIBS)

bin_PROGRAMS += valias
valias_SOURCES = cli/valias.c
valias_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vdeldomain
vdeldomain_SOURCES = cli/vdeldomain.c
vdeldomain_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vdeluser
vdeluser_SOURCES = cli/vdeluser.c
vdeluser_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vdominfo
vdominfo_SOURCES = cli/vdominfo.c
vdominfo_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vipmap
vipmap_SOURCES = cli/vipmap.c
vipmap_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vschema
vschema_SOURCES = cli/vschema.c
vschema_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vusage
vusage_SOURCES = cli/vusage.c
vusage_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vsync
vsync_SOURCES = cli/vsync.c
vsync_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vmkpasswd
vmkpasswd_SOURCES = cli/vmkpasswd.c
vmkpasswd_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vmoddomlimits
vmoddomlimits_SOURCES = cli/vmoddomlimits.c
vmoddomlimits_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vmoduser
vmoduser_SOURCES = cli/vmoduser.c
vmoduser_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vpasswd
vpasswd_SOURCES = cli/vpasswd.c
vpasswd_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vsetuserquota
vsetuserquota_SOURCES = cli/vsetuserquota.c
vsetuserquota_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vuserinfo
vuserinfo_SOURCES = cli/vuserinfo.c
vuserinfo_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vverifypw
vverifypw_SOURCES = cli/vverifypw.c
vverifypw_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vcheck
vcheck_SOURCES = cli/vcheck.c
vcheck_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vconfig
vconfig_SOURCES = cli/vconfig.c
vconfig_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vconvert
vconvert_SOURCES = cli/vconvert.c cli/convert_print.c cli/convert_print.h cli/vconvert_webmail.c cli/vconvert_webmail.h
vconvert_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vlog
vlog_SOURCES = cli/vlog.c
vlog_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vpopbull
vpopbull_SOURCES = cli/vpopbull.c
vpopbull_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vdeloldusers
vdeloldusers_SOURCES = cli/vdeloldusers.c
vdeloldusers_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vchangepw
vchangepw_SOURCES = cli/vchangepw.c
vchangepw_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vmakedotqmail
vmakedotqmail_SOURCES = cli/vmakedotqmail.c
vmakedotqmail_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += dotqmail2valias
dotqmail2valias_SOURCES = cli/dotqmail2valias.c
dotqmail2valias_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vsavealiasdomains
vsavealiasdomains_SOURCES = cli/vsavealiasdomains.c
vsavealiasdomains_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vusagec
vusagec_SOURCES = cli/vusagec.c
vusagec_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vexplain
vexplain_SOURCES = cli/vexplain.c
vexplain_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vlist
vlist_SOURCES = cli/vlist.c
vlist_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vexport
vexport_SOURCES = cli/vexport.c cli/convert_print.c cli/convert_print.h
vexport_LDADD = $(COMMAND_LIBS)

bin_PROGRAMS += vimport
vimport_SOURCES = cli/vimport.c cli/convert_print.c cli/convert_print.h
vimport_LDADD = $(COMMAND_LIBS) $(JSON_LIBS)

completionsdir = $(datadir)/bash-completion/completions
completions_DATA = virtmail.bash
CLEANFILES += virtmail.bash
EXTRA_DIST += cli/completions/virtmail.bash.in
virtmail.bash: $(srcdir)/cli/completions/virtmail.bash.in Makefile
	sed 's|@COMMANDS@|$(bin_PROGRAMS)|' $(srcdir)/cli/completions/virtmail.bash.in >$@.new
	mv $@.new $@

bin_PROGRAMS += vvacation
vvacation_SOURCES = cli/vvacation.c
vvacation_LDADD = $(COMMAND_LIBS)
