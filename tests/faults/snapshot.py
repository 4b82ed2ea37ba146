"""A folder's whole content in memory: taken, compared, and put back."""
import os
import shutil
import stat


class Node:
    """A file (bytes), a folder (None) or a symlink (str), with its mode and owner."""
    __slots__ = ("content", "mode", "owner", "inode")

    def __init__(self, content, mode, owner=None, inode=None):
        self.content, self.mode, self.owner, self.inode = content, mode, owner, inode

    def same_as(self, other):
        return (self.content == other.content and type(self.content) is type(other.content) and
                (isinstance(self.content, str) or self.mode == other.mode) and
                (self.owner is None or other.owner is None or self.owner == other.owner))


def read_node(path):
    state = os.lstat(path)
    owner, mode = (state.st_uid, state.st_gid), stat.S_IMODE(state.st_mode)
    if stat.S_ISLNK(state.st_mode):
        return Node(os.readlink(path), mode, owner, state.st_ino)
    if stat.S_ISDIR(state.st_mode):
        return Node(None, mode, owner, state.st_ino)
    if not stat.S_ISREG(state.st_mode):
        return Node(b"", mode, owner, state.st_ino)  # a socket or fifo: its name is all that it has
    with open(path, "rb") as content:
        return Node(content.read(), mode, owner, state.st_ino)


def take(folder):
    """{relative path: Node} of everything below a folder; "" is the folder itself."""
    nodes = {"": read_node(folder)}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(parent, name)
            nodes[os.path.relpath(path, folder)] = read_node(path)
    return nodes


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _make(path, node):
    if node.content is None:
        if not os.path.isdir(path) or os.path.islink(path):
            os.mkdir(path)
    elif isinstance(node.content, str):
        os.symlink(node.content, path)
        return
    else:
        with open(path, "wb") as out:
            out.write(node.content)
    if node.owner is not None and os.geteuid() == 0:
        os.chown(path, *node.owner)
    os.chmod(path, node.mode)


def put(nodes, folder):
    """Makes the folder hold exactly this. What is right already is not touched, so it keeps its inode and times."""
    os.makedirs(folder, exist_ok=True)
    present = take(folder)
    for name in sorted(present, key=len, reverse=True):
        if name and (name not in nodes or (present[name].content is None) != (nodes[name].content is None)):
            if os.path.lexists(os.path.join(folder, name)):
                _remove(os.path.join(folder, name))
            del present[name]
    for name in sorted(nodes, key=lambda n: (n.count("/"), n)):
        node, path = nodes[name], os.path.join(folder, name) if name else folder
        if name in present and node.same_as(present[name]):
            continue
        if name in present and node.content is not None:
            os.unlink(path)
        _make(path, node)
