"""The source tree as the lints see it."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
C_FOLDERS = ("src/", "auth-modules/", "cli/", "vpopmaild/")


class Tree:
    """A folder of sources; the self-tests make small ones."""

    def __init__(self, root=ROOT):
        self.root = root
        self._names = None

    def names(self):
        """Every file that belongs to the tree, relative to its root."""
        if self._names is None:
            self._names = sorted(self._from_git() if os.path.exists(os.path.join(self.root, ".git"))
                                 else self._from_walk())
        return self._names

    def _from_git(self):
        found = subprocess.run(["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                               check=True, stdout=subprocess.PIPE).stdout.decode()
        return [name for name in found.split("\0") if name and os.path.isfile(os.path.join(self.root, name))]

    def _from_walk(self):
        for folder, _, files in os.walk(self.root):
            for name in files:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def c_files(self, folders=C_FOLDERS):
        return [name for name in self.names() if name.endswith((".c", ".h")) and name.startswith(folders)]

    def path(self, name):
        return os.path.join(self.root, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as source:
            return source.read()

    def lines(self, name):
        """(number, line) pairs, counted from 1."""
        return enumerate(self.text(name).splitlines(), 1)

    def code_lines(self, name):
        """(number, line) pairs of a C file with comments and the insides of strings blanked out."""
        return enumerate(without_comments(self.text(name)).splitlines(), 1)


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def without_comments(text):
    """C text of the same lines, without its comments and with empty strings, but for the names after #include."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]+", " ", token)
        if re.search(r"#[ \t]*include[ \t]*$", text[max(0, match.start() - 40):match.start()]):
            return token
        return token[0] * 2
    return TOKEN.sub(blank, text)
