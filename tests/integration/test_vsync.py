"""Two hosts, one database: vsync writes on one what a command changed on the other."""
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import unittest

from harness import process
from harness.site import Site, SiteTest

HASH = "abNANd1rDfiNc"


class TwoHostsTest(unittest.TestCase):
    def setUp(self):
        self.shared = tempfile.mkdtemp(prefix="vm-shared-")
        self.addCleanup(shutil.rmtree, self.shared)
        os.chmod(self.shared, 0o777)
        self.file = os.path.join(self.shared, "store.sqlite")
        self.a, self.b = self.host(), self.host()
        self.a.must("vschema", "--apply")

    def host(self):
        site = Site(settings={"auth": "sqlite", "log_target": "stderr", "password_scheme": "ssha"}, sections={"sqlite": {"file": self.file}})
        self.addCleanup(site.close)
        return site

    def add(self, site, name):
        site.must("vadddomain", name, "good enough")

    def files(self, site):
        """What qmail reads, without the folders that differ from host to host."""
        names = ("users/assign", "control/rcpthosts", "control/virtualdomains")
        return {name: "".join(sorted(site.read("Q/" + name).decode().splitlines(True))) for name in names
                if os.path.exists(site.path("Q/" + name))}

    def test_domain_of_one_host_is_served_by_the_other(self):
        self.add(self.a, "one.example")
        self.a.must("vaddaliasdomain", "one.example", "alias.example")
        self.assertEqual(self.files(self.b), {})
        out = json.loads(self.b.must("vsync", "--json").out)
        self.assertEqual((out["domains"], out["added"], out["removed"]), (2, 2, 0))
        self.assertEqual(self.files(self.a), self.files(self.b))
        self.assertIn("+one.example-:one.example:", self.files(self.b)["users/assign"])
        self.assertEqual(self.files(self.b)["control/rcpthosts"].split(), ["alias.example", "one.example"])
        self.b.must("vuserinfo", "postmaster@alias.example")

    def test_a_check_tells_and_changes_nothing(self):
        self.add(self.a, "one.example")
        result = self.b.run("vsync", "--check", "--json")
        self.assertEqual(result.status, 1, result)
        self.assertEqual(json.loads(result.out), {"domains": 1, "added": 1, "removed": 0, "altered": 0, "control": 1, "folders": 0})
        shutil.rmtree(self.a.path("V/domains/one.example"))
        self.assertEqual(json.loads(self.b.run("vsync", "--check", "--json").out)["folders"], 1)
        self.assertEqual(self.files(self.b), {})
        self.assertFalse(os.path.exists(self.a.path("V/domains/one.example")))
        self.b.must("vsync")
        self.assertEqual(self.b.must("vsync", "--check").out, "1 domains: 0 to add, 0 to remove, 0 to alter, "
                         "0 without control lines, 0 without a folder\n")
        self.assertEqual(self.b.run("vsync", "--check", "--watch").status, 100)

    def test_nothing_is_touched_when_nothing_changed(self):
        self.add(self.a, "one.example")
        self.b.must("vsync")
        before = [os.stat(self.b.path("Q/users/" + name)).st_ino for name in ("assign", "cdb")]
        out = json.loads(self.b.must("vsync", "--json").out)
        self.assertEqual((out["added"], out["removed"], out["altered"]), (0, 0, 0))
        self.assertEqual([os.stat(self.b.path("Q/users/" + name)).st_ino for name in ("assign", "cdb")], before)

    def test_lines_of_others_stay_and_a_damaged_cdb_is_made_again(self):
        self.b.write("Q/users/assign", "=joe:joe:1000:1000:/home/joe:::\n.\n")
        self.add(self.a, "one.example")
        self.b.must("vsync")
        self.b.write("Q/users/cdb", b"")
        self.b.must("vsync")
        self.assertTrue(self.b.read("Q/users/assign").startswith(b"=joe:joe:1000:1000:/home/joe:::\n+one.example-:"))
        self.assertGreater(os.path.getsize(self.b.path("Q/users/cdb")), 2048)

    def test_it_never_takes_away_a_tenth_without_force(self):
        for number in range(4):
            self.add(self.a, "d%d.example" % number)
        self.b.must("vsync")
        before = self.files(self.b)
        self.a.must("vdeldomain", "d3.example")
        refused = self.b.run("vsync")
        self.assertEqual(refused.status, 1, repr(refused))
        self.assertIn("--force", refused.out)
        self.assertEqual(self.files(self.b), before)
        self.b.must("vsync", "--force")
        self.assertEqual(self.files(self.b), self.files(self.a))

    def test_an_emptied_or_broken_database_changes_nothing(self):
        self.add(self.a, "one.example")
        self.b.must("vsync")
        before = self.files(self.b)
        with sqlite3.connect(self.file) as database:
            database.execute("DELETE FROM domains")
        self.assertEqual(self.b.run("vsync").status, 1)
        with sqlite3.connect(self.file) as database:
            database.execute("DROP TABLE domains")
        self.assertEqual(self.b.run("vsync").status, 111)
        self.assertEqual(self.b.run("vsync", "--force").status, 111)
        self.assertEqual(self.files(self.b), before)

    def test_folder_that_is_missing_is_made_with_its_catch_all(self):
        self.add(self.a, "one.example")
        folder = self.a.path("V/domains/one.example")
        shutil.rmtree(folder)
        out = json.loads(self.b.must("vsync", "--json").out)
        self.assertEqual(out["folders"], 1)
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        with open(os.path.join(folder, ".qmail-default")) as text:
            self.assertIn("bounce-no-mailbox", text.read())

    def test_watching_follows_changes_until_it_is_told_to_end(self):
        watcher = self.b.popen("vsync", "--watch")
        self.assertIn(b"0 domains", watcher.stdout.readline())
        self.add(self.a, "one.example")
        self.assertIn(b"1 domains: 1 added", watcher.stdout.readline())
        self.assertEqual(self.files(self.b), self.files(self.a))
        watcher.send_signal(signal.SIGTERM)
        self.assertEqual(watcher.wait(process.DEADLINE), 0)


class OneHostTest(SiteTest):
    def test_domains_of_this_host_alone_need_no_vsync(self):
        result = self.site.run("vsync")
        self.assertEqual(result.status, 100, repr(result))
        self.assertIn("nothing to do", result.out)


if __name__ == "__main__":
    unittest.main()
