"""The limits of aliases, forwards, autoresponders and mailing lists, on every store and under many at once."""
import concurrent.futures
import unittest

from harness import stores

DOMAIN = "example.org"
LINES = {"-A": ("&ann@" + DOMAIN, "aliases"), "-F": ("&ann@elsewhere.example", "forwards"),
         "-R": ("|/usr/bin/autorespond 10000 5 /x/message /x", "autoresponders"),
         "-L": ("|/usr/bin/ezmlm-send '/x'", "mailing lists")}


class Limits:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")

    def add(self, name, line):
        return self.site.run("valias", "-i", line, "%s@%s" % (name, DOMAIN))

    def names(self):
        result = self.site.run("valias", "-n", DOMAIN)
        return [] if result.status else result.out.splitlines()

    def test_each_kind_has_its_own_limit(self):
        for letter in LINES:
            self.site.must("vmoddomlimits", letter, "1", DOMAIN)
        for letter, (line, words) in LINES.items():
            self.assertEqual(self.add("one" + letter, line).status, 0)
            self.assertEqual(self.add("one" + letter, "&another@" + DOMAIN).status, 0, "a line more is no alias more")
            refused = self.add("two" + letter, line)
            self.assertEqual(refused.status, 255, repr(refused))
            self.assertIn("may have 1 " + words, refused.out + refused.err)
        self.assertEqual(self.names(), sorted("one" + letter.lower() for letter in LINES))

    def test_a_line_that_makes_an_alias_a_forward_is_counted(self):
        self.site.must("vmoddomlimits", "-F", "0", DOMAIN)
        self.assertEqual(self.add("info", "&ann@" + DOMAIN).status, 0)
        self.assertEqual(self.add("info", "&ann@elsewhere.example").status, 255)

    def test_parts_of_a_list_are_never_counted(self):
        self.site.must("vmoddomlimits", *[word for letter in LINES for word in (letter, "0")], DOMAIN)
        for name, program in (("news-default", "manage"), ("news-return-default", "return")):
            self.assertEqual(self.add(name, "|/usr/bin/ezmlm-%s '/x'" % program).status, 0)
        self.assertEqual(self.add("news", LINES["-L"][0]).status, 255)

    def test_removing_makes_room_and_unlimited_is_the_default(self):
        self.site.must("vmoddomlimits", "-F", "1", DOMAIN)
        line = "&ann@elsewhere.example"
        self.assertEqual([self.add(name, line).status for name in ("a", "b")], [0, 255])
        self.site.must("valias", "-d", "a@" + DOMAIN)
        self.assertEqual(self.add("b", line).status, 0)
        self.site.must("vmoddomlimits", "-D", DOMAIN)
        self.assertEqual(self.add("c", line).status, 0)

    def test_defaults_of_the_installation_hold_where_the_domain_says_nothing(self):
        self.site.must("vmoddomlimits", "-d", "-A", "0")
        refused = self.add("info", "&ann@" + DOMAIN)
        self.assertEqual(refused.status, 255, repr(refused))
        self.assertEqual(self.names(), [])

    def test_a_limit_is_exact_whoever_adds_at_once(self):
        self.site.must("vmoddomlimits", "-A", "7", DOMAIN)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda n: self.add("n%d" % n, "&ann@" + DOMAIN).status, range(24)))
        self.assertEqual(sorted(statuses), [0] * 7 + [255] * 17)
        self.assertEqual(len(self.names()), 7)


stores.on_every_store(globals(), Limits)

if __name__ == "__main__":
    unittest.main()
