"""Rules that compare what was built with the manuals. Each takes the tree and the build folder."""
import glob
import os
import re
import subprocess


def output_of(command, **named):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False, **named).stdout.decode(errors="replace")


# The compiler's own names in sanitizer and coverage builds.
COMPILERS_SYMBOLS = ("__asan_", "__odr_asan", "__ubsan_", "__start___sancov", "__stop___sancov", "__sancov")


def symbols_of(nm_text):
    """(member, symbol) of `nm -A -g --defined-only -P`."""
    for line in nm_text.splitlines():
        match = re.match(r"(?:.*\[)?([^\]:]+)\]?: (\S+) [A-Za-z] ", line)
        if match:
            yield match.group(1), match.group(2)


def external_symbols(_, build):
    """Whatever another program could meet begins with vm_; what 5.4 called otherwise has a test of its own."""
    archives = sorted(set(glob.glob(os.path.join(build, "libvm_*.a"))) - {os.path.join(build, "libvm_compat.a")})
    if not archives:
        return ["%s: holds no libvm_*.a: build first" % build]
    findings = []
    for archive in archives:
        for member, symbol in symbols_of(output_of(["nm", "-A", "-g", "--defined-only", "-P", archive])):
            if not symbol.startswith(("vm_",) + COMPILERS_SYMBOLS):
                findings.append("%s(%s): the external symbol %s does not begin with vm_" % (
                    os.path.basename(archive), member, symbol))
    return findings


def programs(build):
    """Path of each program that is installed, below the build folder."""
    text = output_of(["make", "-s", "-C", build, "AUTOCONF=:", "AUTOMAKE=:", "ACLOCAL=:", "--no-print-directory", "print-programs"])
    lines = [line for line in text.splitlines() if line.startswith("PROGRAMS ")]
    return lines[-1].split()[1:] if lines else []


def options_of_usage(text):
    """The options that `PROGRAM --help` lists, as {"-q", "--quota"}."""
    found = set()
    for line in text.splitlines()[1:]:
        match = re.match(r"^\s+(?:(-\w)\b)?(?:\S*,\s*)?\s*(--[\w-]+)?", line)
        if match:
            found.update(option for option in match.groups() if option)
    return found


def options_of_manual(text):
    """The options that a mdoc page explains: its .It lines with Fl."""
    found = set()
    for line in text.splitlines():
        if line.startswith(".It Fl"):
            for long_word, letter in re.findall(r"\bFl (?:Fl ([\w-]+)|(\w)(?=$|[ ,]))", line):
                found.add("--" + long_word if long_word else "-" + letter)
    return found


# Programs of old protocols that take no options of this kind: what they take instead.
WITHOUT_OPTIONS = {
    "vchkpw": "its arguments are the next program",
    "vdelivermail": "its two arguments are those of .qmail-default",
    "qmail-popup": "its arguments are a host name and the next program",
    "qmail-pop3d": "its argument is a Maildir",
}
# Every option table has them; the pages say so once.
COMMON = {"--help", "--version"}


def manual_of(tree, program):
    pages = [name for name in tree.names() if re.match(r"docs/man/%s\.[18]$" % re.escape(program), name)]
    return pages[0] if pages else None


def options_in_manuals(tree, build):
    findings = []
    all_programs = programs(build)
    if not all_programs:
        return ["%s: no program is built" % build]
    for path in all_programs:
        program = os.path.basename(path)
        page = manual_of(tree, program)
        if page is None:
            findings.append("docs/man: %s has no page" % program)
            continue
        if program in WITHOUT_OPTIONS:
            continue
        usage = options_of_usage(output_of([os.path.join(build, path), "--help"]))
        manual = options_of_manual(tree.text(page))
        findings += ["%s: %s takes %s, the page does not say so" % (page, program, option)
                     for option in sorted(usage - manual - COMMON)]
        findings += ["%s: names %s, which %s does not take" % (page, option, program)
                     for option in sorted(manual - usage - COMMON)]
    return findings


def settings_of_table(text):
    """{name: default} from the "name = default" lines of `vconfig --defaults`; sections are their modules'."""
    rows = re.findall(r"^([a-z0-9_]+) =[ ]?(.*)$", re.split(r"^\[", text, 1, re.M)[0], re.M)
    return {name: default.strip() for name, default in rows}


def settings_of_markdown(text):
    """{name: whole row} of the rows that begin with | `name` |."""
    return {match.group(1): match.group(0) for match in re.finditer(r"^\| `([a-z0-9_.]+)` \|.*$", text, re.M)}


def settings_of_manual(text):
    return set(re.findall(r"^\.It (?:Cm|Ic|Va|Sy|Li) ([a-z0-9_]+)", text, re.M))


def compare_settings(table, markdown, manual):
    findings = []
    for name in sorted(set(table) - set(markdown)):
        findings.append("docs/configuration.md: the setting %s is missing" % name)
    for name in sorted(set(markdown) - set(table)):
        findings.append("docs/configuration.md: there is no setting %s" % name)
    for name in sorted(set(table) & set(markdown)):
        if table[name] and table[name] not in markdown[name]:
            findings.append("docs/configuration.md: the default of %s is %s" % (name, table[name]))
    for name in sorted(set(table) - manual):
        findings.append("docs/man/vpopmail.conf.5: the setting %s is missing" % name)
    for name in sorted(manual - set(table)):
        findings.append("docs/man/vpopmail.conf.5: there is no setting %s" % name)
    return findings


def settings_in_manuals(tree, build):
    printer = [os.path.join(build, path) for path in programs(build) if os.path.basename(path) == "vconfig"]
    if not printer:
        return ["%s: vconfig is not built" % build]
    missing = [name for name in ("docs/configuration.md", "docs/man/vpopmail.conf.5") if name not in tree.names()]
    if missing:
        return ["%s: is missing" % name for name in missing]
    return compare_settings(settings_of_table(output_of(printer + ["--defaults"])),
                            settings_of_markdown(tree.text("docs/configuration.md")),
                            settings_of_manual(tree.text("docs/man/vpopmail.conf.5")))


RULES = (external_symbols, options_in_manuals, settings_in_manuals)
