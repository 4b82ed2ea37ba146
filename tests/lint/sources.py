"""Rules that only need the text of the sources. Each returns its findings as "file:line: what" lines."""
import re

from tree import C_FOLDERS

# A folder may include itself, what is named here, and nothing else. An arrow may only point down.
LAYERS = (
    ("src/util/", ("util/",)),
    ("src/core/", ("util/", "core/")),
    ("src/auth/", ("util/", "core/", "auth/")),
    ("auth-modules/sql/", ("util/", "core/", "auth/auth_module.h")),
    ("auth-modules/", ("util/", "core/", "auth/auth_module.h", "sql/")),
    ("src/operations/", ("util/", "core/", "auth/", "operations/")),
)
PROGRAMS = ("cli/", "vpopmaild/", "src/login/", "src/delivery/", "src/mta/", "src/relay/", "src/compat/")
BELOW_PROGRAMS = ("util/", "core/", "auth/", "operations/")
# What every main is made with; it knows no program.
SHARED_BY_PROGRAMS = ("cli/home.h", "cli/va_code.h", "cli/command.h", "cli/password_prompt.h", "mta/common/", "cli/daemon.h")

INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')


def allowed_includes(name):
    for folder, allowed in LAYERS:
        if name.startswith(folder):
            return allowed
    for folder in PROGRAMS:
        if name.startswith(folder):
            own = folder[len("src/"):] if folder.startswith("src/") else folder
            return BELOW_PROGRAMS + SHARED_BY_PROGRAMS + (own,)
    return ("",)


def include_edges(tree):
    findings = []
    for name in tree.c_files():
        here = name.rsplit("/", 1)[0] + "/"
        own = tuple(p for p in (here, here[len("src/"):] if here.startswith("src/") else "",
                                here[len("auth-modules/"):] if here.startswith("auth-modules/") else "") if p)
        for number, line in tree.code_lines(name):
            match = INCLUDE.match(line)
            if not match or match.group(1) in ("config.h",) or "/" not in match.group(1):
                continue
            if not match.group(1).startswith(allowed_includes(name) + own):
                findings.append("%s:%d: includes %s, which is not below it" % (name, number, match.group(1)))
    return findings


UNBOUNDED = ("strcpy strcat sprintf vsprintf strncpy strncat gets strtok strtok_r atoi atol atoll atof system popen "
             "alloca tmpnam tempnam mktemp").split()
STDIO_FILES = "fopen freopen fdopen tmpfile fputs fwrite fscanf getline fgets".split()
ENDS_OR_PRINTS = ("printf vprintf puts putchar perror exit _exit abort getenv secure_getenv stdout stderr stdin "
                  "getopt getopt_long").split()
# (file, function): why it is right there.
ALLOWED_CALLS = {
    ("src/util/child_process.c", "_exit"): "the forked child that could not exec",
    ("src/util/server.c", "_exit"): "the forked child that has served",
}
TESTS_AND_BENCH = ("tests/", "bench/")
BELOW_MAIN = ("src/util/", "src/core/", "src/auth/", "src/operations/", "auth-modules/")


def calls_in(line, functions):
    for word in re.findall(r"(?<![\w.>])([A-Za-z_]\w*)", line):
        if word in functions:
            yield word


def banned_functions(tree):
    findings = []
    for name in tree.c_files(C_FOLDERS + TESTS_AND_BENCH):
        banned = set(UNBOUNDED)
        if name.startswith(C_FOLDERS):
            banned |= set(STDIO_FILES)
        if name.startswith(BELOW_MAIN):
            banned |= set(ENDS_OR_PRINTS)
        for number, line in tree.code_lines(name):
            for word in calls_in(line.replace("format(printf", ""), banned):
                if (name, word) not in ALLOWED_CALLS:
                    findings.append("%s:%d: %s is not used here" % (name, number, word))
    return findings


FUNCTION_LINES, FILE_LINES = 60, 600
# file or (file, function): why it is longer.
ALLOWED_LENGTHS = {}


def functions(lines):
    """(first line, name, length) of each function; clang-format puts their braces alone into column 0."""
    opened, head, name = None, "", ""
    for number, line in lines:
        if opened is None:
            if line == "{" and "(" in head:
                opened = number
                found = re.findall(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
                name = found[0] if found else "?"
            elif line.strip() == "" or line.rstrip().endswith((";", "}")) or line.startswith("#"):
                head = ""
            else:
                head += " " + line
        elif line == "}":
            yield opened, name, number - opened - 1
            opened, head = None, ""


def lengths(tree):
    findings = []
    for name in tree.c_files(C_FOLDERS + TESTS_AND_BENCH):
        lines = list(tree.code_lines(name))
        if len(lines) > FILE_LINES and name not in ALLOWED_LENGTHS:
            findings.append("%s:1: %d lines are more than %d" % (name, len(lines), FILE_LINES))
        for number, function, length in functions(lines):
            if length > FUNCTION_LINES and (name, function) not in ALLOWED_LENGTHS:
                findings.append("%s:%d: %s has %d lines, more than %d" % (
                    name, number, function, length, FUNCTION_LINES))
    return findings


CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif)\b")


def conditionals(tree):
    """Behaviour is a setting: the preprocessor decides nothing above util, but for what C++ reads in an installed header."""
    findings = []
    for name in tree.c_files():
        if name.startswith(("src/util/", "src/compat/include/", "tests/compat/")):
            continue
        guard = "VM_" + re.sub(r"\W", "_", re.sub(r"^src/", "", name)).upper()
        for number, line in tree.code_lines(name):
            if CONDITION.match(line) and not (name.endswith(".h") and re.match(
                    r"#ifndef (%s|VM_\w+_H)$" % re.escape(guard), line.strip())):
                findings.append("%s:%d: a preprocessor condition outside util" % (name, number))
    return findings


def first_lines(tree):
    """A .c begins with one line that says what it is for; then comes config.h. A header says its contract first."""
    findings = []
    for name in tree.c_files():
        lines = tree.text(name).splitlines()
        if not lines or not lines[0].startswith("/*"):
            findings.append("%s:1: does not begin with what it is for" % name)
        if name.endswith(".c"):
            includes = [line for line in lines if INCLUDE.match(line) or line.startswith("#include")]
            if not includes or includes[0] not in ('#include "config.h"', '#include <config.h>'):
                findings.append("%s:1: its first include is not config.h" % name)
    return findings


# Written in two parts, so that this file does not hold them.
PRIVATE = (("/wo" + "rk/", "a private path"), ("/" + "h/", "a private path"), ("/tmp/" + "bash", "a private path"),
           ("/ro" + "ot/", "a private path"))
KNOWN_HOSTS = ("example.org", "example.com", "example.net", "localhost", "127.0.0.1", "rfc-editor.org", "ietf.org",
               "debian.org", "cr.yp.to", "opensource.org", "gnu.org", "isthe.com")
URL = re.compile(r"https?://([^/\s\"'<>`):]+)")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
BINARY = (".cdb", ".der", ".bin", ".png")


def private_words(tree):
    findings = []
    for name in tree.names():
        if name.endswith(BINARY) or "/corpus/" in name:
            continue
        for number, line in tree.lines(name):
            for word, what in PRIVATE:
                if re.search(r"(?<![\w./}-])" + re.escape(word), line):
                    findings.append("%s:%d: %s (%s)" % (name, number, what, word))
            for host in URL.findall(line):
                if not host.endswith(KNOWN_HOSTS):
                    findings.append("%s:%d: %s is not a host that the tree may name" % (name, number, host))
            if UNFINISHED.search(line):
                findings.append("%s:%d: unfinished work is not landed" % (name, number))
    return findings


RULES = (include_edges, banned_functions, lengths, conditionals, first_lines, private_words)
