"""
Builds every state in which a power cut may leave the disk, from a record of a program's file calls.

What the disk promises: what was synced is there. A file's fsync keeps its content and length; a folder's fsync keeps
its names. All else may have happened or not, each piece by itself: a write may be missing, be zeros, or be cut; a name
may be there or not. A rename is one piece: both names change or none does. Between two folders, syncing the new one
keeps the new name (the old name may still be there); syncing the old one keeps both.

All states of a long record are too many. Taken are, at each moment: nothing of the unsynced pieces, all of them, all
but one, one alone, only names, only data, each beginning of their order, and all subsets where they are few. Where they
are many, as in a big file that is just written, the single ones and the beginnings are taken at even steps. The order is
fixed, equal states are built once, and over the limit states are left out evenly.
"""
import hashlib
import itertools
import json
import os
import stat

from . import snapshot
from .driver import Shim

ALL_SUBSETS_OF, FEW = 5, 30
WRITES = ("write", "copy")
DATA, NAME = "data", "name"
WHOLE, ZEROS, TORN = "whole", "zeros", "torn"


class Inode:
    """A file, folder or symlink. Its durable part is a base plus the pieces that were synced since."""

    def __init__(self, kind, mode, owner=None, content=b""):
        self.kind, self.mode, self.owner = kind, mode, owner
        self.content = content   # of a file or symlink, durable
        self.entries = {}        # of a folder, durable: name -> Inode
        self.live = {}           # of a folder, as the program sees it


class Piece:
    """One change that is not synced yet: a write or truncate of a file, or a change of names in one or two folders."""

    def __init__(self, kind, inode, change, variants=(WHOLE,), other=None):
        self.kind, self.inode, self.change, self.variants, self.other = kind, inode, change, variants, other
        self.mode = None


def apply_write(content, offset, data):
    content = content.ljust(offset, b"\0")
    return content[:offset] + data + content[offset + len(data):]


def change_content(content, change, variant):
    """A file's content after one data piece."""
    if change[0] == "truncate":
        return content[:change[1]].ljust(change[1], b"\0")
    _, offset, data = change
    if variant == ZEROS:
        data = bytes(len(data))
    elif variant == TORN:
        data = data[:torn_length(len(data))]
    return apply_write(content, offset, data)


def torn_length(length):
    """Whole sectors where there are several, else half of what there is."""
    half = length // 2
    return half - half % 512 if half >= 512 else half


def change_names(entries_of, change):
    """Applies names to the folders' tables; entries_of(inode) gives a table."""
    for action, folder, name, inode in change:
        table = entries_of(folder)
        if action == "add":
            table[name] = inode
        elif table.get(name) is inode:
            del table[name]


class Disk:
    """The model: what is durable, and the pieces that are not, in the order in which they were made."""

    def __init__(self, nodes):
        self.inodes = {}
        self.pending = []
        self.root = None
        by_path = {}
        for path in sorted(nodes, key=lambda n: (n != "", n.count("/"), n)):
            inode = self._from_node(nodes[path])
            by_path[path] = inode
            if path == "":
                self.root = inode
                continue
            parent, name = os.path.split(path)
            by_path[parent].entries[name] = by_path[parent].live[name] = inode

    def _from_node(self, node):
        """Hard links of the start are one inode."""
        if node.inode in self.inodes:
            return self.inodes[node.inode]
        kind = "folder" if node.content is None else "link" if isinstance(node.content, str) else "file"
        inode = Inode(kind, node.mode, node.owner, node.content)
        self.inodes[node.inode] = inode
        return inode

    def folder_of(self, path):
        """(the folder that holds a path's last name, that name) as the program sees it."""
        inode = self.root
        *folders, name = path.split("/")
        for part in folders:
            inode = inode.live[part]
        return inode, name

    def find(self, path):
        if path == "":
            return self.root
        folder, name = self.folder_of(path)
        return folder.live.get(name)

    def names(self, *change):
        """A change of names happens live at once and is pending on the disk."""
        change_names(lambda folder: folder.live, change)
        self.pending.append(Piece(NAME, change[-1][1], change, other=change[0][1]))

    def data(self, inode, change, durable):
        if durable:
            self.sync_file(inode)
            inode.content = change_content(inode.content, change, WHOLE)
        else:
            variants = (WHOLE, ZEROS, TORN) if change[0] == "write" else (WHOLE,)
            self.pending.append(Piece(DATA, inode, change, variants))

    def sync_file(self, inode):
        kept = []
        for piece in self.pending:
            if piece.kind == DATA and piece.inode is inode:
                inode.content = change_content(inode.content, piece.change, WHOLE)
            else:
                kept.append(piece)
        self.pending = kept

    def sync_folder(self, folder):
        kept = []
        for piece in self.pending:
            if piece.kind != NAME or (piece.inode is not folder and piece.other is not folder):
                kept.append(piece)
            elif piece.other is folder or piece.other is piece.inode:
                change_names(lambda inode: inode.entries, piece.change)
            else:  # synced is the folder that got the name: the old name may still be there
                change_names(lambda inode: inode.entries, [c for c in piece.change if c[1] is folder])
                rest = [c for c in piece.change if c[1] is not folder]
                kept.append(Piece(NAME, rest[0][1], rest, other=rest[0][1]))
        self.pending = kept

    def sync_all(self):
        for piece in self.pending:
            if piece.kind == DATA:
                piece.inode.content = change_content(piece.inode.content, piece.change, WHOLE)
            else:
                change_names(lambda inode: inode.entries, piece.change)
        self.pending = []

    def nodes(self, choice):
        """{path: Node} of the disk with these (piece, variant) pairs on it, in the order of the pieces."""
        tables, contents = {}, {}

        def table(inode):
            return tables.setdefault(id(inode), dict(inode.entries))

        for piece, variant in choice:
            if piece.kind == NAME:
                change_names(table, piece.change)
            else:
                before = contents.get(id(piece.inode), piece.inode.content)
                contents[id(piece.inode)] = change_content(before, piece.change, variant)
        found = {}
        self._walk(self.root, "", table, contents, found, 0)
        return found

    def _walk(self, inode, path, table, contents, found, depth):
        content = None if inode.kind == "folder" else contents.get(id(inode), inode.content)
        found[path] = snapshot.Node(content, inode.mode, inode.owner)
        if inode.kind == "folder" and depth < 64:
            for name, child in table(inode).items():
                self._walk(child, path + "/" + name if path else name, table, contents, found, depth + 1)


class Player:
    """Applies the records of a trace to the model, one by one."""

    def __init__(self, root, nodes):
        self.root, self.disk = root, Disk(nodes)

    def relative(self, path):
        """A recorded path below the root, or None."""
        path = bytes.fromhex(path).decode(errors="surrogateescape")
        if path.endswith(" (deleted)"):
            return None
        if path == self.root:
            return ""
        return path[len(self.root) + 1:] if path.startswith(self.root + "/") else None

    def apply(self, record):
        if record["result"] < 0:
            return
        handler = getattr(self, "do_" + record["call"], None)
        if handler is not None:
            handler(record, self.relative(record["path"]))

    def inode_of(self, record, path):
        inode = self.disk.inodes.get(record.get("inode"))
        return inode if inode is not None or path is None else self.disk.find(path)

    def create(self, record, path, kind, content=b""):
        inode = Inode(kind, stat.S_IMODE(record["mode"]), None, content)
        self.disk.inodes[record["inode"]] = inode
        if path is not None and not self.is_nameless(record):
            folder, name = self.disk.folder_of(path)
            self.disk.names(("add", folder, name, inode))
        return inode

    @staticmethod
    def is_nameless(record):
        return bool(record.get("flags", 0) & os.O_TMPFILE == os.O_TMPFILE)

    def do_open(self, record, path):
        if record["created"]:
            self.create(record, path, "file")
        elif record["offset"] and path is not None:
            inode = self.inode_of(record, path)
            if inode is not None and inode.kind == "file":
                self.disk.data(inode, ("truncate", 0), False)

    def do_mkdir(self, record, path):
        self.create(record, path, "folder", None)

    def do_symlink(self, record, path):
        text = bytes.fromhex(record["other"]).decode(errors="surrogateescape")
        self.create(record, path, "link", text[1:])

    def do_write(self, record, path):
        inode = self.inode_of(record, path)
        if inode is not None and record["result"] > 0:
            durable = bool(record.get("flags", 0) & os.O_DSYNC)
            self.disk.data(inode, ("write", record["offset"], bytes.fromhex(record["data"])), durable)

    do_copy = do_write

    def do_truncate(self, record, path):
        self.disk.data(self.inode_of(record, path), ("truncate", record["offset"]), False)

    def do_chmod(self, record, path):
        # When a mode reaches the disk changes no content; the states show the newest one.
        self.inode_of(record, path).mode = stat.S_IMODE(record["offset"])

    def do_fsync(self, record, path):
        inode = self.inode_of(record, path)
        if inode is not None and inode.kind == "folder":
            self.disk.sync_folder(inode)
        elif inode is not None:
            self.disk.sync_file(inode)

    do_fdatasync = do_fsync

    def do_syncfs(self, _record, _path):
        self.disk.sync_all()

    def do_rename(self, record, path):
        """A move out of the recorded folder is a removal; one into it is the birth of a file with its content."""
        to = self.relative(record["other"])
        if path is not None and to is not None:
            from_folder, from_name = self.disk.folder_of(path)
            to_folder, to_name = self.disk.folder_of(to)
            inode = from_folder.live[from_name]
            if to_folder.live.get(to_name) is not inode:
                self.disk.names(("remove", from_folder, from_name, inode), ("add", to_folder, to_name, inode))
        elif path is not None:
            self.do_unlink(record, path)

    def do_link(self, record, _path):
        to = self.relative(record["other"])
        folder, name = self.disk.folder_of(to)
        self.disk.names(("add", folder, name, self.disk.inodes[record["inode"]]))

    def do_unlink(self, _record, path):
        folder, name = self.disk.folder_of(path)
        inode = folder.live[name]
        self.disk.names(("remove", folder, name, inode))

    do_rmdir = do_unlink


def choices(pending):
    """Lists of (piece, variant), in a fixed order; the module's text says which."""
    def whole(pieces):
        return [(piece, WHOLE) for piece in pieces]

    yield whole(pending)
    yield []
    yield whole(piece for piece in pending if piece.kind == NAME)
    yield [(piece, ZEROS if ZEROS in piece.variants else WHOLE) for piece in pending]
    yield whole(piece for piece in pending if piece.kind == DATA)
    step = 1 + len(pending) // FEW
    for one in pending[::step]:
        yield whole(piece for piece in pending if piece is not one)
        yield whole([one])
        for variant in one.variants[1:]:
            yield [(piece, variant if piece is one else WHOLE) for piece in pending]
    for length in range(1, len(pending), step):
        yield whole(pending[:length])
    if len(pending) <= ALL_SUBSETS_OF:
        for length in range(1, len(pending)):
            for some in itertools.combinations(pending, length):
                yield whole(some)


def digest(nodes, is_scratch=lambda path: False):
    summary = hashlib.sha256()
    for path in sorted(nodes):
        content = None if is_scratch(path) else nodes[path].content
        summary.update(repr((path, content, nodes[path].mode)).encode(errors="surrogateescape"))
    return summary.digest()


class State:
    """One content of the disk after a cut."""

    def __init__(self, nodes, after, total):
        self.nodes, self.after, self.total = nodes, after, total

    @property
    def is_after_the_end(self):
        """The program had ended (well, where it did) before the power went."""
        return self.after == self.total

    def build(self, folder):
        snapshot.put(self.nodes, folder)

    def __repr__(self):
        return "power cut after call %d of %d" % (self.after, self.total)


class Recording:
    """What a command did below a folder."""

    def __init__(self, folder, run):
        """run(environment) runs the command with that environment added and returns its result."""
        self.folder = os.path.realpath(folder)
        self.before = snapshot.take(self.folder)
        shim = Shim(self.folder)
        try:
            self.result = run(shim.environment(trace=True))
            with open(shim.trace) as lines:
                self.records = sorted((json.loads(line) for line in lines), key=lambda record: record["n"])
            if len(self.records) != shim.count():
                raise AssertionError("the trace is not whole: %d of %d calls" % (len(self.records), shim.count()))
        finally:
            shim.close()
        self.after = snapshot.take(self.folder)
        self._check_the_model()

    def _check_the_model(self):
        """With everything on the disk the model must be what the folder really holds: else it proves nothing."""
        player = Player(self.folder, self.before)
        for record in self.records:
            player.apply(record)
        model = player.disk.nodes([(piece, WHOLE) for piece in player.disk.pending])
        wrong = [path for path in set(model) | set(self.after)
                 if path not in model or path not in self.after or model[path].content != self.after[path].content]
        if wrong:
            raise AssertionError("the record does not explain %s" % ", ".join(sorted(wrong)[:5]))

    def is_inside_writes(self, after):
        """In a row of writes: a cut there leaves what the beginnings of the row leave behind its end."""
        around = self.records[max(after - 1, 0):after + 1]
        return len(around) == 2 and all(record["call"] in WRITES for record in around)

    def states(self, limit=2000, is_scratch=lambda path: False):
        """
        At most `limit` different states, the same ones in each run. States that differ only in what a file holds of which
        is_scratch(path) is true count as one.
        """
        seen, found = set(), []
        player = Player(self.folder, self.before)
        total = len(self.records)
        for after in range(total + 1):
            for choice in () if self.is_inside_writes(after) else choices(list(player.disk.pending)):
                nodes = player.disk.nodes(choice)
                mark = (digest(nodes, is_scratch), after == total)
                if mark not in seen:
                    seen.add(mark)
                    found.append(State(self._with_owners(nodes), after, total))
            if after < total:
                player.apply(self.records[after])
        return found if len(found) <= limit else [found[i * len(found) // limit] for i in range(limit)]

    def _with_owners(self, nodes):
        for path, node in nodes.items():
            if node.owner is None and path in self.after:
                node.owner = self.after[path].owner
            elif node.owner is None:
                node.owner = self.before[""].owner
        return nodes


def every_cut(folder, run, check, **which):
    """
    Records the command, then for each state: builds it in the folder and calls check(state), which raises when something
    was lost. Returns the number of states. The folder is as it was at the end. which: see states().
    """
    recording = Recording(folder, run)
    states = recording.states(**which)
    try:
        for state in states:
            state.build(folder)
            try:
                check(state)
            except AssertionError as error:
                raise AssertionError("%s\n%r" % (error, state)) from error
    finally:
        snapshot.put(recording.before, folder)
    return len(states)
