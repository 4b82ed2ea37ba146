"""vcheck where accounts and domains are in a database: files are checked as with cdb, and against what the database says."""
import os

import test_vcheck
from harness import stores
from test_vcheck import DOMAIN


class Checks:
    """Mixed with VcheckTest's findings and an engine."""

    def setUp(self):
        stores.StoreTest.setUp(self)
        self.must("vadddomain", DOMAIN, "secretword")
        self.must("vadduser", "bob@" + DOMAIN, "secretword")
        self.must("vaddaliasdomain", "alias.example", DOMAIN)

    test_an_orphan_with_mail_is_kept_and_told = test_vcheck.Folder.test_an_orphan_with_mail_is_kept_and_told
    test_an_empty_orphan_goes_once_it_is_not_fresh = test_vcheck.Folder.test_an_empty_orphan_goes_once_it_is_not_fresh
    test_a_missing_part_of_a_maildir_is_made = test_vcheck.Folder.test_a_missing_part_of_a_maildir_is_made
    test_maildirsize_is_counted_again = test_vcheck.Folder.test_maildirsize_is_counted_again
    test_missing_control_lines_are_written = test_vcheck.Names.test_missing_control_lines_are_written
    test_lines_of_what_is_not_served_go = test_vcheck.Names.test_lines_of_what_is_not_served_go
    test_users_cdb_follows_users_assign = test_vcheck.Names.test_users_cdb_follows_users_assign
    note = test_vcheck.Interrupted.note
    test_a_removed_account_loses_its_home_too = test_vcheck.Interrupted.test_a_removed_account_loses_its_home_too
    test_an_addition_elsewhere_is_undone = test_vcheck.Interrupted.test_an_addition_elsewhere_is_undone

    def test_a_site_made_by_the_commands_is_clean(self):
        self.must("vadduser", "-q", "1000000", "quota@" + DOMAIN, "secretword")
        self.must("vdeluser", "bob@" + DOMAIN)
        self.assertEqual(self.vcheck(), (0, []))

    def test_the_count_of_accounts_is_set_right(self):
        self.server.sql("UPDATE dir_control SET cur_users = 17 WHERE domain = '%s'" % DOMAIN)
        self.expect_mended(("count", DOMAIN))
        self.assertIn("users:  2", self.must("vdominfo", DOMAIN).out)

    def test_users_assign_follows_the_database(self):
        right = self.site.read("Q/users/assign")
        for wrong in (b".\n", right.replace(b"-:%s:" % DOMAIN.encode(), b"-:x.example:")):
            with self.subTest(wrong):
                self.site.write("Q/users/assign", wrong.decode())
                names, findings = self.found(1)
                self.assertIn(("assign", "users/assign"), names, findings)
                code, findings = self.vcheck("--repair")
                self.assertTrue(all(finding["repaired"] for finding in findings if finding["kind"] == "assign"), findings)
                self.expect_clean()
                self.assertEqual(sorted(self.site.read("Q/users/assign").splitlines()), sorted(right.splitlines()))

    def test_a_missing_users_assign_is_written_anew(self):
        right = self.site.read("Q/users/assign")
        os.unlink(self.site.path("Q/users/assign"))
        os.unlink(self.site.path("Q/users/cdb"))
        self.expect_mended(("assign", "users/assign"))
        self.assertEqual(self.site.read("Q/users/assign"), right)

    def test_an_emptied_database_takes_nothing_from_the_host(self):
        right = self.site.read("Q/users/assign")
        for table in ("domains", "vpopmail"):
            self.server.sql("DELETE FROM " + table)
        code, findings = self.vcheck("--repair")
        told = [finding for finding in findings if finding["subject"] == "users/assign"]
        self.assertEqual(code, 1, findings)
        self.assertEqual([(f["by_hand"], f["action"]) for f in told], [(True, "run vsync --force")], findings)
        self.assertEqual(self.site.read("Q/users/assign"), right)


class SQLiteTest(Checks, test_vcheck.VcheckTest, stores.StoreTest):
    engine = "sqlite"


@stores.needs("mysql")
class MySQLTest(Checks, test_vcheck.VcheckTest, stores.StoreTest):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Checks, test_vcheck.VcheckTest, stores.StoreTest):
    engine = "pgsql"


if __name__ == "__main__":
    import unittest
    unittest.main()
