# The options of vpopmail's configure. Behaviour becomes lines of the installed etc/vpopmail.conf and nothing else.

# VM_SETTING(option, setting, help): --enable-option[=value] and --disable-option become "setting = value".
AC_DEFUN([VM_SETTING], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$3 ($2)])], [
	VM_CONF_LINES="${VM_CONF_LINES}$2 = $enableval
"])
])

# VM_NOT_HERE(option, what to do instead): accepted when it is switched off, an error otherwise.
AC_DEFUN([VM_NOT_HERE], [
AC_ARG_ENABLE([$1], [], [AS_IF([test "x$enableval" != xno], [AC_MSG_ERROR([--enable-$1: $2])])])
])

# VM_FILES(option, setting, what): a store in SQL keeps them in a table unless --disable-option says in files.
AC_DEFUN([VM_FILES], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--disable-$1], [$3 are in files also with a store in SQL ($2)])], [
	AS_IF([test "x$enableval" = xno], [VM_CONF_LINES="${VM_CONF_LINES}$2 = yes
"])
])
])

# VM_ALWAYS(option, why): what it asks for is so in any case, or is not needed; the summary says which were given.
AC_DEFUN([VM_ALWAYS], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [taken from vpopmail's lines: $2])], [
	VM_NOTICES="${VM_NOTICES}    $1: $2
"])
])

AC_DEFUN([VM_OPTIONS_HOME], [
AC_ARG_ENABLE([qmaildir], [AS_HELP_STRING([--enable-qmaildir=DIR], [home of qmail (/var/qmail)])], [qmaildir=$enableval], [qmaildir=/var/qmail])
AC_ARG_ENABLE([vpopuser], [AS_HELP_STRING([--enable-vpopuser=USER], [owner of the domains (vpopmail)])], [vpopuser=$enableval], [vpopuser=vpopmail])
AC_ARG_ENABLE([vpopgroup], [AS_HELP_STRING([--enable-vpopgroup=GROUP], [its group (vchkpw)])], [vpopgroup=$enableval], [vpopgroup=vchkpw])
AS_CASE([$qmaildir], [/*], [], [AC_MSG_ERROR([--enable-qmaildir wants an absolute folder])])
dnl As 5.4: without --prefix the home of the vpopmail user, where there is one.
AS_IF([test "x$prefix" = xNONE], [
	prefix=`getent passwd "$vpopuser" 2>/dev/null | cut -d: -f6`
	AS_CASE([$prefix], [/?*], [], [prefix=$ac_default_prefix])
])
sysconfdir='${prefix}/etc'
libdir='${prefix}/lib'
mandir='${prefix}/share/man'
AC_SUBST([qmaildir])
AC_SUBST([vpopuser])
AC_SUBST([vpopgroup])
])

AC_DEFUN([VM_OPTIONS_BEHAVIOUR], [
VM_CONF_LINES=
VM_NOTICES=
VM_SETTING([qmail-cdb-name], [qmail_cdb_name], [file below users/: cdb or assign.cdb])
VM_SETTING([learn-passwords], [learn_passwords], [an empty password is learned at the first login])
VM_SETTING([clear-passwd], [clear_passwords], [keep clear passwords])
VM_SETTING([users-big-dir], [users_big_dir], [spread homes over folders])
VM_SETTING([qmail-ext], [qmail_ext], [user-extension reaches user])
VM_SETTING([ip-alias-domains], [ip_alias_domains], [the default domain depends on the address of this host])
VM_SETTING([domainquotas], [domain_quotas], [quotas of whole domains])
VM_SETTING([domains-dir], [domains_dir], [name of the folder of domains])
VM_SETTING([auth-logging], [auth_logging], [keep the last login])
VM_SETTING([logging], [logging], [n y e p v])
VM_SETTING([log-name], [log_name], [name in the log])
VM_SETTING([roaming-users], [roaming_users], [a login opens the relay for its address])
VM_SETTING([tcpserver-file], [tcpserver_file], [rules of the SMTP server, V/etc/tcp.smtp])
VM_SETTING([rebuild-tcpserver-file], [rebuild_tcpserver_file], [make its cdb])
VM_SETTING([relay-clear-minutes], [relay_clear_minutes], [how long a window stays open])
VM_SETTING([defaultdelivery], [default_delivery], [obey control/defaultdelivery])
VM_SETTING([sqwebmail-pass], [sqwebmail_pass], [keep the hash in Maildir/sqwebmail-pass])
VM_SETTING([onchange-script], [onchange], [run V/etc/onchange after each change])
VM_SETTING([onchange-script-before-and-after], [onchange_before_and_after], [and before it])
VM_SETTING([logger-syslog], [log_changes], [log each change])
VM_SETTING([spamassassin], [spamassassin], [let spamc mark spam])
VM_SETTING([spamc-prog], [spamc_program], [path of spamc])
AC_ARG_ENABLE([spam-junkfolder], [AS_HELP_STRING([--enable-spam-junkfolder], [spam goes to the folder Junk (spam_junk_folder)])], [
	AS_CASE([$enableval], [no], [], [yes], [VM_CONF_LINES="${VM_CONF_LINES}spam_junk_folder = Junk
"], [VM_CONF_LINES="${VM_CONF_LINES}spam_junk_folder = $enableval
"])
])
AC_ARG_ENABLE([spam-threshold], [AS_HELP_STRING([--enable-spam-threshold=N], [spam of this level is deleted (spam_delete_level)])], [
	AS_CASE([$enableval], [no], [], [*[[!0-9]]*], [AC_MSG_ERROR([--enable-spam-threshold wants a number])],
		[VM_CONF_LINES="${VM_CONF_LINES}spam_delete_level = $enableval
"])
])
VM_SETTING([maildrop], [maildrop], [let maildrop store mail])
VM_SETTING([maildrop-prog], [maildrop_program], [path of maildrop])
AC_ARG_ENABLE([many-domains], [AS_HELP_STRING([--disable-many-domains], [a view of each domain beside the table of all (domain_views)])], [
	AS_IF([test "x$enableval" = xno], [VM_CONF_LINES="${VM_CONF_LINES}domain_views = yes
"])
])
VM_FILES([valias], [alias_files], [aliases])
VM_FILES([mysql-limits], [limits_files], [limits])
AC_ARG_ENABLE([auth-module], [AS_HELP_STRING([--enable-auth-module=NAME], [store: cdb, mysql, pgsql or sqlite (auth)])], [
	AS_CASE([$enableval], [cdb|mysql|pgsql|sqlite], [vm_auth=$enableval],
		[AC_MSG_ERROR([--enable-auth-module=$enableval: there is no such store; cdb, mysql, pgsql and sqlite are])])])
AS_IF([test "x$vm_auth" != x && test "x$vm_auth" != xcdb], [VM_CONF_LINES="${VM_CONF_LINES}auth = $vm_auth
"])
AC_ARG_ENABLE([md5-passwords], [AS_HELP_STRING([--enable-md5-passwords], [new passwords are MD5 crypt (password_scheme)])],
	[AS_IF([test "x$enableval" = xyes], [vm_scheme=md5])])
AC_ARG_ENABLE([sha512-passwords], [AS_HELP_STRING([--enable-sha512-passwords], [new passwords are SHA-512 crypt (password_scheme)])],
	[AS_IF([test "x$enableval" = xyes], [vm_scheme=sha512])])
AS_IF([test -n "$vm_scheme"], [VM_CONF_LINES="${VM_CONF_LINES}password_scheme = $vm_scheme
"])
VM_ALWAYS([file-locking], [files are always locked])
VM_ALWAYS([file-sync], [mail is always synced])
VM_ALWAYS([make-seekable], [messages are always read from the start])
VM_ALWAYS([non-root-build], [root is not needed])
VM_ALWAYS([tinycdb], [tinycdb is always used])
VM_ALWAYS([qmail-newu], [users/cdb is written without qmail-newu])
VM_ALWAYS([qmail-newmrh], [morercpthosts.cdb is written without qmail-newmrh])
VM_ALWAYS([qmail-inject], [forwards go through qmail-queue: the setting qmail_queue])
VM_ALWAYS([tcprules-prog], [tcp.smtp.cdb is written without tcprules])
VM_ALWAYS([mysql-bin], [the program mysql is not run])
VM_ALWAYS([sql-logging], [a store in SQL has a table of logins: the setting logging])
VM_ALWAYS([sql-aliasdomains], [a store in SQL has the table aliasdomains])
VM_ALWAYS([mysql-replication], [name the replicas in the section mysql.read of etc/vpopmail.conf])
AS_IF([test "x$enable_file_locking" = xno], [AC_MSG_ERROR([--disable-file-locking: files are always locked])])
AC_ARG_ENABLE([incdir], [AS_HELP_STRING([--enable-incdir=DIR], [headers of the database client])],
	[CPPFLAGS="$CPPFLAGS -I$enableval"])
AC_ARG_ENABLE([libdir], [AS_HELP_STRING([--enable-libdir=DIR], [library of the database client])],
	[LDFLAGS="$LDFLAGS -L$enableval"])
VM_NOT_HERE([logger-sqlite], [changes go to the log: use --enable-logger-syslog, or onchange-script for a database])
VM_NOT_HERE([passwd], [accounts of the system are not served: let the server try another checkpassword program, or PAM])
m4_foreach_w([vm_old], [mysql pgsql sqlite], [VM_NOT_HERE(vm_old, [use --enable-auth-module=]vm_old)])
m4_foreach_w([vm_old], [ldap oracle sybase], [VM_NOT_HERE(vm_old, [there is no such store; cdb, mysql, pgsql and sqlite are])])
VM_NOT_HERE([mysql-logging], [use --enable-sql-logging])
VM_NOT_HERE([pgsql-logging], [use --enable-sql-logging])
VM_NOT_HERE([hardquota], [set quotas with vsetuserquota])
VM_NOT_HERE([defaultquota], [set default_quota with vmoddomlimits -d -q])
VM_NOT_HERE([default-domain], [set default_domain in etc/vpopmail.conf, or write the name to etc/defaultdomain])
AC_SUBST([VM_CONF_LINES])
AM_SUBST_NOTMAKE([VM_CONF_LINES])
])

AC_DEFUN([VM_SUMMARY], [
cat <<TEXT

virtmail $PACKAGE_VERSION
  home (V)            $prefix
  qmail (Q)           $qmaildir
  owner               $vpopuser:$vpopgroup
  stores              cdb; $(test "x$enable_static_modules" = xyes && echo 'linked in' || echo 'loaded by name'):$vm_modules
  compiler            $CC, warnings are errors: $enable_werror, sanitizers: $enable_sanitizers
  unit tests          ${CMOCKA_LIBS:-no: install libcmocka-dev}
  settings that differ from the defaults:
TEXT
printf '%s' "$VM_CONF_LINES" | sed 's/^/    /'
AS_IF([test -n "$VM_NOTICES"], [printf '  options that change nothing here:\n%s' "$VM_NOTICES"])
])
