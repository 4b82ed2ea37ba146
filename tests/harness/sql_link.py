"""A driver of an SQL engine in a process of its own, asked call by call: tests/sql/talk.h says what it understands."""
import json
import os
import select
import subprocess
import time

from . import process

SLOT, NO_SLOT = 1, 128
KEYWORDS = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
ENVIRONMENT = {name: os.environ[name] for name in KEYWORDS if name in os.environ}


class Answer(dict):
    """What a call came to."""

    def __getattr__(self, name):
        return self[name]


class Link:
    """A driver in a process of its own, with one link."""

    def __init__(self, program, env=None, under=()):
        """`under` is a program, with its arguments, that runs the driver."""
        self.process = subprocess.Popen([*under, program, "talk"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=dict(ENVIRONMENT, **(env or {})))
        self.server = {}

    def send(self, do, **request):
        """Begins a call; answer() ends it."""
        line = json.dumps(dict(request, do=do), ensure_ascii=False) + "\n"
        self.process.stdin.write(line.encode("utf-8", "surrogateescape"))
        self.process.stdin.flush()
        self.began = time.monotonic()

    def answer(self):
        if not select.select([self.process.stdout], [], [], process.DEADLINE)[0]:
            raise AssertionError("no answer")
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the driver died: %s" % self.process.stderr.read().decode())
        return Answer(json.loads(line.decode("utf-8", "surrogateescape")), seconds=time.monotonic() - self.began)

    def ask(self, do, **request):
        self.send(do, **request)
        return self.answer()

    def connect_to(self, server):
        """Connects to what the members of struct vm_sql_server say."""
        self.server = server
        return self.again()

    def again(self):
        """Connects as before."""
        return self.ask("connect", server=self.server)

    def send_execute(self, text, *parameters, columns=0, slot=SLOT):
        self.send("execute", text=text, parameters=list(parameters), columns=columns, slot=slot)

    def execute(self, text, *parameters, columns=0, slot=NO_SLOT):
        self.send_execute(text, *parameters, columns=columns, slot=slot)
        return self.answer()

    def command(self, text):
        return self.ask("command", text=text)

    def rows(self, text, *parameters, columns=1, slot=NO_SLOT):
        answer = self.execute(text, *parameters, columns=columns, slot=slot)
        if answer.outcome != "ok":
            raise AssertionError(answer)
        return self.ask("rows").rows

    def close(self):
        """The driver ends well and has printed nothing."""
        out, err = self.process.communicate(timeout=process.DEADLINE)
        if self.process.returncode or out or err:
            raise AssertionError("exit status %s: %s%s" % (self.process.returncode, out, err))
