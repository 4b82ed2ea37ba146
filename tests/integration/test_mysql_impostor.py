"""The MySQL driver and servers that do not keep to the protocol."""
import contextlib
import socket
import struct
import sys
import threading
import unittest

from harness import process
from harness.mysql_link import Link, need_driver


def setUpModule():
    need_driver()


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number & 255]) + body


# Protocol 10, a server without TLS that wants mysql_native_password.
GREETING = (b"\x0a5.5.5-10.11.0-MariaDB\0" + struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<H", 0xF7DF) +
            b"\x21" + struct.pack("<H", 2) + struct.pack("<H", 0x0028) + b"\x15" + b"\0" * 10 + b"saltsaltsalt\0" +
            b"mysql_native_password\0")
GREETING_TLS = GREETING.replace(struct.pack("<H", 0xF7DF), struct.pack("<H", 0xFFDF))
FINE = b"\0\0\0\2\0\0\0"
END = b"\xfe\0\0\2\0"


# The greeting of a server is there before the library asks whether it is connected.
LATE = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=connect", "-e", "inject=connect:delay_exit=100000")
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}  # strace traces already


def column(name=b"a"):
    return (b"\3def\0\0\0" + bytes([len(name)]) + name + b"\0" + b"\x0c" + struct.pack("<H", 45) +
            struct.pack("<I", 1020) + b"\xfd" + b"\0\0" + b"\0" + b"\0\0")


def prepared(columns, parameters=0):
    """The answer to a prepare, its packets numbered."""
    bodies = [b"\0" + struct.pack("<IHHBH", 1, columns, parameters, 0, 0)]
    bodies += [column()] * columns + ([END] if columns else [])
    return b"".join(packet(number + 1, body) for number, body in enumerate(bodies))


def result(columns, *rows, end=END):
    bodies = [bytes([columns])] + [column()] * columns + [END] + list(rows) + ([end] if end else [])
    return b"".join(packet(number + 1, body) for number, body in enumerate(bodies))


def text_row(*cells):
    """A row of the binary protocol; None is NULL."""
    nulls = sum(1 << (number + 2) for number, cell in enumerate(cells) if cell is None)
    return b"\0" + nulls.to_bytes((len(cells) + 9) // 8, "little") + b"".join(
        bytes([len(cell)]) + cell for cell in cells if cell is not None)


class Impostor:
    """Greets one client, welcomes it and its SETs, and answers what follows with `answers` in turn, then with nothing."""

    def __init__(self, *answers, greeting=GREETING, welcomes=True, welcomes_sets=True, hangs_up=False, trickle=False,
                 drips=False):
        self.answers, self.greeting, self.hangs_up, self.trickle = list(answers), greeting, hangs_up, trickle
        self.welcomes, self.welcomes_sets, self.drips = welcomes, welcomes_sets, drips
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def settings(self):
        return {"host": "127.0.0.1", "port": self.listener.getsockname()[1], "user": "u", "password": "p", "database": "d"}

    def _run(self):
        connection, _ = self.listener.accept()
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass  # the driver has had enough

    def _drip(self, connection, data):
        for byte in data:
            connection.sendall(bytes([byte]))
            if self.ended.wait(0.3):
                return

    def _serve(self, connection):
        greeting = packet(0, self.greeting)
        if self.trickle:
            self._drip(connection, greeting[:-1])
            if self.ended.is_set():
                return
        connection.sendall(greeting)
        while True:
            request = connection.recv(100000)
            if not request:
                return
            if self.drips:
                self._drip(connection, b"\x16\3\3\x40\0" + b"\2\0\x3f\xfc" + b"\0" * 1000)
            if self.welcomes and request[3:4] == b"\1":
                connection.sendall(packet(2, FINE))
            elif self.welcomes_sets and request[4:8] == b"\3SET":
                connection.sendall(packet(1, FINE))
            elif self.answers and request[4:5] != b"\x19":
                connection.sendall(self.answers.pop(0))
            elif self.hangs_up:
                return

    def close(self):
        self.ended.set()
        self.listener.close()
        self.thread.join(process.DEADLINE)


class ImpostorTest(unittest.TestCase):
    """A server that does not keep to the protocol is never a wrong answer, and never waited for longer than was said."""

    @contextlib.contextmanager
    def impostor(self, *answers, under=(), **how):
        impostor, link = Impostor(*answers, **how), Link(under=under, env=NO_LEAKS if under else None)
        try:
            yield impostor, link
        finally:
            link.close()
            impostor.close()

    def answer_to(self, *answers, columns=1, **how):
        with self.impostor(*answers, **how) as (impostor, link):
            self.assertEqual(link.connect(impostor.settings(), answer_seconds=1).outcome, "ok")
            answer = link.execute("SELECT 1", columns=columns)
            if answer.outcome == "ok" and columns:
                answer.update(link.ask("rows"), seconds=answer.seconds)
            self.assertLess(answer.seconds, process.SOON)
            return answer

    def test_the_impostor_can_be_right(self):
        answer = self.answer_to(prepared(2), result(2, text_row(b"x", None), text_row(b"", b"y")), columns=2)
        self.assertEqual(answer.get("rows"), [["x", None], ["", "y"]], answer)

    def test_another_number_of_columns_when_preparing_is_failed(self):
        for columns in (0, 2):
            self.assertEqual(self.answer_to(prepared(columns)).outcome, "failed")

    def test_another_number_of_columns_when_executing_is_no_answer(self):
        for answer, columns in ((result(2, text_row(b"x", b"y")), 1), (packet(1, FINE), 1), (result(1, text_row(b"x")), 0)):
            with self.subTest(answer=answer):
                self.assertIn(self.answer_to(prepared(columns), answer, columns=columns).outcome, ("failed", "lost"))

    def test_an_end_in_the_middle_is_lost(self):
        whole = prepared(1) + b""
        for words in (whole[:3], whole[:10], b""):
            for hangs_up in (True, False) if words == whole[:10] else (True,):
                with self.subTest(words=words, hangs_up=hangs_up):
                    self.assertEqual(self.answer_to(words or packet(1, b"")[:1], hangs_up=hangs_up).outcome, "lost")
        rows = result(1, text_row(b"x"), end=None)
        answer = self.answer_to(prepared(1), rows)
        self.assertEqual(answer.outcome, "lost", answer)

    def test_no_answer_while_connecting_is_away_in_time(self):
        for name, how in (("no welcome", {"welcomes": False}), ("nothing said to SET", {"welcomes_sets": False}),
                          ("a byte at a time", {"trickle": True})):
            with self.subTest(name), self.impostor(**how) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1, answer_seconds=5)
                self.assertEqual(answer.outcome, "away", answer)
                self.assertTrue(0.9 < answer.seconds < 4.5, answer)

    def test_no_answer_to_the_handshake_of_tls_is_away_in_time(self):
        for mode in ("yes", "verify"):
            with self.subTest(mode), self.impostor(greeting=GREETING_TLS, welcomes=False) as (impostor, link):
                answer = link.connect(dict(impostor.settings(), tls=mode), connect_seconds=1, answer_seconds=5)
                self.assertEqual(answer.outcome, "away", answer)
                self.assertTrue(0.9 < answer.seconds < 4.5, answer)

    def test_a_handshake_of_tls_byte_by_byte_is_away_in_time(self):
        for mode, under in (("yes", ()), ("verify", ()), ("verify", LATE)):
            with self.subTest(mode, under=under), \
                    self.impostor(greeting=GREETING_TLS, drips=True, under=under) as (impostor, link):
                answer = link.connect(dict(impostor.settings(), tls=mode), connect_seconds=1, answer_seconds=5)
                self.assertEqual(answer.outcome, "away", answer)
                self.assertTrue(0.9 < answer.seconds < 4.5, answer)
    def test_a_hangup_in_the_handshake_of_tls_is_away(self):
        with self.impostor(greeting=GREETING_TLS, welcomes=False, hangs_up=True) as (impostor, link):
            answer = link.connect(dict(impostor.settings(), tls="yes"))
            self.assertEqual(answer.outcome, "away", answer)

    def test_who_takes_encryption_away_gets_no_password(self):
        for mode in ("yes", "verify"):
            with self.subTest(mode), self.impostor() as (impostor, link):
                answer = link.connect(dict(impostor.settings(), tls=mode))
                self.assertEqual(answer.outcome, "forbidden", answer)

    def test_what_is_no_mysql_gets_no_link(self):
        for greeting in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x0a", b"\x0a5.5", b"\xff", b"\xff\x10\x04#08004full",
                         b"\xff" + b"!" * 100, GREETING[:30]):
            with self.subTest(greeting=greeting), self.impostor(greeting=greeting, hangs_up=True) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1, answer_seconds=1)
                self.assertIn(answer.outcome, ("away", "failed"), answer)
                self.assertLess(answer.seconds, process.SOON)

    def test_who_asks_for_the_password_itself_does_not_get_it(self):
        for plugin in (b"mysql_clear_password", b"dialog", b"mysql_old_password"):
            with self.subTest(plugin), self.impostor(greeting=GREETING.replace(b"mysql_native_password", plugin),
                                                     welcomes=False) as (impostor, link):
                self.assertNotEqual(link.connect(impostor.settings(), connect_seconds=1).outcome, "ok")
            switch = packet(2, b"\xfe" + plugin + b"\0")
            with self.subTest(plugin), self.impostor(switch, packet(4, FINE), welcomes=False) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1)
                self.assertNotEqual(answer.outcome, "ok")

    def test_the_text_of_an_error_is_one_line(self):
        answer = self.answer_to(packet(1, b"\xff\x28\x04#42000one\ntwo\r\x1b[31m" + b"!" * 400))
        self.assertEqual(answer.outcome, "failed")
        self.assertIn("one?two??[31m!!!", answer.error)


if __name__ == "__main__":
    sys.exit(unittest.main())
