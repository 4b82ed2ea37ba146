"""Runs the old invocations of every command and compares with what vpopmail 5.4 and 5.6 answered."""
import glob
import os
import re
import shlex
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from harness import stores  # noqa: E402

FILES = sorted(glob.glob(HERE + "/transcripts/*.txt"))


class Step:
    """A command and what is expected of it."""

    def __init__(self, words, files):
        self.words, self.files = words, files
        self.input, self.three, self.lines, self.errors, self.status, self.after = b"", None, [], [], 0, []
        self.has_more = False


def steps_of(text):
    steps, files = [], []
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if kind == "$":
            steps.append(Step(shlex.split(rest), files))
            files = []
        elif kind == "@":
            files.append(rest.split(" ", 1))
        elif kind == "<":
            steps[-1].input += rest.encode() + b"\n"
        elif kind == "3<":
            steps[-1].three = rest.encode().decode("unicode_escape").encode()
        elif kind in ("|", "~"):
            steps[-1].lines.append((kind, rest))
        elif kind == "*":
            steps[-1].has_more = True
        elif kind == "!":
            steps[-1].errors.append(rest)
        elif kind == "=":
            steps[-1].after.append(rest.split(" ", 1))
        elif re.fullmatch(r"\[\d+\]", line):
            steps[-1].status = int(line[1:-1])
        else:
            raise ValueError("line %d is of no kind: %s" % (number, line))
    return steps


class Transcripts:
    def transcript(self, name):
        with open("%s/transcripts/%s.txt" % (HERE, name)) as text:
            text = text.read()
        is_sql = getattr(self, "engine", None) is not None
        only = re.search(r"^# only: (\w+)", text, re.M)
        if only and (only.group(1) == "sql") != is_sql:
            return
        folder = self.site.path("V/domains/example.org")
        for mark, value in (("V", self.site.home), ("Q", self.site.qmail), ("D", folder),
                            ("uid", self.site.owner.uid), ("gid", self.site.owner.gid)):
            text = text.replace("{%s}" % mark, str(value))
        for step in steps_of(text):
            self.take(step, folder)

    def take(self, step, folder):
        for name, text in step.files:
            self.site.write(os.path.relpath(os.path.join(folder, name), self.site.folder),
                            text.encode().decode("unicode_escape") + "\n", 0o600)
        result = self.site.run(*step.words, stdin=step.input, fd3=step.three)
        what = "%s\n%r" % (" ".join(step.words), result)
        lines = result.out.splitlines()
        for (kind, expected), line in zip(step.lines, lines):
            if kind == "|":
                self.assertEqual(line, expected, what)
            else:
                self.assertRegex(line, "^(?:%s)$" % expected, what)
        (self.assertGreater if step.has_more else self.assertEqual)(len(lines), len(step.lines), what)
        self.assertEqual(result.status, step.status, what)
        for text in step.errors:
            self.assertIn(text, result.err, what)
        for after in step.after:
            path = os.path.join(folder, after[0])
            if len(after) == 1:
                self.assertFalse(os.path.lexists(path), what)
            else:
                with open(path) as file:
                    self.assertEqual(file.read(), after[1].encode().decode("unicode_escape") + "\n", what)


def add(name):
    def test(self):
        self.transcript(name)
    setattr(Transcripts, "test_" + name, test)


for file in FILES:
    add(os.path.basename(file)[:-len(".txt")])

stores.on_every_store(globals(), Transcripts)


class CoverageTest(unittest.TestCase):
    def test_every_command_of_5_4_has_a_transcript(self):
        commands = set()
        for path in FILES:
            with open(path) as text:
                commands |= {step.words[0] for step in steps_of(text.read())}
        expected = set("""vadddomain vdeldomain vaddaliasdomain vadduser vdeluser vpasswd vchangepw vsetuserquota vmoduser
            vuserinfo vdominfo vmoddomlimits valias dotqmail2valias vsavealiasdomains vmakedotqmail vipmap vmkpasswd
            vconvert vdeloldusers vpopbull vlist vverifypw vrcptcheck vusagec clearopensmtp authvchkpw""".split())
        self.assertEqual(expected - commands, set())

    def test_every_option_of_5_4_has_a_transcript(self):
        """The letters that the reference gives to each command."""
        letters = {"vadddomain": "vqbeudigOr", "vdeldomain": "vf", "vaddaliasdomain": "v", "vadduser": "vqcerns", "vdeluser": "v",
                   "vpasswd": "vr", "vchangepw": "v", "vsetuserquota": "v", "vmoduser": "vnqceCDxadpswiboru0123fFmSEh",
                   "vuserinfo": "anpugcdqQClD", "vdominfo": "anugdtr", "vmoddomlimits": "vSDdQqMmPAFRLgpafrluoxzh",
                   "valias": "vnsdi", "dotqmail2valias": "avd", "vipmap": "vpad", "vconvert": "cmepSdv",
                   "vdeloldusers": "avdeDV", "vpopbull": "vVfenchs", "vverifypw": "hve", "vmakedotqmail": "aAudqorth",
                   "vsavealiasdomains": "vAh"}
        used = {}
        for path in FILES:
            with open(path) as text:
                for step in steps_of(text.read()):
                    for word in step.words[1:]:
                        if re.match("-[^-]", word):
                            used.setdefault(step.words[0], set()).add(word[1])
        self.assertEqual({command: set(options) - used.get(command, set()) for command, options in letters.items()
                          if set(options) - used.get(command, set())}, {})


if __name__ == "__main__":
    unittest.main()
