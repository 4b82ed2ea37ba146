# Warnings of the house, and the sanitizer build.
AC_DEFUN([VM_COMPILER_FLAGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])], [], [enable_werror=no])
AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers], [build with ASan and UBSan])], [], [enable_sanitizers=no])
AC_ARG_ENABLE([static-modules], [AS_HELP_STRING([--enable-static-modules],
	[link the stores in SQL into every program instead of loading them by name (default: no; with sanitizers: yes)])],
	[], [enable_static_modules=$enable_sanitizers])
AC_ARG_ENABLE([fuzzers], [AS_HELP_STRING([--enable-fuzzers], [build the fuzz targets for libFuzzer (needs clang)])], [], [enable_fuzzers=no])
VM_CFLAGS="-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wcast-qual -Wundef -Wswitch-enum -fvisibility=hidden -fPIC"
VM_TRY_CFLAG([-Wnull-dereference])
VM_LDFLAGS="-Wl,-z,relro -Wl,-O1 -Wl,--as-needed"
AS_IF([test "x$enable_werror" = xyes], [VM_CFLAGS="$VM_CFLAGS -Werror"])
VM_WARNINGS=$VM_CFLAGS
AS_IF([test "x$enable_sanitizers" = xyes], [
	VM_CFLAGS="$VM_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g"
	VM_LDFLAGS="$VM_LDFLAGS -fsanitize=address,undefined"
])
AS_IF([test "x$enable_fuzzers" = xyes], [
	VM_CFLAGS="$VM_CFLAGS -fsanitize=fuzzer-no-link,address"
	VM_LDFLAGS="$VM_LDFLAGS -fsanitize=address"
	FUZZ_LIBS="-fsanitize=fuzzer,address"
])
AC_SUBST([VM_CFLAGS])
AC_SUBST([VM_WARNINGS])
AC_SUBST([VM_LDFLAGS])
AC_SUBST([FUZZ_LIBS])
AM_CONDITIONAL([FUZZERS], [test "x$enable_fuzzers" = xyes])
AM_CONDITIONAL([STATIC_MODULES], [test "x$enable_static_modules" = xyes])
AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

AC_DEFUN([VM_TRY_CFLAG], [
vm_saved_cflags=$CFLAGS
CFLAGS="$CFLAGS -Werror $1"
AC_MSG_CHECKING([whether the compiler takes $1])
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes]); VM_CFLAGS="$VM_CFLAGS $1"], [AC_MSG_RESULT([no])])
CFLAGS=$vm_saved_cflags
])
