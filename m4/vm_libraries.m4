# Each library in a variable of its own, so that a program links what it uses and no more.
AC_DEFUN([VM_NEED], [
vm_saved_libs=$LIBS
LIBS=
AC_CHECK_HEADER([$2], [], [AC_MSG_ERROR([$2 is missing: install the Debian package $5])])
AC_CHECK_LIB([$3], [$4], [$1_LIBS="-l$3"], [AC_MSG_ERROR([lib$3 is missing: install the Debian package $5])], [$6])
LIBS=$vm_saved_libs
AC_SUBST([$1_LIBS])
])

# The client library of an SQL engine; its module is built where the library is.
AC_DEFUN([VM_CLIENT], [
PKG_CHECK_MODULES([$1], [$2], [have_$2=yes], [have_$2=no])
AM_CONDITIONAL([HAVE_$1], [test $have_$2 = yes])
])

AC_DEFUN([VM_LIBRARIES], [
VM_NEED([CDB], [cdb.h], [cdb], [cdb_init], [libcdb-dev])
VM_NEED([NETTLE], [nettle/sha2.h], [nettle], [nettle_sha256_init], [nettle-dev])
VM_NEED([JSON], [json-c/json.h], [json-c], [json_tokener_parse_ex], [libjson-c-dev])
VM_NEED([CRYPT], [crypt.h], [crypt], [crypt_r], [libcrypt-dev])
VM_NEED([ARGON2], [argon2.h], [argon2], [argon2id_verify], [libargon2-dev])
VM_NEED([IDN], [idn2.h], [idn2], [idn2_lookup_u8], [libidn2-dev])
VM_NEED([UNISTRING], [uninorm.h], [unistring], [u8_normalize], [libunistring-dev])
VM_NEED([SSL], [openssl/ssl.h], [ssl], [SSL_CTX_new], [libssl-dev], [-lcrypto])
SSL_LIBS="-lssl -lcrypto"
VM_CLIENT([MARIADB], [libmariadb])
VM_CLIENT([PQ], [libpq])
VM_CLIENT([SQLITE], [sqlite3])
vm_modules=
AS_IF([test $have_libmariadb = yes], [vm_modules="$vm_modules mysql"])
AS_IF([test $have_libpq = yes], [vm_modules="$vm_modules pgsql"])
AS_IF([test $have_sqlite3 = yes], [vm_modules="$vm_modules sqlite"])
AS_CASE(["$vm_auth: cdb $vm_modules "], [": "*], [], [*" ${vm_auth} "*], [],
	[AC_MSG_ERROR([--enable-auth-module=$vm_auth: its client library is missing (libmariadb-dev, libpq-dev or libsqlite3-dev)])])
AC_CHECK_HEADER([cmocka.h], [CMOCKA_LIBS=-lcmocka], [CMOCKA_LIBS=], [#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>])
AC_SUBST([CMOCKA_LIBS])
AM_CONDITIONAL([HAVE_CMOCKA], [test -n "$CMOCKA_LIBS"])
AC_PATH_PROG([PYTHON], [python3], [python3])
AC_PATH_PROG([MANDOC], [mandoc], [no])
])
