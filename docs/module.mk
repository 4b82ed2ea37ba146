man_MANS += docs/man/virtmail-export.5 docs/man/vexport.8 docs/man/vimport.8
man_MANS += docs/man/vlist.8 docs/man/vvacation.8 docs/man/autorespond.8
man_MANS += docs/man/vexplain.8
man_MANS += docs/man/authvchkpw.8
man_MANS += docs/man/vrcptcheck.8
man_MANS += docs/man/vsavealiasdomains.8
man_MANS += docs/man/dotqmail2valias.8
man_MANS += docs/man/vusagec.8
man_MANS += docs/man/vmakedotqmail.8
man_MANS += docs/man/vchangepw.8
man_MANS += docs/man/vdeloldusers.8
man_MANS += docs/man/clearopensmtp.8
man_MANS += docs/man/vpopbull.8
man_MANS += docs/man/vconfig.8 docs/man/vpopmail.conf.5
man_MANS += docs/man/maildirsize.5 docs/man/vdelivermail.8 docs/man/vlmtpd.8
man_MANS += docs/man/vpasswd.5 docs/man/vpopmail-files.5 docs/man/vsync.8 docs/man/vschema.8 docs/man/vusage.8 docs/man/vlog.8 docs/man/libvpopmail.3
man_MANS += docs/man/qmail-pop3d.8 docs/man/qmail-popup.8 docs/man/vchkpw.8
man_MANS += docs/man/vaddaliasdomain.8 docs/man/vadddomain.8 docs/man/vadduser.8 docs/man/valias.8 \
	docs/man/vcheck.8 docs/man/vconvert.8 docs/man/vdeldomain.8 docs/man/vdeluser.8 docs/man/vdominfo.8 docs/man/vipmap.8 \
	docs/man/vmkpasswd.8 docs/man/vmoddomlimits.8 docs/man/vmoduser.8 docs/man/vpasswd.8 \
	docs/man/vsetuserquota.8 docs/man/vuserinfo.8 docs/man/vverifypw.8
EXTRA_DIST += docs/migrating-from-vpopmail.md docs/migrating-from-other-systems.md
EXTRA_DIST += docs/auth-modules.md docs/configuration.md docs/sql-schema.md docs/clustering.md
EXTRA_DIST += $(man_MANS) docs/architecture.md docs/performance.md docs/compatibility.md docs/decisions/README.md docs/decisions/dependencies.md \
	docs/decisions/one-installation.md docs/decisions/unsynced-files.md docs/decisions/pop3-sizes.md docs/decisions/pop3-processes.md
# Programs that show the C interface: compiled and run by the tests.
examplesdir = $(docdir)/examples
dist_examples_DATA = docs/examples/lookup.c docs/examples/add.c docs/examples/authenticate.c docs/examples/list.c
man_MANS += docs/man/virtmail.3
EXTRA_DIST += docs/decisions/c-interface.md
