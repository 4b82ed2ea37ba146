"""A database that has no room left, and a file of SQLite that is locked, full, read-only, damaged or gone."""
import os
import sqlite3
import subprocess
import tempfile
import unittest

from harness import process, stores
from harness.programs import BOB, DOMAIN, HASH, PASSWORD, Programs


class Disk:
    """A small file system of its own. Needs root."""

    def __init__(self, size):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root")
        self.folder = tempfile.mkdtemp(prefix="vm-disk-")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0777,size=" + size, "vm-disk", self.folder],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            os.rmdir(self.folder)
            raise unittest.SkipTest("no file system can be mounted here")

    def fill(self):
        with open(os.path.join(self.folder, "filler"), "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass

    def clear(self):
        os.unlink(os.path.join(self.folder, "filler"))

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)
        os.rmdir(self.folder)


class Full:
    """There is no room, and then there is."""
    reads_without_room = True
    BATCH = "".join('{"address": "u%04d@%s", "password_hash": "%s", "comment": "%s"}\n' % (i, DOMAIN, HASH, "c" * 60)
                    for i in range(900)).encode()

    def batch(self):
        return self.site.run("vadduser", "--batch", "-", "--lazy-home", "--stop-on-error", stdin=self.BATCH)

    def test_no_room_left(self):
        self.must("vadduser", BOB, PASSWORD)
        self.start_lmtp()
        self.fill()
        result = self.batch()
        self.assertEqual(result.status, 111, repr(result))
        if self.reads_without_room:
            self.assertEqual(self.users(), ["bob", "postmaster"])
        for run in (lambda: self.deliver("bob"), lambda: self.login(BOB, PASSWORD)):
            self.assertIn(run().status, (0, 111))
        for code in self.send():
            self.assertTrue(code in (None, 250) or 400 <= code < 500, code)
        self.empty()
        process.wait_until(lambda: self.send() == (250, 250), "mail is taken", process.SOON)
        self.all_is_as_before()
        self.must("vadduser", "--batch", "-", "--lazy-home", stdin=self.BATCH)
        self.assertEqual(len(self.users()), 902)
        self.must("vcheck")


@stores.needs("mysql")
class MySQLFullTest(Full, Programs):
    """All tables are in one file that may not grow: what InnoDB says is what it says of a full disk (1114)."""
    engine = "mysql"

    @classmethod
    def setUpClass(cls):
        cls.server = stores.MySQL({"innodb_file_per_table": "OFF", "innodb_data_file_path": "ibdata1:12M"})
        cls.addClassCleanup(cls.server.close)

    def fill(self):
        self.server.sql("CREATE TABLE filler (text longblob) ENGINE=InnoDB")
        for size in (1 << 20, 1 << 16, 1 << 13):
            for _ in range(2000):
                try:
                    self.server.sql("INSERT INTO filler VALUES (REPEAT('x', %d))" % size)
                except AssertionError as error:
                    self.assertIn("1114", str(error))
                    break

    def empty(self):
        self.server.configure(innodb_data_file_path="ibdata1:12M:autoextend")
        self.server.restart()


@stores.needs("pgsql")
class PgSQLFullTest(Full, Programs):
    """The database is in a tablespace on a small file system."""
    engine = "pgsql"

    def setUp(self):
        self.disk = Disk("40m")
        self.addCleanup(self.disk.close)
        super().setUp()
        self.server.sql("CREATE TABLESPACE small LOCATION '%s'" % self.make_folder())
        process.wait_until(lambda: self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'vpopmail'",
                                                   "postgres") == "0", "nobody is connected")
        self.server.sql("ALTER DATABASE vpopmail SET TABLESPACE small", "postgres")

    def make_folder(self):
        folder = os.path.join(self.disk.folder, "data")
        os.mkdir(folder, 0o700)
        os.chown(folder, self.server.person.uid, self.server.person.gid)
        return folder

    def tearDown(self):
        self.server.sql("DROP DATABASE vpopmail WITH (FORCE); ", "postgres")
        self.server.sql("DROP TABLESPACE small", "postgres")
        self.server.sql("CREATE DATABASE vpopmail OWNER vpopmail", "postgres")

    def fill(self):
        self.disk.fill()

    def empty(self):
        self.disk.clear()


class SQLiteFullTest(Full, Programs):
    engine = "sqlite"
    reads_without_room = False  # the first reader makes a file

    def setUp(self):
        self.disk = Disk("4m")
        self.addCleanup(self.disk.close)
        super().setUp()

    def make_site(self, **settings):
        site = super().make_site(**settings)
        site.sections["sqlite"] = {"file": os.path.join(self.disk.folder, "store.sqlite")}
        site.configure()
        return site

    def fill(self):
        self.disk.fill()

    def empty(self):
        self.disk.clear()


class SQLiteFileTest(Programs):
    """The file, as others leave it."""
    engine = "sqlite"

    def setUp(self):
        super().setUp()
        self.must("vadduser", BOB, PASSWORD)

    def test_locked(self):
        self.site.sections["sqlite"]["answer_timeout"] = "1"
        self.site.configure()
        other = sqlite3.connect(self.server.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for run in (lambda: self.deliver("bob"), lambda: self.login(BOB, PASSWORD)):
            self.assertIn(run().status, (0, 111))
        self.command_says_later("vadduser", "-e", HASH, "xy@" + DOMAIN)
        other.execute("ROLLBACK")
        other.close()
        self.all_is_as_before()

    def test_gone_and_no_database(self):
        moved = self.server.file + ".moved"
        os.rename(self.server.file, moved)
        self.all_say_later()
        with open(self.server.file, "wb") as out:
            out.write(b"This is no database. " * 1000)
        self.site.give(self.server.file)
        self.all_say_later()
        os.rename(moved, self.server.file)
        self.all_is_as_before()

    def test_read_only(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        owner = os.stat(self.server.file)
        for name in os.listdir(self.server.folder):
            os.chown(os.path.join(self.server.folder, name), 0, 0)
            os.chmod(os.path.join(self.server.folder, name), 0o644)
        os.chmod(self.server.folder, 0o755)
        for command in self.CHANGES:
            if command[0] != "vadddomain":
                self.command_says_later(*command)
        for run in (lambda: self.deliver("bob"), lambda: self.login(BOB, PASSWORD)):
            self.assertIn(run().status, (0, 111))
        self.assertEqual(self.site.read("Q/control/rcpthosts").decode(), DOMAIN + "\n")
        os.chmod(self.server.folder, 0o777)
        for name in os.listdir(self.server.folder):
            os.chown(os.path.join(self.server.folder, name), owner.st_uid, owner.st_gid)
        self.must("vverifypw", BOB, PASSWORD)
        self.assertEqual(self.deliver("bob").status, 0)


if __name__ == "__main__":
    unittest.main()
