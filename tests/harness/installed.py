"""The programs of this build, installed once and shared by all tests of the build."""
import atexit
import os
import pwd
import shutil
import stat
import subprocess
import tempfile

SOURCE = os.environ.get("VM_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("VM_BUILD") or os.path.join(SOURCE, "build")
STAGE = os.path.join(BUILD, "tests", "installed")

# Tests that root runs use this one for everything that must not need root.
ORDINARY_USER = "nobody"


class Person:
    """Who runs a program: the caller, or where root calls an ordinary user."""

    def __init__(self, ordinary=True):
        self.changes = ordinary and os.geteuid() == 0
        entry = pwd.getpwnam(ORDINARY_USER) if self.changes else pwd.getpwuid(os.geteuid())
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid

    def popen_arguments(self):
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.changes else {}


def make(*words):
    """Runs make in the build folder, as if nobody's make had called us; its output."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", "-s", "--no-print-directory", "-C", BUILD] + list(words), check=True,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout.decode()


def configured_homes():
    """V and Q as ./configure was told."""
    prefix, qmail = make("print-home").splitlines()[-1].split("\t")
    return prefix, qmail


def is_open_to_all(path):
    """True when every folder above lets strangers through (a clone may be in a private home)."""
    while True:
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        parent = os.path.dirname(path)
        if parent == path:
            return True
        path = parent


def _install():
    make("tests/installed.stamp")


def _private_copy(path):
    copy = tempfile.mkdtemp(prefix="vm-installed-")
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    os.chmod(copy, 0o755)
    shutil.copytree(path, os.path.join(copy, "tree"), symlinks=True)
    return os.path.join(copy, "tree")


class Installed:
    """Folders of the installed programs; made at the first use in a process."""
    _only = None

    def __init__(self):
        if not os.path.exists(STAGE + ".stamp"):
            _install()
        stage = STAGE if os.geteuid() != 0 or is_open_to_all(STAGE) else _private_copy(STAGE)
        prefix, qmail = configured_homes()
        self.home = stage + prefix
        self.qmail = stage + qmail
        self.bin = os.path.join(self.home, "bin")
        self.qmail_bin = os.path.join(self.qmail, "bin")

    @classmethod
    def get(cls):
        if cls._only is None:
            cls._only = cls()
        return cls._only

    def program(self, name):
        """Path of an installed program."""
        for folder in (self.bin, self.qmail_bin):
            path = os.path.join(folder, name)
            if os.path.exists(path):
                return path
        raise FileNotFoundError("%s is not installed by this build" % name)
