"""The setting domain_views: a view of each domain's accounts, as readers of per-domain tables know them."""
import unittest

from harness import stores

DOMAIN, TABLE = "my-example.org", "my_example_org"
GOOD = "long-Password-1"
INSERT = ("INSERT INTO my_example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES "
          "('old', '$1$a$b', 0, 0, 'Old', '%s/old', 'NOQUOTA')")


class Views:
    def setUp(self):
        super().setUp()
        self.site.configure(domain_views="yes")

    def names(self, table=TABLE):
        return self.server.sql("SELECT pw_name FROM %s ORDER BY pw_name" % table).split()

    def objects(self, name=TABLE):
        """How many tables and views of the name there are."""
        if self.engine == "sqlite":
            return self.server.sql("SELECT COUNT(*) FROM sqlite_master WHERE name = '%s'" % name).strip()
        return self.server.sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '%s'" % name).strip()


    def test_a_domain_has_its_view_from_birth_to_end(self):
        self.site.must("vadddomain", DOMAIN, GOOD)
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.site.must("vadduser", "ann@" + DOMAIN, GOOD)
        self.assertEqual(self.names(), ["ann", "postmaster"])
        self.assertEqual(self.objects("alias_example"), "0")
        self.site.must("vdeldomain", "alias.example")
        self.assertEqual(self.names(), ["ann", "postmaster"])
        self.assertEqual(self.site.run("vschema", "--check").status, 0)
        self.site.must("vdeldomain", DOMAIN)
        self.assertEqual(self.objects(), "0")
        self.site.must("vadddomain", DOMAIN, GOOD)
        self.assertEqual(self.names(), ["postmaster"])

    def test_two_domains_with_one_name_are_not_mixed(self):
        self.site.must("vadddomain", DOMAIN, GOOD)
        refused = self.site.run("vadddomain", "my.example.org", GOOD)
        self.assertEqual(refused.status, 244, repr(refused))
        self.assertIn("the view of my.example.org would be my_example_org, which is there already", refused.out)
        self.assertEqual(self.site.run("vdominfo", "my.example.org").status, 245)
        self.assertEqual(self.names(), ["postmaster"])
        self.site.configure(domain_views=None)
        self.site.must("vadddomain", "my.example.org", GOOD)
        self.site.configure(domain_views="yes")
        refused = self.site.run("vschema", "--apply")
        self.assertEqual(refused.status, 100, repr(refused))
        self.assertIn("my.example.org", refused.out + refused.err)
        self.site.must("vdeldomain", "my.example.org")
        self.assertEqual(self.names(), ["postmaster"])

    def test_a_domain_named_as_one_of_our_tables_is_refused(self):
        refused = self.site.run("vadddomain", "dir.control", GOOD)
        self.assertEqual(refused.status, 244, repr(refused))
        self.site.must("vadddomain", DOMAIN, GOOD)

    def test_vschema_makes_the_views_that_are_missing(self):
        self.site.configure(domain_views=None)
        self.site.must("vadddomain", DOMAIN, GOOD)
        self.assertEqual(self.objects(), "0")
        self.assertEqual(self.site.run("vschema", "--check").status, 0)
        self.site.configure(domain_views="yes")
        self.assertEqual(self.site.run("vschema", "--check").status, 1)
        self.site.must("vschema", "--apply")
        self.assertEqual(self.names(), ["postmaster"])
        self.assertEqual(self.site.run("vschema", "--check").status, 0)
        if self.engine == "sqlite":
            return
        folder = self.site.must("vdominfo", "-d", DOMAIN).out.strip()
        self.server.sql(INSERT % folder)
        self.assertEqual(self.site.must("vuserinfo", "-c", "old@" + DOMAIN).out, "Old\n")
        self.server.sql("UPDATE my_example_org SET pw_gecos = 'Older' WHERE pw_name = 'old'")
        self.assertEqual(self.site.must("vuserinfo", "-c", "old@" + DOMAIN).out, "Older\n")
        self.server.sql("DELETE FROM my_example_org WHERE pw_name = 'old'")
        self.assertEqual(self.names(), ["postmaster"])


for engine in stores.ENGINES:
    name = "On" + stores.ENGINES[engine].__name__
    case = type(name, (Views, stores.StoreTest), {"engine": engine, "__module__": __name__})
    globals()[name] = stores.needs(engine)(case)
del case

if __name__ == "__main__":
    unittest.main()
