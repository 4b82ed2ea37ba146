"""Rules that another program knows (readdir: ours is the only thread that reads a folder's stream). Each returns findings, or None where that program is not installed."""
import concurrent.futures
import os
import shutil
import subprocess

from tree import C_FOLDERS

DEFINES = ["-DHAVE_CONFIG_H", "-DVPOPMAILDIR=\"/home/vpopmail\"", "-DQMAILDIR=\"/var/qmail\"", "-DVM_MODULE_DIR=\"/\"",
           "-DVM_USER=\"vpopmail\"", "-DVM_GROUP=\"vchkpw\"", "-DVM_DEFAULT_HOME=\"/home/vpopmail\"", "-DVM_MODULE=vm_auth_module",
           "-DVM_MODULE_NAME=\"mysql\"", "-DVM_DRIVER=vm_mysql_driver"]

MODULES = ["-Iauth-modules", "-Iauth-modules/sql"]


def client_headers():
    """Where the client libraries of the SQL engines have their headers."""
    if not shutil.which("pkg-config"):
        return []
    found = []
    for library in ("libpq", "libmariadb", "sqlite3"):
        found += run(["pkg-config", "--cflags-only-I", "--silence-errors", library], "/").stdout.split()
    return found


def run(command, cwd):
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, text=True, errors="replace")


def findings_of(result, text=None):
    if result.returncode == 0:
        return []
    return (text or result.stdout).splitlines()[:60] or ["exit status %d" % result.returncode]


def manuals(tree, _):
    if not shutil.which("mandoc"):
        return None
    pages = [name for name in tree.names() if name.startswith("docs/man/")]
    return findings_of(run(["mandoc", "-Tlint", "-Wwarning"] + pages, tree.root)) if pages else []


def layout(tree, _):
    if not shutil.which("clang-format"):
        return None
    files = tree.c_files(C_FOLDERS + ("tests/", "bench/"))
    result = run(["clang-format", "--dry-run", "-Werror"] + files, tree.root)
    first = {line.split(":")[0]: line for line in reversed(result.stdout.splitlines()) if ": error: " in line}
    return findings_of(result, "\n".join(sorted(first.values())) + "\n(make format mends it)") if files else []


def cppcheck(tree, build):
    if not shutil.which("cppcheck"):
        return None
    files = [name for name in tree.c_files(C_FOLDERS + ("bench/",)) if name.endswith(".c")]
    return findings_of(run(
        ["cppcheck", "--quiet", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
         "--error-exitcode=1", "--template={file}:{line}: {message} [{id}]", "-j%d" % (os.cpu_count() or 1),
         "--suppress=missingIncludeSystem", "--suppress=unknownMacro", "--suppress=readdirCalled",
         # cppcheck 2.10 takes an anonymous mapping for a mistake.
         "--suppress=invalidFunctionArg:bench/start_timer.c", "--suppress=memleak:bench/start_timer.c",
         "--suppress=invalidFunctionArg:cli/vconvert.c", "--suppress=invalidFunctionArg:cli/vimport.c",
         "--suppress=invalidFunctionArg:cli/vdeloldusers.c",
         "--library=posix", "-I" + build, "-Isrc", "-I.", "-Isrc/compat/include", "-I" + build + "/src/compat/include",
         ] + MODULES + DEFINES + files, tree.root)) if files else []


def tidy_one(tree, build, name):
    # The file that defines the failures themselves is read as it is.
    told = [] if name == "src/util/status.c" or not os.path.exists(tree.path("tests/lint/analyzer.h")) else [
        "-include", "tests/lint/analyzer.h"]
    result = run(["clang-tidy", "--quiet", "--warnings-as-errors=*", name, "--", "-std=c11", "-I" + build, "-Isrc", "-Isrc/compat/include",
                  "-iquote", "src/util", "-I" + build + "/src/compat/include", "-I."] + MODULES + client_headers() + told + DEFINES, tree.root)
    return [line for line in findings_of(result) if ": warning:" in line or ": error:" in line or "error:" in line]


def clang_tidy(tree, build):
    if not shutil.which("clang-tidy"):
        return None
    files = [name for name in tree.c_files() if name.endswith(".c")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(lambda name: tidy_one(tree, build, name), files)
    return [line for lines in found for line in lines]


RULES = (layout, manuals, cppcheck, clang_tidy)
