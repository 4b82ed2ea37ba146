"""The conformance suite on private servers: over the Unix socket, and over TLS."""
import os
import unittest

from harness import mariadb, postgresql, process
from harness.installed import BUILD

SUITES = ("account", "domain", "door", "login")


class Conformance(unittest.TestCase):
    """Runs the suite's programs, which take their server from the environment; subclasses start one."""

    def run_suite(self, **variables):
        for suite in SUITES:
            with self.subTest(suite):
                program = os.path.join(BUILD, "tests", "conformance", "test_%s_promises" % suite)
                result = process.run([program], env=dict(os.environ, VM_TEST_MODULE=self.module, **variables), deadline=300)
                self.assertEqual(result.status, 0, repr(result))
                self.assertIn("# module %s\n" % self.module, result.out)


@unittest.skipUnless(postgresql.is_installed() or os.environ.get("REQUIRE_DATABASES"), "needs PostgreSQL")
class PostgreSQLTest(Conformance):
    module = "pgsql"

    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.PostgreSQL()
        cls.addClassCleanup(cls.server.close)

    def settings(self, **changes):
        settings = dict(self.server.settings(), **changes)
        return {"VM_TEST_PGSQL_" + name.upper(): str(value) for name, value in settings.items()}

    def test_over_the_socket(self):
        self.run_suite(**self.settings())

    def test_over_tls(self):
        self.run_suite(**self.settings(host="localhost", sslmode="verify-full", sslrootcert=self.server.authority))


@unittest.skipUnless(mariadb.is_installed() or os.environ.get("REQUIRE_DATABASES"), "needs MariaDB")
class MariaDBTest(Conformance):
    module = "mysql"

    @classmethod
    def setUpClass(cls):
        cls.server = mariadb.MariaDB()
        cls.addClassCleanup(cls.server.close)

    def settings(self, **changes):
        settings = dict(self.server.settings(**changes))
        return {"VM_TEST_MYSQL_" + name.upper(): str(value) for name, value in settings.items()}

    def test_over_the_socket(self):
        self.run_suite(**self.settings())

    def test_over_tls(self):
        self.run_suite(**self.settings(tls=True))


if __name__ == "__main__":
    unittest.main()
