"""vconvert: from any store into any other and back, also after kill -9 at any moment."""
import glob
import json
import os
import pty
import re
import shutil
import subprocess
import time
import unittest

from harness import process, stores
from harness.accounts import quick_hash
from harness.site import Site

ONE, TWO, ALIAS = "one.example", "two.example", "alias.example"
PASSWORD = "a long password"
HASH = "$6$saltstring$" + "x" * 86
MANY = 250
KINDS = ("domain", "limits", "account", "login", "alias", "dirs", "ip_map")
BAD = ("different", "failed")


class Conversion:
    """A site on cdb with awkward records, and the settings of other engines beside it."""

    def __init__(self, test, engines, privileged=False):
        self.servers = {}
        for name in engines:
            self.servers[name] = stores.ENGINES[name]()
            test.addCleanup(self.servers[name].close)
        self.site = Site({"auth": "cdb", "log_target": "stderr", "password_scheme": "ssha", "clear_passwords": "yes"},
                         sections={name: server.settings() for name, server in self.servers.items()}, privileged=privileged)
        test.addCleanup(self.site.close)
        self.must = self.site.must

    def fill(self):
        for domain in (ONE, TWO):
            self.must("vadddomain", domain, PASSWORD)
        self.must("vaddaliasdomain", ALIAS, ONE)
        self.must("vadduser", "-c", "N\u00e4me 'x' \\ \"y\" --", "-q", "10M,5C", "carol@" + ONE, PASSWORD)
        self.must("vadduser", "-e", HASH, "dan@" + ONE)
        self.must("vadduser", "-e", quick_hash(PASSWORD), "o'neil+tag@" + TWO)
        self.must("vmoduser", "-p", "-w", "-o", "dan@" + ONE)
        rows = "".join("user%04d@%s,%s\n" % (number, ONE, HASH) for number in range(MANY))
        self.must("vadduser", "--batch", "-", stdin=("address,password_hash\n" + rows).encode())
        for line in ("&a@b.example", "|/bin/cat 'x\\y'", "# not \u00fcber"):
            self.must("valias", "-i", line, "info.desk@" + ONE)
        self.must("valias", "-i", "&c@d.example", "sales@" + ONE)
        self.must("vmoddomlimits", "-P", "77", "-Q", "100", "-g", "im", "-p", "cd", "-u", "m", ONE)
        self.must("vipmap", "-a", "192.0.2.1", ONE)
        self.must("vipmap", "-a", "192.0.2.2", TWO)
        self.login("carol@" + ONE)

    def login(self, user):
        true = self.site.write("run/true", "#!/bin/sh\n", 0o755)
        result = self.site.run("vchkpw", true, fd3=("%s\0%s\0\0" % (user, PASSWORD)).encode(),
                               env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.9"})
        assert result.status == 0, repr(result)

    def make_tables(self):
        for name, server in self.servers.items():
            server.clear()
            self.site.configure(auth=name)
            self.must("vschema", "--apply")
        self.site.configure(auth="cdb")

    def convert(self, source, target, *more, status=0):
        result = self.site.run("vconvert", "--json", "--from", source, "--to", target, *more)
        if status is not None and result.status != status:
            raise AssertionError(repr(result))
        lines = [json.loads(line) for line in result.out.splitlines()]
        self.events = lines[:-1]
        return lines[-1]

    def verify(self, source, target, status=0):
        return self.convert(source, target, "--verify", status=status)

    def files(self):
        """All that cdb keeps, after the normalising that conversions are compared by."""
        found = {}
        for domain in (ONE, TWO):
            folder = self.site.path("V/domains/" + domain)
            self.must("vmkpasswd", domain)
            with open(folder + "/vpasswd") as lines:
                found[domain, "vpasswd"] = sorted(re.sub("((:[^:]*){6}).*", "\\1", line.rstrip("\n")) for line in lines)
            for path in glob.glob(folder + "/.qmail-*") + [folder + "/.dir-control", folder + "/.qmailadmin-limits"]:
                if os.path.exists(path) and not path.endswith(".lock"):
                    with open(path) as lines:
                        found[domain, os.path.basename(path)] = lines.read()
        for name in ("V/etc/ip_alias_map", "Q/users/assign", "Q/control/rcpthosts", "Q/control/virtualdomains"):
            found[name] = sorted(self.site.read(name).splitlines())
        path = self.must("vuserinfo", "-d", "carol@" + ONE).out.strip() + "/lastauth"
        with open(path) as text:
            found["lastauth"] = (int(os.stat(path).st_mtime), text.read())
        return found

    def forget(self):
        """Takes away everything that cdb keeps; folders and mail stay."""
        for domain in (ONE, TWO):
            folder = self.site.path("V/domains/" + domain)
            for path in glob.glob(folder + "/vpasswd*") + glob.glob(folder + "/.vpasswd*") + glob.glob(folder + "/.qmail-*") + \
                    glob.glob(folder + "/.dir-control*") + glob.glob(folder + "/.qmailadmin-limits*") + \
                    glob.glob(folder + "/**/lastauth", recursive=True):
                if not path.endswith(".qmail-default"):
                    os.unlink(path)
        for path in ("V/etc/ip_alias_map", "Q/users/assign", "Q/users/cdb", "Q/control/rcpthosts", "Q/control/virtualdomains"):
            os.unlink(self.site.path(path))


class Case(unittest.TestCase):
    engines = ("sqlite",)
    privileged = False

    def setUp(self):
        self.here = Conversion(self, self.engines, self.privileged)
        self.here.fill()
        self.here.make_tables()

    def assert_good(self, report):
        for kind in KINDS:
            for outcome in BAD:
                self.assertEqual(report[kind][outcome], 0, (kind, outcome, self.here.events))
        self.assertTrue(report["complete"])

    def number(self, report, outcome):
        return {kind: report[kind][outcome] for kind in KINDS if report[kind][outcome]}


class RoundTrip:
    """Through all engines and back to files that were taken away meanwhile."""

    def test_files_are_equal_after_the_way_through_every_engine(self):
        before = self.here.files()
        way = ["cdb"] + list(self.engines)
        for source, target in zip(way, way[1:]):
            self.assert_good(self.here.convert(source, target))
            self.here.verify(source, target)
        self.here.verify("cdb", way[-1])
        self.here.forget()
        report = self.here.convert(way[-1], "cdb")
        self.assert_good(report)
        self.assertEqual(self.number(report, "added"), {"domain": 3, "limits": 1, "account": MANY + 5, "login": MANY + 5,
                                                        "alias": 4, "dirs": 2, "ip_map": 2})
        self.assertEqual(self.here.files(), before)
        self.here.verify("cdb", way[-1])
        again = self.here.convert(way[-1], "cdb")
        self.assertEqual(set(self.number(again, "added")) | set(self.number(again, "replaced")), set())


class SQLiteRoundTrip(RoundTrip, Case):
    pass


@stores.needs("mysql")
@stores.needs("pgsql")
class ServerRoundTrip(RoundTrip, Case):
    engines = ("mysql", "pgsql")


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class RootRoundTrip(RoundTrip, Case):
    """As root: each domain is converted as its owner, and nothing of root's is left in it."""
    privileged = True

    def setUp(self):
        super().setUp()
        self.here.servers["sqlite"].person = None
        for name in os.listdir(self.here.servers["sqlite"].folder):
            os.chmod(os.path.join(self.here.servers["sqlite"].folder, name), 0o666)

    def tearDown(self):
        owner = self.here.site.owner.uid
        for folder, _, files in os.walk(self.here.site.path("V/domains")):
            for name in files:
                self.assertEqual(os.lstat(os.path.join(folder, name)).st_uid, owner, name)


class Interruption:
    steps = 4

    def test_a_conversion_killed_at_any_moment_is_finished_by_the_next(self):
        here, engine = self.here, self.engines[0]
        started = time.monotonic()
        here.convert("cdb", engine)
        whole = time.monotonic() - started
        before = here.files()
        for step in range(self.steps):
            with self.subTest(step=step):
                here.make_tables()
                self.kill_after("cdb", engine, whole * step / self.steps)
                here.convert("cdb", engine)
                here.verify("cdb", engine)
        for step in range(self.steps):
            with self.subTest(back=step):
                here.forget()
                self.kill_after(engine, "cdb", whole * step / self.steps)
                here.convert(engine, "cdb")
                self.assertEqual(here.files(), before)

    def kill_after(self, source, target, seconds):
        running = self.here.site.popen("vconvert", "--from", source, "--to", target)
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


class SQLiteInterruption(Interruption, Case):
    steps = 8

    def test_a_part_of_an_alias_is_completed(self):
        here = self.here
        here.convert("cdb", "sqlite")
        here.site.configure(auth="sqlite")
        here.must("valias", "-d", "info.desk@" + ONE)
        here.must("valias", "-i", "&a@b.example", "info.desk@" + ONE)
        here.site.configure(auth="cdb")
        report = here.convert("cdb", "sqlite")
        self.assertEqual(self.number(report, "added"), {"alias": 2})


@stores.needs("mysql")
class MySQLInterruption(Interruption, Case):
    engines = ("mysql",)


@stores.needs("pgsql")
class PgSQLInterruption(Interruption, Case):
    engines = ("pgsql",)


class Differences(Case):
    def setUp(self):
        super().setUp()
        here = self.here
        here.convert("cdb", "sqlite")
        here.site.configure(auth="sqlite")
        here.must("vmoduser", "-q", "1M", "carol@" + ONE)
        here.must("vadduser", "-e", HASH, "only@" + TWO)
        here.must("vdeluser", "o'neil+tag@" + TWO)
        here.must("valias", "-i", "&other@b.example", "sales@" + ONE)
        here.must("vmoddomlimits", "-P", "78", ONE)
        here.must("vipmap", "-d", "192.0.2.2", TWO)
        here.must("vipmap", "-a", "192.0.2.1", TWO)
        names = {name: here.site.read("Q/users/" + name) for name in ("assign", "cdb")}
        here.must("vaddaliasdomain", "more.example", TWO)
        for name, text in names.items():
            here.site.write("Q/users/" + name, text)
        here.site.configure(auth="cdb")

    WANTED = {("account", "carol@" + ONE), ("account", "only@" + TWO), ("account", "o'neil+tag@" + TWO), ("alias", "sales@" + ONE),
              ("limits", ONE), ("ip_map", "192.0.2.1"), ("ip_map", "192.0.2.2"), ("domain", "more.example")}

    def told(self):
        return {(event["kind"], event["subject"]) for event in self.here.events}

    def test_verify_tells_each_and_changes_nothing(self):
        for _ in range(2):
            report = self.here.verify("cdb", "sqlite", status=1)
            self.assertEqual(self.told(), self.WANTED)
            self.assertEqual(self.number(report, "added"), {})
        self.assertIn("quota", [event["message"] for event in self.here.events if event["subject"] == "carol@" + ONE][0])

    def test_dry_run_tells_what_would_be_done_and_changes_nothing(self):
        for _ in range(2):
            report = self.here.convert("cdb", "sqlite", "--dry-run", status=1)
            self.assertEqual(self.number(report, "added"), {"account": 1, "ip_map": 1})
        report = self.here.convert("cdb", "sqlite", "--dry-run", "--overwrite")
        self.assertEqual(self.number(report, "removed"), {"account": 1, "alias": 1, "domain": 1})
        self.assertEqual(self.number(report, "replaced"), {"account": 1, "limits": 1, "ip_map": 1})

    def test_what_differs_is_left_and_what_is_missing_added(self):
        report = self.here.convert("cdb", "sqlite", status=1)
        self.assertEqual(self.number(report, "added"), {"account": 1, "ip_map": 1})
        self.assertEqual(self.told(), self.WANTED - {("account", "o'neil+tag@" + TWO), ("ip_map", "192.0.2.2")})

    def test_overwrite_makes_them_equal(self):
        self.assert_good(self.here.convert("cdb", "sqlite", "--overwrite"))
        self.here.verify("cdb", "sqlite")
        self.here.verify("sqlite", "cdb")

    def test_one_domain_alone(self):
        report = self.here.convert("cdb", "sqlite", "--overwrite", TWO)
        self.assertEqual(self.number(report, "equal")["domain"], 1)
        self.here.verify("cdb", "sqlite", status=1)
        self.assertTrue(self.told() <= {("account", "carol@" + ONE), ("alias", "sales@" + ONE), ("limits", ONE),
                                        ("ip_map", "192.0.2.1")}, self.told())

    def test_a_younger_login_wins(self):
        self.here.site.configure(auth="sqlite")
        self.here.login("postmaster@" + TWO)
        self.here.site.configure(auth="cdb")
        report = self.here.convert("sqlite", "cdb", status=1)
        self.assertEqual(self.number(report, "added")["login"], 1)
        report = self.here.convert("sqlite", "cdb", status=1)
        self.assertNotIn("login", self.number(report, "added"))


class Away:
    """A server that is not there is "later", and nothing that was done is lost."""

    def test_a_server_that_is_away_is_later(self):
        here, engine = self.here, self.engines[0]
        here.convert("cdb", engine, TWO)
        here.servers[engine].stop()
        result = here.site.run("vconvert", "--json", "--from", "cdb", "--to", engine)
        self.assertEqual(result.status, 111, repr(result))
        self.assertIn('"code":"tempfail"', result.err)
        self.assertFalse(json.loads(result.out.splitlines()[-1])["complete"])
        here.servers[engine].start()
        report = here.convert("cdb", engine)
        self.assertEqual(self.number(report, "equal")["account"], 2)
        here.verify("cdb", engine)

    def test_a_server_that_is_killed_meanwhile_is_gone_on_with(self):
        here, engine = self.here, self.engines[0]
        running = here.site.popen("vconvert", "--details", "--from", "cdb", "--to", engine)
        self.assertTrue(os.read(running.stdout.fileno(), 1))
        here.servers[engine].kill()
        self.assertIn(running.wait(process.DEADLINE), (0, 111))
        here.servers[engine].start()
        here.convert("cdb", engine)
        here.verify("cdb", engine)


@stores.needs("mysql")
class MySQLAway(Away, Case):
    engines = ("mysql",)


@stores.needs("pgsql")
class PgSQLAway(Away, Case):
    engines = ("pgsql",)


class Output(Case):
    def test_a_terminal_sees_how_far_it_is(self):
        ours, theirs = pty.openpty()
        try:
            running = subprocess.Popen([self.here.site.installed.program("vconvert"), "--from", "cdb", "--to", "sqlite"],
                                       stdout=subprocess.DEVNULL, stderr=theirs, env=self.here.site.environment(),
                                       **self.here.site.person.popen_arguments())
            self.assertEqual(running.wait(process.DEADLINE), 0)
            seen = os.read(ours, 65536).decode()
        finally:
            os.close(theirs)
            os.close(ours)
        self.assertIn("3 domains, %d accounts added, 0 equal, 0 different or failed\r\n" % (MANY + 5), seen)

    def test_a_record_that_the_target_refuses_is_told_and_the_others_come(self):
        here = self.here
        folder = here.site.path("V/domains/" + ONE)
        with open(folder + "/vpasswd", "ab") as lines:
            lines.write(b"latin:x:1:0:na\xefve:%s/latin:NOQUOTA\n" % folder.encode())
        here.must("vmkpasswd", ONE)
        report = here.convert("cdb", "sqlite", status=1)
        self.assertEqual((report["account"]["failed"], report["account"]["added"]), (1, MANY + 5))
        self.assertEqual([event["subject"] for event in here.events], ["latin@" + ONE])
        self.assertTrue(report["complete"])

    def test_details_tell_every_change(self):
        self.here.convert("cdb", "sqlite", "--details", TWO)
        self.assertIn(("account", "postmaster@" + TWO, "added"),
                      [(event["kind"], event["subject"], event["outcome"]) for event in self.here.events])


class Usage(Case):
    def test_wrong_usage_is_100_and_changes_nothing(self):
        for arguments in ([], ["--from", "cdb"], ["--from", "cdb", "--to", "cdb"], ["--from", "cdb", "--to", "no such"], ["--from", "cdb", "--to", "nowhere"],
                          ["-c"], ["-c", "-c"], ["-c", "-m", "-m"], ["-e", "-m"], ["-p", "file"], ["-S"], ["-S", "-m"],
                          ["-c", "-m", "--to", "sqlite"], ["--from", "cdb", "--to", "sqlite", "--verify", "--dry-run"],
                          ["--from", "cdb", "--to", "sqlite", "--verify", "--overwrite"]):
            with self.subTest(arguments):
                self.assertEqual(self.here.site.run("vconvert", *arguments).status, 100)
        self.assertEqual(self.here.site.run("vconvert", "--from", "cdb", "--to", "sqlite", "no.example").status, 1)
        self.assertEqual(self.here.verify("sqlite", "cdb", status=None)["account"]["equal"], 0)

    def test_old_letters_name_the_sql_store_of_the_settings(self):
        out = self.here.must("vconvert", "-c", "-m").out
        self.assertIn("converting %s...    done\n" % ONE, out)
        self.here.verify("cdb", "sqlite")
        self.here.must("vconvert", "-m", "-c", TWO)

    def test_tables_that_are_missing_are_later_and_told(self):
        shutil.copy(self.here.servers["sqlite"].file, self.here.site.path("run/keep"))
        self.here.servers["sqlite"].clear()
        result = self.here.site.run("vconvert", "--from", "cdb", "--to", "sqlite")
        self.assertEqual(result.status, 111, repr(result))


if __name__ == "__main__":
    unittest.main()
