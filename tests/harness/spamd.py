"""A stand-in for spamd: speaks SPAMC's protocol on loopback, and answers as the test says."""
import socket
import threading

MARKS = b"X-Spam-Checker-Version: stand-in\nX-Spam-Flag: %s\nX-Spam-Level: %s\n"


class Spamd:
    """A message with the word GTUBE is spam of level 9. way: whole, cut (fewer bytes than it announced), drop, error."""

    def __init__(self):
        self.way, self.users = "whole", []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(20)

    def _serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                self._answer(connection)

    def _answer(self, connection):
        text = b""
        while part := connection.recv(65536):
            text += part
        head, _, message = text.partition(b"\r\n\r\n")
        rows = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        self.users.append(rows[b"User"].decode())
        if self.way == "drop":
            return
        if self.way == "error":
            connection.sendall(b"SPAMD/1.1 70 EX_SOFTWARE\r\n\r\n")
            return
        is_spam = b"GTUBE" in message
        answer = MARKS % ((b"YES", b"*********") if is_spam else (b"NO", b"")) + message
        head = b"SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\nSpam: %s ; 9.0 / 5.0\r\n\r\n" % (
            len(answer), b"True" if is_spam else b"False")
        connection.sendall(head + (answer[:-10] if self.way == "cut" else answer))
