"""vlist: ezmlm's lists through ezmlm's programs, which are stood in for by scripts that keep to their command lines."""
import json
import os
import unittest

from harness import stores

DOMAIN = "example.org"
NEWS = "news@" + DOMAIN
MAKE = """#!/bin/sh
mkdir "$1" "$1/mod" "$1/digest" "$1/deny" && touch "$1/lock" || exit 100
echo "$3@$4" >"$1/name"
ln -s "$1/manager" "$2-default"
ln -s "$1/bouncer" "$2-owner"
test ! -e "$1/../fail" || exit 111
printf "|/usr/bin/ezmlm-reject '%s'\\n|/usr/bin/ezmlm-send '%s'\\n" "$1" "$1" >"$1/editor"
ln -s "$1/editor" "$2"
"""
PART = """#!/bin/sh
dir=$1; shift
case $1 in mod|digest|deny) dir=$dir/$1; shift;; esac
file=$dir/members; touch "$file"
"""
SUB = PART + 'grep -qx "$1" "$file" || echo "$1" >>"$file"\n'
UNSUB = PART + 'grep -vx "$1" "$file" >"$file.new"; mv "$file.new" "$file"\n'
LIST = PART + 'cat "$file"\n'


class Lists:
    def setUp(self):
        super().setUp()
        for name, text in (("make", MAKE), ("sub", SUB), ("unsub", UNSUB), ("list", LIST)):
            self.site.write("ezmlm/ezmlm-" + name, text, 0o755)
        self.site.configure(ezmlm_dir=self.site.path("ezmlm"))
        self.site.must("vadddomain", DOMAIN, "a long password")

    def files(self):
        return sorted(name for name in os.listdir(self.site.path("V/domains/" + DOMAIN)) if "news" in name)

    def test_list_is_made_found_and_removed_without_a_trace(self):
        self.site.must("vlist", "create", NEWS)
        self.assertEqual(self.site.read("V/domains/%s/news/name" % DOMAIN).decode(), NEWS + "\n")
        self.assertEqual(self.site.must("vlist", "list", DOMAIN).out, NEWS + "\n")
        self.assertEqual(self.site.must("vlist", "count", DOMAIN).out, "1\n")
        keep = self.site.write("V/domains/%s/.qmail-news-other" % DOMAIN, "&a@elsewhere.example\n")
        self.site.must("vlist", "delete", NEWS)
        self.assertEqual(self.files(), [os.path.basename(keep)])
        self.assertEqual(self.site.run("vlist", "delete", NEWS).status, 255)

    def test_people_of_a_list(self):
        self.site.must("vlist", "create", NEWS)
        for address in ("a@b.example", "c@d.example"):
            self.site.must("vlist", "subscriber", NEWS, "add", address)
        self.site.must("vlist", "mod", NEWS, "add", "boss@b.example")
        self.assertEqual(self.site.must("vlist", "sub", NEWS, "list").out, "a@b.example\nc@d.example\n")
        self.site.must("vlist", "subscriber", NEWS, "del", "a@b.example")
        self.assertEqual(self.site.must("vlist", "subscriber", NEWS, "count").out, "1\n")
        self.assertEqual(json.loads(self.site.must("vlist", "--json", "show", NEWS).out),
                         {"list": "news", "domain": DOMAIN, "subscribers": 1, "moderators": 1, "digest": 0, "denied": 0})
        self.assertIn("moderators:  1\n", self.site.must("vlist", "show", NEWS).out)

    def test_name_that_is_taken_is_refused(self):
        self.site.must("valias", "-i", "&a@elsewhere.example", "info@" + DOMAIN)
        self.site.must("vlist", "create", NEWS)
        for name in ("postmaster", "info", "news", "default"):
            self.assertEqual(self.site.run("vlist", "create", "%s@%s" % (name, DOMAIN)).status, 255, name)

    def test_domain_has_as_many_lists_as_it_may(self):
        self.site.must("vmoddomlimits", "-L", "1", DOMAIN)
        self.site.must("vlist", "create", NEWS)
        result = self.site.run("vlist", "create", "more@" + DOMAIN)
        self.assertEqual(result.status, 255, repr(result))
        self.assertIn("1 mailing lists", result.out)

    def test_list_that_cannot_be_made_leaves_nothing(self):
        self.site.write("V/domains/%s/fail" % DOMAIN, "x")
        self.assertEqual(self.site.run("vlist", "create", NEWS).status, 111)
        self.assertEqual(self.files(), [])

    def test_ezmlm_that_is_not_there_is_told(self):
        self.site.configure(ezmlm_dir="/nowhere")
        result = self.site.run("vlist", "create", NEWS)
        self.assertEqual(result.status, 111, repr(result))
        self.assertIn("/nowhere/ezmlm-make", result.err)

    def test_wrong_use_has_5_4s_codes(self):
        for status, words in ((101, ()), (101, ("list",)), (102, ("frob", NEWS)), (102, ("s", NEWS)),
                              (101, ("sub", NEWS)), (103, ("sub", NEWS, "frob")), (101, ("sub", NEWS, "add")),
                              (255, ("sub", NEWS, "add", "-x@b")), (255, ("sub", NEWS, "list")),
                              (245, ("list", "nowhere.example"))):
            self.assertEqual(self.site.run("vlist", "--", *words).status, status, words)


stores.on_every_store(globals(), Lists)


if __name__ == "__main__":
    unittest.main()
