"""A whole small installation in a temp folder: V, Q, settings, programs and daemons."""
import os
import shutil
import subprocess
import tempfile
import unittest

from . import process
from .installed import Installed, Person

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Site:
    """V and Q below one folder. Everything runs as an ordinary user unless privileged=True (then root is needed).

    parent: where the folder is made; IN_MEMORY spares tests of many refusals the disk's time."""

    def __init__(self, settings=None, sections=None, privileged=False, parent=None):
        if privileged and os.geteuid() != 0:
            raise unittest.SkipTest("needs root")
        self.installed = Installed.get()
        self.owner = Person(ordinary=True)
        self.person = Person(ordinary=not privileged)
        self.folder = tempfile.mkdtemp(prefix="vm-site-", dir=parent)
        self.home = os.path.join(self.folder, "V")
        self.qmail = os.path.join(self.folder, "Q")
        self.settings, self.sections = {}, sections or {}
        self.daemons, self.started = [], []
        self._make_folders()
        self.configure(**(settings or {}))

    def _make_folders(self):
        os.chmod(self.folder, 0o711)
        for path, mode in (("V", 0o755), ("V/etc", 0o755), ("V/domains", 0o711), ("Q", 0o755), ("Q/control", 0o755),
                           ("Q/users", 0o755), ("Q/alias", 0o755), ("Q/bin", 0o755), ("run", 0o755)):
            os.mkdir(self.path(path))
            os.chmod(self.path(path), mode)
            self.give(self.path(path))
        os.symlink(os.path.join(self.installed.home, "lib"), self.path("V/lib"))  # the store modules

    def path(self, name):
        """A path below the site's folder: "V/domains", "Q/control/rcpthosts"."""
        return os.path.join(self.folder, name)

    def give(self, path):
        """Makes the owner of the domains the owner of a file that the test made."""
        if os.geteuid() == 0:
            os.chown(path, self.owner.uid, self.owner.gid, follow_symlinks=False)

    def write(self, name, text, mode=0o644):
        """Writes a file below the site's folder; its folder is made."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(text.encode() if isinstance(text, str) else text)
        os.chmod(path, mode)
        self.give(path)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as text:
            return text.read()

    def configure(self, **settings):
        """Changes settings of etc/vpopmail.conf; None takes one away."""
        import grp
        self.settings.update(settings)
        rows = {"qmail_dir": self.qmail, "user": self.owner.name, "group": grp.getgrgid(self.owner.gid).gr_name}
        rows.update(self.settings)
        text = "".join("%s = %s\n" % row for row in rows.items() if row[1] is not None)
        for section, values in self.sections.items():
            text += "[%s]\n" % section + "".join("%s = %s\n" % row for row in values.items())
        path = self.write("V/etc/vpopmail.conf", text, 0o600)
        if self.sections and os.geteuid() == self.person.uid == 0:  # as root installs it: it may hold a password
            os.chown(path, 0, self.owner.gid)
            os.chmod(path, 0o640)

    def environment(self, **more):
        keep = ("PATH", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TZ")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        environment.update(VPOPMAIL_HOME=self.home, HOME=self.folder, **more)
        return environment

    def run(self, program, *arguments, stdin=b"", fd3=None, env=None, cwd=None, deadline=process.DEADLINE):
        """Runs an installed program of ours to its end: a process.Result."""
        return process.run([self.installed.program(program)] + [str(a) for a in arguments], stdin, fd3,
                           self.environment(**(env or {})), cwd or self.folder, self.person, deadline)

    def must(self, program, *arguments, **named):
        """run() of a command that has to succeed."""
        result = self.run(program, *arguments, **named)
        if result.status != 0:
            raise AssertionError(repr(result))
        return result

    def popen(self, program, *arguments, env=None):
        """Starts a program of ours that serves no address; the caller reads its output. It is killed at the end."""
        command = [self.installed.program(program)] + [str(a) for a in arguments]
        started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=self.environment(**(env or {})), cwd=self.folder, **self.person.popen_arguments())
        self.started.append(started)
        return started

    def popen_with_input(self, program, *arguments):
        """Starts a program of ours that waits for its input; the caller feeds it and reads what it says."""
        command = [self.installed.program(program)] + [str(a) for a in arguments]
        started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment(), cwd=self.folder, **self.person.popen_arguments())
        self.started.append(started)
        return started

    def start(self, program, *arguments, address, env=None):
        """Starts a server of ours and waits until it answers at its address."""
        log = self.path("run/%s.log" % os.path.basename(program))
        daemon = process.Daemon([self.installed.program(program)] + [str(a) for a in arguments], address, log,
                                self.environment(**(env or {})), self.folder, self.person)
        self.daemons.append(daemon)
        return daemon

    def close(self):
        """Stops what runs and removes the folder. A daemon that does not end well fails the test that closes."""
        errors = []
        for started in self.started:
            started.kill()
            if not started.stdout.closed:
                started.communicate()
        for daemon in reversed(self.daemons):
            try:
                daemon.stop()
            except AssertionError as error:
                errors.append(str(error))
        shutil.rmtree(self.folder)
        if errors:
            raise AssertionError("\n".join(errors))


class SiteTest(unittest.TestCase):
    """A test case with a fresh site; subclasses may say other settings."""
    settings = {}
    privileged = False

    def setUp(self):
        self.site = Site(dict(self.settings), privileged=self.privileged)
        self.addCleanup(self.site.close)
