"""The MySQL driver in a process of its own, and a server for the tests of a class."""
import os
import unittest

from . import mariadb, process, sql_link
from .installed import BUILD

PROGRAM = os.path.join(BUILD, "test_mysql_driver")

# What tests change, as it was.
RESET = """\
SET GLOBAL sql_mode = DEFAULT; SET GLOBAL tx_isolation = DEFAULT; SET GLOBAL autocommit = DEFAULT;
SET GLOBAL character_set_server = DEFAULT; SET GLOBAL character_set_client = DEFAULT; SET GLOBAL wait_timeout = DEFAULT;
SET GLOBAL read_only = DEFAULT; SET GLOBAL local_infile = DEFAULT;
DROP DATABASE {database}; DROP USER IF EXISTS {user}@'%', {user}@'192.0.2.1';
""".format(database=mariadb.DATABASE, user=mariadb.USER) + mariadb.MAKE_STORE


def need_driver():
    if not os.environ.get("REQUIRE_DATABASES") and not os.path.exists(PROGRAM):
        raise unittest.SkipTest("libmariadb is not installed")


def need_server():
    need_driver()
    if not os.environ.get("REQUIRE_DATABASES") and not mariadb.is_installed():
        raise unittest.SkipTest("mariadb-server is not installed")


class Link(sql_link.Link):
    """The driver of MySQL, with one link."""

    def __init__(self, env=None, under=()):
        super().__init__(PROGRAM, env, under)

    def connect(self, settings, **more):
        server = dict({"connect_seconds": 10, "answer_seconds": 10, "tls": "no"}, **settings)
        server.update(port=int(settings.get("port", 0)))
        server.update(more)
        return self.connect_to(server)


class DriverTest(unittest.TestCase):
    """Tests share a server that is made good again between them; those that change how it starts have their own."""
    settings = {}
    shares = True

    @classmethod
    def setUpClass(cls):
        if cls.shares:
            cls.server = mariadb.MariaDB(cls.settings)
            cls.addClassCleanup(cls.server.close)

    def setUp(self):
        if not self.shares:
            self.server = mariadb.MariaDB(self.settings)
            self.addCleanup(self.server.close)
            return
        self.server.start() if self.server.daemon is None else self.server.thaw()
        self.server.sql(RESET, "mysql")

    def driver(self, env=None):
        """A driver that is not connected."""
        link = Link(env)
        self.addCleanup(link.close)
        return link

    def link(self, **more):
        """A connected link."""
        link = self.driver()
        self.expect(link.connect(self.server.settings(), **more), "ok")
        return link

    def expect(self, answer, outcome, words=""):
        self.assertEqual(answer.outcome, outcome, answer)
        self.assertIn(words, answer.error)
        self.assertNotIn(mariadb.PASSWORD, answer.error)
        self.assertTrue(len(answer.error.splitlines()) < 2, answer)
        if outcome not in ("ok", "row", "end"):
            self.assertTrue(answer.error.startswith("MySQL: "), answer)

    def make_table(self):
        self.server.sql("CREATE TABLE thing (name varchar(40) PRIMARY KEY, size bigint) ENGINE=InnoDB CHARACTER SET utf8mb4 "
                        "COLLATE utf8mb4_nopad_bin; INSERT INTO thing VALUES ('a', 0), ('b', 0)")

    def wait_for(self, condition):
        """Until a connection of ours is so."""
        query = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE user = '%s' AND %s" % (mariadb.USER, condition)
        process.wait_until(lambda: self.server.sql(query) != "0", condition)

    def numbers(self, condition="1"):
        """The server's numbers for our connections."""
        return self.server.sql("SELECT id FROM information_schema.PROCESSLIST WHERE user = '%s' AND %s" % (
            mariadb.USER, condition)).split()
