"""Runs programs and daemons; nothing here waits for a fixed time."""
import os
import select
import signal
import socket
import subprocess
import time

DEADLINE = 60.0
# A limit of a second or two was kept, also where other work holds up the machine; without it the wait would have no end.
SOON = 15.0


class Result:
    """What a program answered. Text is decoded for comparing; the bytes are in out_bytes and err_bytes."""

    def __init__(self, command, status, out, err, seconds):
        self.command, self.status, self.seconds = command, status, seconds
        self.out_bytes, self.err_bytes = out, err
        self.out, self.err = out.decode(errors="replace"), err.decode(errors="replace")

    def __repr__(self):
        return "%s\nexit status %s\nstdout: %s\nstderr: %s" % (" ".join(map(str, self.command)), self.status, self.out,
                                                               self.err)


def _on_descriptor_3(read_end):
    def move():
        os.dup2(read_end, 3)
    return move


def run(command, stdin=b"", fd3=None, env=None, cwd=None, person=None, deadline=DEADLINE):
    """Runs a command to its end. fd3: bytes that it can read from descriptor 3, as checkpassword programs do."""
    arguments = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd,
                     start_new_session=True)
    if person:
        arguments.update(person.popen_arguments())
    if isinstance(stdin, str):
        stdin = stdin.encode()
    began = time.monotonic()
    if fd3 is not None:
        read_end, write_end = os.pipe()
        arguments.update(preexec_fn=_on_descriptor_3(read_end), pass_fds=(3,))
    process = subprocess.Popen(command, **arguments)
    if fd3 is not None:
        os.close(read_end)
        try:
            os.write(write_end, fd3)
        except BrokenPipeError:
            pass  # it ended without reading; its status tells
        os.close(write_end)
    try:
        out, err = process.communicate(stdin, timeout=deadline)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError("no end after %g s: %r" % (deadline, Result(command, None, out, err, deadline)))
    return Result(command, process.returncode, out, err, time.monotonic() - began)


def free_port():
    """A loopback port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, deadline=DEADLINE):
    """Asks until the answer is true; for conditions that no descriptor announces."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("not in %g s: %s" % (deadline, what))
        select.select([], [], [], 0.005)


class Session:
    """An SQL client that stays connected; it prints rows as they come."""

    def __init__(self, command, env, cwd):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                                        cwd=cwd, start_new_session=True)
        self.marks = 0

    def send(self, text):
        """Begins statements that may have to wait."""
        self.process.stdin.write(text.encode() + b";\n")
        self.process.stdin.flush()

    def ask(self, text):
        """Statements, and all that came of them and of what was sent before."""
        self.marks += 1
        mark = b"mark %d\n" % self.marks
        self.send("%s; SELECT 'mark %d'" % (text, self.marks))
        said = b""
        while not said.endswith(mark):
            if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
                raise AssertionError("no answer to %s: %s" % (text, said.decode()))
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                raise AssertionError("%s: %s" % (text, said.decode()))
            said += read
        return said[:-len(mark)].decode().rstrip("\n")

    def close(self):
        self.process.kill()
        self.process.communicate()


class Daemon:
    """A program that serves an address: ("127.0.0.1", port) or the path of a Unix socket. Ready when it answers."""

    def __init__(self, command, address, log, env=None, cwd=None, person=None, deadline=DEADLINE):
        self.command, self.address, self.log = command, address, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd,
                                            start_new_session=True, **(person.popen_arguments() if person else {}))
        try:
            self._wait_until_it_answers(deadline)
        except BaseException:
            self.kill()
            raise

    def _wait_until_it_answers(self, deadline):
        end = time.monotonic() + deadline
        ended = os.pidfd_open(self.process.pid)
        try:
            while True:
                try:
                    self.connect(1.0).close()
                    return
                except OSError:
                    pass
                died = select.select([ended], [], [], 0.01)[0]
                if died or time.monotonic() > end:
                    raise AssertionError("%s %s:\n%s" % (
                        self.command[0], "ended" if died else "does not answer", self.log_text()))
        finally:
            os.close(ended)

    def connect(self, timeout=DEADLINE):
        """A connected socket."""
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        connection = socket.socket(family)
        try:
            connection.settimeout(timeout)
            connection.connect(self.address)
        except BaseException:
            connection.close()
            raise
        return connection

    def log_text(self):
        with open(self.log, errors="replace") as text:
            return text.read()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, deadline=DEADLINE):
        """TERM; the exit status. A daemon that does not go is killed, and that is a failure."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("%s does not end on TERM:\n%s" % (self.command[0], self.log_text()))
        return self.process.returncode

    def kill(self):
        """kill -9 of the daemon and its children."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
