"""vadduser --batch by root, over domains of several owners."""
import glob
import json
import os
import pwd
import signal
import unittest

from harness import process, stores
from harness.installed import Person

PASSWORD, HASH = "a long password", "abNANd1rDfiNc"
RED, BLUE, GREEN = "red.example", "blue.example", "green.example"


class Owners:
    """Red and blue have owners of their own, green is the owner's that the settings name."""
    privileged = True
    ids = {RED: (47011, 48011), BLUE: (pwd.getpwnam("daemon").pw_uid, pwd.getpwnam("daemon").pw_gid)}

    def setUp(self):
        super().setUp()
        self.ids = dict(self.ids, **{GREEN: (self.site.owner.uid, self.site.owner.gid)})
        for domain in (RED, BLUE, GREEN):
            self.site.must("vadddomain", "-i", self.ids[domain][0], "-g", self.ids[domain][1], domain, PASSWORD)

    def batch(self, addresses, *options, run=None):
        rows = [{"address": address, "password_hash": HASH} for address in addresses]
        return (run or self.site.run)("vadduser", "--batch", "-", *options, stdin="".join(json.dumps(row) + "\n" for row in rows).encode())

    def is_there(self, user, domain):
        return self.site.run("vuserinfo", "-p", "%s@%s" % (user, domain)).out == HASH + "\n"

    def check_owners(self):
        for domain, ids in self.ids.items():
            for path in glob.glob(self.site.path("V/domains/%s/**" % domain), recursive=True, include_hidden=True):
                info = os.lstat(path)
                self.assertEqual((info.st_uid, info.st_gid), ids, path)


class Batches(Owners):
    def test_each_owner_gets_his_accounts_in_whatever_order_they_stand(self):
        names = [(user, domain) for user in ("ann", "bob", "carol") for domain in (RED, BLUE, GREEN, BLUE)]
        result = self.batch(dict.fromkeys("%s@%s" % name for name in names), "--json", run=self.site.must)
        self.assertEqual(json.loads(result.out), {"added": 9, "failed": 0})
        for user, domain in names:
            self.assertTrue(self.is_there(user, domain), (user, domain))
            self.assertTrue(os.path.isdir(self.site.path("V/domains/%s/%s/Maildir/new" % (domain, user))))
        self.check_owners()

    def test_all_that_a_row_says_arrives(self):
        row = {"password": "Another l\u00f6ng one", "comment": "Ann, of \u00c5", "quota": "5M", "flags": 2}
        rows = [json.dumps(dict(row, address="ann@" + domain)) + "\n" for domain in (RED, BLUE)]
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin="".join(rows).encode())
        for domain in (RED, BLUE):
            for letter, value in (("-c", row["comment"]), ("-q", "5242880S"), ("-g", "2"), ("-d", "")):
                self.assertEqual(self.site.must("vuserinfo", letter, "ann@" + domain).out.splitlines()[0], value, letter)
            self.site.must("vverifypw", "ann@" + domain, row["password"])

    def test_the_report_is_in_the_order_of_the_lines(self):
        addresses = ["ann@" + RED, "postmaster@" + RED, "two words@" + RED, "x@nowhere.example", "postmaster@" + BLUE, "no address at all@",
                     "ben@" + BLUE, "postmaster@" + GREEN, "bob@" + RED]
        result = self.batch(addresses)
        self.assertEqual(result.status, self.batch(["postmaster@" + GREEN]).status, repr(result))
        self.assertNotIn(result.status, (0, 111))
        self.assertEqual([line.split(":")[1] for line in result.err.splitlines()], ["2", "3", "4", "5", "6", "8"], result.err)
        self.assertIn("-:2: postmaster@%s: " % RED, result.err)
        self.assertIn("6 accounts could not be added, 3 were", result.out)
        for user, domain in (("ann", RED), ("ben", BLUE), ("bob", RED)):
            self.assertTrue(self.is_there(user, domain), (user, domain))

    def test_all_or_none(self):
        addresses = ["ann@" + RED, "ben@" + BLUE, "cat@" + GREEN]
        for bad in ("postmaster@" + BLUE, "ANN@" + RED, "x@nowhere.example"):
            result = self.batch(addresses + [bad], "--stop-on-error")
            self.assertEqual(result.status, 255, repr(result))
            self.assertIn("-:4: ", result.err)
            self.assertIn("1 accounts could not be added, 0 were", result.out)
        for address in addresses:
            self.assertFalse(self.is_there(*address.split("@")))
            self.assertFalse(os.path.exists(self.site.path("V/domains/%s/%s" % tuple(reversed(address.split("@"))))))
        self.batch(addresses, "--stop-on-error", run=self.site.must)
        for address in addresses:
            self.assertTrue(self.is_there(*address.split("@")))
        self.check_owners()

    def test_limits_of_each_domain_hold(self):
        self.site.must("vmoddomlimits", "-P", "2", BLUE)
        result = self.batch(["ann@" + RED, "ann@" + BLUE, "ben@" + BLUE, "bob@" + RED])
        self.assertEqual(result.err.count("\n"), 1, result.err)
        self.assertTrue(result.err.startswith("-:3: ben@" + BLUE), result.err)
        self.assertTrue(self.is_there("bob", RED))

    def test_who_is_not_root_adds_his_own_and_stops_at_anothers(self):
        self.site.person = Person(ordinary=True)
        result = self.batch(["ann@" + GREEN, "ann@" + RED, "ben@" + GREEN])
        self.assertEqual(result.status, 111, repr(result))
        self.assertIn("-:2: ann@%s: run it as root or as the owner of %s\n" % (RED, RED), result.err)
        self.assertEqual([self.is_there("ann", GREEN), self.is_there("ben", GREEN)], [True, False])


class KilledTest(Owners, stores.CDBTest):
    @staticmethod
    def child_of(started):
        """The process that has become red's owner."""
        with open("/proc/%d/task/%d/children" % (started.pid, started.pid)) as text:
            for child in text.read().split():
                with open("/proc/%s/status" % child) as status:
                    ids = [row.split()[1:] for row in status if row.split(":")[0] in ("Uid", "Gid", "Groups")]
                if ids == [["47011"] * 4, ["48011"] * 4, ["48011"]]:
                    return int(child)
        return None

    def test_when_the_owner_kills_it_the_rest_is_later(self):
        started = self.site.popen_with_input("vadduser", "--batch", "-", "--lazy-home")
        line = json.dumps({"address": "ann%d@" + RED, "password_hash": HASH}) + "\n"
        for number in range(5001):  # 5,000 are one change
            started.stdin.write((line % number).encode())
        started.stdin.flush()
        os.kill(process.wait_until(lambda: self.child_of(started), "a process of the owner's"), signal.SIGKILL)
        _, err = started.communicate((line % 5001).encode())
        self.assertEqual(started.returncode, 111, err)
        self.assertTrue(b"the process of user 47011" in err or b"Broken pipe" in err, err)
        self.assertFalse(self.is_there("ann5001", RED))


stores.on_every_store(globals(), Batches)

if __name__ == "__main__":
    unittest.main()
