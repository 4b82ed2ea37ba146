"""PostgreSQL with a streaming standby: two hosts, reads from the standby, a primary that is lost, a standby that lags."""
import os
import unittest

from harness import postgresql, process
from load import DOMAIN, FIRST, LATER, SECOND, Host, Load


def places(*servers):
    return {"host": ",".join(server.folder for server in servers), "port": ",".join(str(server.port) for server in servers)}


@unittest.skipUnless(postgresql.is_installed() or os.environ.get("REQUIRE_DATABASES"), "needs PostgreSQL")
class Standby(unittest.TestCase):
    """settings: of the standby."""
    settings = {}

    def setUp(self):
        self.primary = postgresql.PostgreSQL()
        self.addCleanup(self.primary.close)
        self.standby = self.primary.standby(self.settings)
        self.addCleanup(self.standby.close)
        self.wait_for_copies(self.primary)
        common = {name: value for name, value in self.primary.settings().items() if name not in ("host", "port")}
        common.update(connect_timeout="2", answer_timeout="10")
        self.sections = {"pgsql": common, "pgsql.write": places(self.primary, self.standby), "pgsql.read": places(self.standby)}
        self.hosts = [self.host(), self.host()]
        self.hosts[0].must("vschema", "--apply")
        self.hosts[0].must("vadddomain", DOMAIN, FIRST)

    def wait_for_copies(self, primary):
        """From now on what this server acknowledges is on its standby too."""
        primary.configure(synchronous_standby_names="*", synchronous_commit="on")
        primary.reload()
        process.wait_until(lambda: primary.sql("SELECT sync_state FROM pg_stat_replication") == "sync", "a synchronous standby")

    def host(self, **settings):
        host = Host("pgsql", dict(self.sections, pgsql=dict(self.sections["pgsql"], **settings)))
        self.addCleanup(host.close)
        return host


class FailoverTest(Standby):
    def test_the_primary_is_killed_and_the_standby_promoted(self):
        load = Load(self.hosts)
        self.addCleanup(load.stop)
        load.start()
        load.progress(self, "both hosts work", 10)
        self.assertEqual(load.later, [])
        self.primary.freeze()
        self.check_without_primary()
        self.primary.kill()
        self.check_without_primary()
        self.standby.promote()
        load.progress(self, "the write role has found the new primary", 10)
        self.primary.rejoin(self.standby)
        self.wait_for_copies(self.standby)
        load.progress(self, "the old primary is a standby", 5)
        self.standby.kill()
        self.primary.promote()
        load.progress(self, "and a primary again", 5)
        load.stop()
        load.check(self)
        self.assertEqual(self.hosts[0].deliver("nobody", "surely not there").status, 100)
        self.assertEqual(self.hosts[0].login("postmaster", "wrong").status, 3)

    def check_without_primary(self):
        # Who is known at the standby may log in. A delivery asks for an alias first, and of that "no" only the primary is sure.
        self.assertEqual(self.hosts[0].login("postmaster", FIRST).status, 0)
        self.hosts[1].must("vuserinfo", "postmaster@" + DOMAIN)
        self.assertEqual(self.hosts[1].deliver("postmaster", "without a primary").status, LATER)
        self.assertEqual(self.hosts[1].run("vadduser", "new@" + DOMAIN, FIRST).status, LATER)
        self.assertEqual(self.hosts[0].deliver("nobody", "is this account a new one?").status, LATER)
        self.assertEqual(self.hosts[0].login("postmaster", "wrong").status, LATER)

    def test_a_standby_that_is_cut_off_refuses_nobody(self):
        host = self.host(connect_timeout="1", answer_timeout="1")
        self.standby.freeze()
        self.assertEqual(host.login("postmaster", FIRST).status, 0)
        self.assertEqual(host.login("postmaster", "wrong").status, 3)
        # What happens on the primary only is not said to have happened.
        self.assertEqual(host.run("vadduser", "bob@" + DOMAIN, FIRST).status, LATER)
        self.standby.thaw()
        self.wait_for_copies(self.primary)
        again = host.run("vadduser", "bob@" + DOMAIN, FIRST)
        self.assertTrue(again.status == 0 or "exists" in again.err + again.out, repr(again))
        self.assertEqual(host.login("bob", FIRST).status, 0)
        self.assertEqual(host.deliver("bob", "one").status, 0)


class LagTest(Standby):
    settings = {"recovery_min_apply_delay": "1h"}

    def test_a_standby_that_is_behind_refuses_nobody(self):
        first, second = self.hosts
        self.assertEqual(self.standby.sql("SELECT to_regclass('vpopmail')"), "")  # it has not even the tables
        first.must("vadduser", "bob@" + DOMAIN, FIRST)
        self.assertEqual(second.login("bob", FIRST).status, 0)
        self.assertEqual(second.login("bob", "wrong").status, 3)
        self.assertEqual(second.deliver("bob", "one").status, 0)
        self.assertEqual(second.deliver("nobody", "one").status, 100)


class OldRowsTest(Standby):
    """A standby that knows the account, but as it was before."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.hosts
        self.first.must("vadduser", "-q", "1C", "bob@" + DOMAIN, FIRST)
        self.wait_until_equal()
        self.standby.sql("SELECT pg_wal_replay_pause()")
        process.wait_until(lambda: self.standby.sql("SELECT pg_get_wal_replay_pause_state()") == "paused", "the standby stands")

    def wait_until_equal(self):
        process.wait_until(lambda: self.standby.sql("SELECT pg_last_wal_replay_lsn() >= '%s'" % self.primary.sql(
            "SELECT pg_current_wal_lsn()")) == "t", "the standby has applied all")

    def test_a_new_password_is_known_at_once(self):
        self.first.must("vpasswd", "bob@" + DOMAIN, SECOND)
        self.assertEqual(self.second.login("bob", SECOND).status, 0)
        self.assertEqual(self.second.login("bob", "wrong").status, 3)

    def test_a_service_that_was_opened_again(self):
        self.standby.sql("SELECT pg_wal_replay_resume()")
        self.first.must("vmoduser", "-p", "bob@" + DOMAIN)
        self.wait_until_equal()
        self.standby.sql("SELECT pg_wal_replay_pause()")
        self.assertEqual(self.second.login("bob", FIRST).status, 1)
        self.first.must("vmoduser", "-x", "bob@" + DOMAIN)
        self.assertEqual(self.second.login("bob", FIRST).status, 0)

    def test_a_quota_that_was_raised_bounces_nothing(self):
        self.assertEqual(self.second.deliver("bob", "one").status, 0)
        self.assertEqual(self.second.deliver("bob", "two").status, 100)
        self.first.must("vmoduser", "-q", "9C", "bob@" + DOMAIN)
        self.assertEqual(self.second.deliver("bob", "two").status, 0)

    def test_mail_that_is_taken_again_bounces_nothing(self):
        self.standby.sql("SELECT pg_wal_replay_resume()")
        self.primary.sql("UPDATE vpopmail SET pw_gid = pw_gid | 16 WHERE pw_name = 'bob'")
        self.wait_until_equal()
        self.standby.sql("SELECT pg_wal_replay_pause()")
        self.assertEqual(self.second.deliver("bob", "one").status, 100)
        self.primary.sql("UPDATE vpopmail SET pw_gid = 0 WHERE pw_name = 'bob'")
        self.assertEqual(self.second.deliver("bob", "one").status, 0)


if __name__ == "__main__":
    unittest.main()
