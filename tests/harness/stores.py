"""The engines that a store may be on, for tests that run on each of them."""
import contextlib
import os
import sqlite3
import tempfile
import unittest

from . import mariadb, postgresql
from .installed import Person
from .site import Site


class SQLite:
    """A file in the site; there is no server to stop."""
    name = "sqlite"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vm-sqlite-")
        person = Person(ordinary=True)
        if person.changes:
            os.chown(self.folder, person.uid, person.gid)  # whose the store is then, whoever makes it
        self.file = os.path.join(self.folder, "store.sqlite")

    def settings(self):
        return {"file": self.file}

    def sql(self, text):
        """Runs a statement; what it answers, a line for each row."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as database:
            return "".join("%s\n" % "\t".join(map(str, row)) for row in database.execute(text))

    def clear(self):
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))

    def close(self):
        self.clear()
        os.rmdir(self.folder)


class MySQL(mariadb.MariaDB):
    name = "mysql"

    def clear(self):
        self.sql("DROP DATABASE vpopmail; CREATE DATABASE vpopmail", "mysql")


class PgSQL(postgresql.PostgreSQL):
    name = "pgsql"

    def clear(self):
        self.sql("DROP DATABASE vpopmail WITH (FORCE)", "postgres")
        self.sql("CREATE DATABASE vpopmail OWNER vpopmail ENCODING 'UTF8' TEMPLATE template0", "postgres")


ENGINES = {"sqlite": SQLite, "mysql": MySQL, "pgsql": PgSQL}


def needs(engine):
    """Skips where the server is not installed, unless everything has to be there."""
    is_there = {"sqlite": True, "mysql": mariadb.is_installed(), "pgsql": postgresql.is_installed()}[engine]
    return unittest.skipUnless(is_there or os.environ.get("REQUIRE_DATABASES"), "needs the server of " + engine)


class StoreTest(unittest.TestCase):
    """A site on an engine with empty tables; subclasses name the engine, which is started once for all their tests."""
    engine = None
    privileged = False
    parent = None

    @classmethod
    def setUpClass(cls):
        cls.server = ENGINES[cls.engine]()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.server.clear()
        self.site = self.make_site()
        self.site.must("vschema", "--apply")

    def make_site(self, **settings):
        site = Site(dict({"auth": self.engine, "log_target": "stderr", "password_scheme": "ssha"}, **settings),
                    sections={self.engine: self.server.settings()}, privileged=self.privileged, parent=self.parent)
        self.addCleanup(site.close)
        return site


class CDBTest(unittest.TestCase):
    """A site on the files of vpopmail."""
    privileged = False
    parent = None

    def setUp(self):
        self.site = self.make_site()

    def make_site(self, **settings):
        site = Site(dict({"log_target": "stderr", "password_scheme": "ssha"}, **settings), privileged=self.privileged,
                    parent=self.parent)
        self.addCleanup(site.close)
        return site


def on_every_store(names, tests, prefix="On"):
    """Adds to a module's names a class of these tests for each store."""
    module = names["__name__"]
    names[prefix + "CDB"] = type(prefix + "CDB", (tests, CDBTest), {"__module__": module})
    for engine in ENGINES:
        name = prefix + ENGINES[engine].__name__
        case = type(name, (tests, StoreTest), {"engine": engine, "__module__": module})
        names[name] = needs(engine)(case)
