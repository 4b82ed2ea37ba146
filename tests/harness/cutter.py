"""A wire between a program and its SQL server that is cut at a message of one's choice."""
import selectors
import socket
import struct
import threading

TO_SERVER, TO_CLIENT = 0, 1


class Frames:
    """Finds where the messages of one direction begin."""

    def __init__(self, engine, direction):
        self.engine, self.pending = engine, b""
        self.is_startup = engine == "pgsql" and direction == TO_SERVER  # its first message has no type

    def _header(self):
        if self.engine == "mysql":
            return 4
        return 4 if self.is_startup else 5

    def _length(self):
        if self.engine == "mysql":
            return 4 + (struct.unpack("<I", self.pending[:4])[0] & 0xFFFFFF)
        return struct.unpack(">I", self.pending[self._header() - 4:self._header()])[0] + self._header() - 4

    def take(self, data):
        """The messages that are whole by now."""
        self.pending += data
        messages = []
        while len(self.pending) >= self._header() and len(self.pending) >= self._length():
            length = self._length()
            messages.append(self.pending[:length])
            self.pending = self.pending[length:]
            self.is_startup = False
        return messages


class Wire:
    """One connection, and what has gone over it."""

    def __init__(self, engine, client, server):
        self.ends = {client: (server, TO_SERVER), server: (client, TO_CLIENT)}
        self.frames = [Frames(engine, TO_SERVER), Frames(engine, TO_CLIENT)]
        self.counts, self.hangs = [0, 0], False
        self.turns = []  # [direction, first message, last message]

    def note(self, direction):
        """A message has gone."""
        number = self.counts[direction]
        self.counts[direction] += 1
        if self.turns and self.turns[-1][0] == direction:
            self.turns[-1][2] = number
        else:
            self.turns.append([direction, number, number])

    def close(self, reset):
        for end in self.ends:
            if reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()


class Cut:
    """Where the wire breaks: before the message `number` (from 0) of a direction, or in the middle of it. With hangs=True
    it does not break, but nothing goes over it any more."""

    def __init__(self, direction, number, is_inside, hangs=False):
        self.direction, self.number, self.is_inside, self.hangs = direction, number, is_inside, hangs

    def __repr__(self):
        return "cut %s message %d to the %s" % ("inside" if self.is_inside else "before", self.number,
                                                ("server", "client")[self.direction])


class Cutter:
    """Listens on a loopback port and passes everything on to `target`, until it is told otherwise."""

    def __init__(self, engine, target):
        self.engine, self.target = engine, target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.cut, self.is_away, self.stays_away, self.turns = None, False, False, []
        self.is_silent, self.wires, self.was_cut = False, set(), False
        self.waker, self.woken = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.woken, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def cuts(self, run, step=1):
        """All places where the conversation of run() can break that differ for who speaks or listens; each step-th of them."""
        with self.lock:
            self.turns = []
        run()
        with self.lock:
            places = [place for direction, first, last in self.turns
                      for place in (Cut(direction, first, False), Cut(direction, last, True))]
        return places[::step]

    def arm(self, cut, stays_away=True):
        """The next connection that comes so far is cut; from then on nobody gets through, or everybody."""
        with self.lock:
            self.cut, self.stays_away, self.was_cut = cut, stays_away, False

    def heal(self):
        """Everything passes; whether the wire was cut since arm()."""
        with self.lock:
            self.cut, self.is_away, self.is_silent = None, False, False
            for wire in [wire for wire in self.wires if wire.hangs]:
                self._end(wire, True)
            return self.was_cut

    def away(self):
        """What is connected is cut, and nobody gets through."""
        with self.lock:
            self.is_away = True
            for wire in list(self.wires):
                self._end(wire, True)

    def close(self):
        self.waker.close()
        self.thread.join()
        for wire in self.wires:
            wire.close(False)
        for one in (self.listener, self.woken, self.selector):
            one.close()

    def _run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.woken:
                    return
                with self.lock:
                    if key.fileobj is self.listener:
                        self._accept()
                    elif key.data in self.wires:
                        self._pass_on(key.data, key.fileobj)

    def _accept(self):
        client, _ = self.listener.accept()
        if self.is_away:
            client.close()
            return
        server = socket.socket()
        try:
            server.connect(self.target)
        except OSError:
            client.close()
            server.close()
            return
        wire = Wire(self.engine, client, server)
        self.wires.add(wire)
        for end in wire.ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(end, selectors.EVENT_READ, wire)

    def _end(self, wire, reset):
        for end in wire.ends:
            self.selector.unregister(end)
        wire.close(reset)
        self.wires.discard(wire)

    def _pass_on(self, wire, end):
        other, direction = wire.ends[end]
        try:
            data = end.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._end(wire, False)
            return
        if self.is_silent:
            wire.hangs = True
            return
        try:
            self._send(wire, other, direction, data)
        except OSError:
            self._end(wire, False)

    def _send(self, wire, other, direction, data):
        for message in wire.frames[direction].take(data):
            cut = self.cut
            if cut and cut.direction == direction and cut.number == wire.counts[direction]:
                self.cut, self.was_cut = None, True
                self.is_away, self.is_silent = self.stays_away and not cut.hangs, cut.hangs
                if cut.hangs:
                    wire.hangs = True
                    return
                if cut.is_inside:
                    other.sendall(message[:max(1, len(message) // 2)])
                self._end(wire, not cut.is_inside)
                return
            other.sendall(message)
            wire.note(direction)
            if len(wire.turns) > len(self.turns):
                self.turns = wire.turns  # the longest conversation
