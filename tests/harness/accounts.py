"""Domains and accounts written as files by the test itself, in vpopmail's formats: independent of our commands."""
import crypt
import os
import struct

FIRST_HASH = 5381


def _hash(key):
    value = FIRST_HASH
    for byte in key:
        value = ((value << 5) + value ^ byte) & 0xFFFFFFFF
    return value


def cdb_bytes(records):
    """A constant database (D. J. Bernstein's format) of (key, value) pairs of bytes."""
    body, tables, position = [], [[] for _ in range(256)], 2048
    for key, value in records:
        record = struct.pack("<II", len(key), len(value)) + key + value
        tables[_hash(key) & 255].append((_hash(key), position))
        body.append(record)
        position += len(record)
    header, ends = [], []
    for table in tables:
        slots = [(0, 0)] * (2 * len(table))
        for value, offset in table:
            at = (value >> 8) % len(slots)
            while slots[at][1]:
                at = (at + 1) % len(slots)
            slots[at] = (value, offset)
        header.append(struct.pack("<II", position, len(slots)))
        ends.extend(struct.pack("<II", *slot) for slot in slots)
        position += 8 * len(slots)
    return b"".join(header + body + ends)


def quick_hash(password):
    """A hash that costs no time."""
    return crypt.crypt(password, "$1$saltsalt$")


class Accounts:
    """Domains of a site. Call save() after the last change."""

    def __init__(self, site):
        self.site = site
        self.domains, self.aliases = {}, {}

    def add(self, address, password="secret", hash=None, flags=0, clear=None, home=None):
        """Adds an account (and its domain); its Maildir's path. home="" is a home that is made later."""
        user, domain = address.split("@")
        accounts = self.domains.setdefault(domain, {})
        if home is None:
            home = os.path.join(self.folder(domain), user)
            self._make_maildir(home)
        hash = quick_hash(password) if hash is None else hash
        fields = [user, hash, "1", str(flags), user, home, "NOQUOTA"] + ([] if clear is None else [clear])
        accounts[user] = ":".join(fields)
        return os.path.join(home, "Maildir")

    def folder(self, domain):
        return os.path.join(self.site.home, "domains", domain)

    def _make_maildir(self, home):
        for path in (home, home + "/Maildir", home + "/Maildir/new", home + "/Maildir/cur", home + "/Maildir/tmp"):
            os.makedirs(path, 0o700)
            self.site.give(path)
        self.site.give(os.path.dirname(home))

    def save(self, uid=None, gid=None, owners=None):
        """
        Writes users/assign, users/cdb and each vpasswd with its cdb. uid, gid: another owner for all domains. owners: for
        each domain that is named there (uid, gid), to whom its files are given also; only root can.
        """
        owners = owners or {}
        owner = self.site.owner
        uid, gid = owner.uid if uid is None else uid, owner.gid if gid is None else gid
        lines, records = [], [(b"", b"-")]
        for name, real in [(name, name) for name in self.domains] + list(self.aliases.items()):
            ids = owners.get(real, (uid, gid))
            fields = [real, str(ids[0]), str(ids[1]), self.folder(real), "-", ""]
            lines.append("+%s-:%s:\n" % (name, ":".join(fields)))
            records.append((b"!%s-" % name.encode(), "\0".join(fields).encode() + b"\0"))
        self.site.write("Q/users/assign", "".join(lines) + ".\n")
        self.site.write("Q/users/cdb", cdb_bytes(records))
        for domain, accounts in self.domains.items():
            rows = sorted(accounts.items())
            base = "V/domains/%s/vpasswd" % domain
            self.site.write(base, "".join(line + "\n" for _, line in rows), 0o600)
            values = [(user.encode(), line.split(":", 1)[1].encode()) for user, line in rows]
            self.site.write(base + ".cdb", cdb_bytes(values), 0o600)
            self.site.give(self.folder(domain))
        for domain in self.domains:
            if domain in owners:
                self._give_all(self.folder(domain), owners[domain])

    def _give_all(self, folder, ids):
        os.chown(folder, *ids)
        for path, folders, files in os.walk(folder):
            for name in folders + files:
                os.chown(os.path.join(path, name), *ids, follow_symlinks=False)

    def line(self, address):
        """The account's line of vpasswd as it is now, or None."""
        user, domain = address.split("@")
        for line in self.site.read("V/domains/%s/vpasswd" % domain).decode().splitlines():
            if line.startswith(user + ":"):
                return line
        return None
