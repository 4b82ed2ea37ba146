"""Runs a command once for every file call that it makes, with a fault at that call."""
import errno
import json
import os
import tempfile

from harness.installed import BUILD, SOURCE

from . import snapshot

SHIM = os.path.join(BUILD, "tests", "faults", "shim.so")
# Thins the loops while somebody is working on a test; ./check runs every call.
EVERY = int(os.environ.get("VM_FAULT_EVERY", "1"))

ERRORS = ("fail:%d" % errno.EIO, "fail:%d" % errno.ENOSPC)
KILLS = ("kill-before", "kill-after")
FULL_DISK = ("full:%d" % errno.ENOSPC,)
EVERYTHING = ERRORS + KILLS + FULL_DISK + ("short",)


class Shim:
    """The environment that makes a program count its calls below a folder."""

    def __init__(self, folder, reads=False):
        self.folder = os.path.realpath(folder)
        self.reads = reads
        self._files = tempfile.TemporaryDirectory(prefix="vm-faults-")
        os.chmod(self._files.name, 0o711)
        self.counter = os.path.join(self._files.name, "counter")
        self.trace = os.path.join(self._files.name, "trace")
        self.shim = self._reachable_shim()

    def _reachable_shim(self):
        """The shared object where an ordinary user can load it."""
        path = os.path.join(self._files.name, "shim.so")
        with open(SHIM, "rb") as built, open(path, "wb") as copy:
            copy.write(built.read())
        os.chmod(path, 0o755)
        return path

    def close(self):
        self._files.cleanup()

    def environment(self, at=0, action="", trace=False):
        """For the program's environment; the count begins at 0."""
        for path, text in ((self.counter, bytes(8)), (self.trace, b"")):
            with open(path, "wb") as out:
                out.write(text)
            os.chmod(path, 0o666)
        environment = {"LD_PRELOAD": self.shim, "VM_FAULT_BELOW": self.folder, "VM_FAULT_COUNTER": self.counter,
                       "VM_FAULT_AT": str(at), "VM_FAULT_ACTION": action,
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if self.reads:
            environment["VM_FAULT_READS"] = "1"
        if trace:
            environment["VM_FAULT_TRACE"] = self.trace
        return environment

    def needing_space(self):
        """Numbers of the calls that a full disk would refuse; the run was traced."""
        with open(self.trace) as lines:
            return sorted(record["n"] for record in map(json.loads, lines) if record["needs_space"])

    def count(self):
        """Calls counted since environment() was asked for."""
        with open(self.counter, "rb") as counter:
            return int.from_bytes(counter.read(8), "little")


class Fault:
    """Where and how one run was disturbed."""

    def __init__(self, at, action, result):
        self.at, self.action, self.result = at, action, result

    @property
    def killed(self):
        return self.action.startswith("kill")

    def __repr__(self):
        return "%s at call %d\n%r" % (self.action, self.at, self.result)


def every_fault(folder, run, check, actions=EVERYTHING, reads=False):
    """
    For each action and each n: puts the folder back as it was, calls run(environment), which runs the command with
    that environment added and returns a harness.process.Result, and then check(fault), which raises when the folder or
    the answer is wrong. A full disk begins at each call that needs space. Returns the number of runs. The folder is as it
    was at the end.
    """
    before, shim, runs = snapshot.take(folder), Shim(folder, reads), 0
    try:
        result = run(shim.environment(trace=True))
        count = shim.count()
        if count == 0:
            raise AssertionError("the command makes no file call below %s: %r" % (folder, result))
        full = shim.needing_space()
        for action in actions:
            for at in (full if action in FULL_DISK else range(1, count + 1))[::EVERY]:
                snapshot.put(before, folder)
                fault = Fault(at, action, run(shim.environment(at, action)))
                runs += 1
                try:
                    check(fault)
                except AssertionError as error:
                    raise AssertionError("%s\n%r" % (error, fault)) from error
    finally:
        snapshot.put(before, folder)
        shim.close()
    return runs


__all__ = ["BUILD", "ERRORS", "EVERY", "EVERYTHING", "FULL_DISK", "Fault", "KILLS", "SOURCE", "Shim", "every_fault"]
