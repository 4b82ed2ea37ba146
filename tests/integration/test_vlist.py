"""Lists of ezmlm: vlist, limits and deliveries. ezmlm's programs are stood in for by scripts that keep to their command lines."""
import concurrent.futures
import json
import os
import pwd
import unittest

from harness import stores
from harness.mail import Deliveries

DOMAIN = "example.org"
NEWS = "news@" + DOMAIN
MAKE = """#!/bin/sh
mkdir "$1" "$1/mod" "$1/digest" "$1/deny" && touch "$1/lock" || exit 100
echo "$3@$4" >"$1/name"
ln -s "$1/manager" "$2-default"
ln -s "$1/bouncer" "$2-owner"
test ! -e "$1/../fail" || exit 111
bin=${0%/*}
printf "|$bin/ezmlm-reject '%s'\\n|$bin/ezmlm-send '%s'\\n|$bin/ezmlm-warn '%s' || exit 0\\n" "$1" "$1" "$1" >"$1/editor"
printf "|$bin/ezmlm-return '%s'\\n" "$1" >"$1/bouncer"
printf "|$bin/ezmlm-manage '%s'\\n" "$1" >"$1/manager"
ln -s "$1/bouncer" "$2-return-default"
ln -s "$1/editor" "$2"
"""
# What each program was given goes to the list's folder; REJECT is what ezmlm-reject ends with.
HOOK = """#!/bin/sh
grep -q ^REJECT && test "${0##*-}" = reject && exit $(cat "$1/code")
echo "${0##*-} $(id -u) $SENDER $HOST $DEFAULT" >>"$1/said"
"""
PART = """#!/bin/sh
dir=$1; shift
case $1 in mod|digest|deny) dir=$dir/$1; shift;; esac
file=$dir/members; touch "$file"
"""
SUB = PART + 'grep -qx "$1" "$file" || echo "$1" >>"$file"\n'
UNSUB = PART + 'grep -vx "$1" "$file" >"$file.new"; mv "$file.new" "$file"\n'
LIST = PART + 'cat "$file"\n'


class Lists(Deliveries):
    owner = ()

    def setUp(self):
        super().setUp()
        programs = {"make": MAKE, "sub": SUB, "unsub": UNSUB, "list": LIST}
        programs.update(dict.fromkeys(("reject", "send", "warn", "return", "manage"), HOOK))
        for name, text in programs.items():
            self.site.write("ezmlm/ezmlm-" + name, text, 0o755)
        self.site.configure(ezmlm_dir=self.site.path("ezmlm"))
        self.site.must("vadddomain", *self.owner, DOMAIN, "a long password")

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

    # deliveries

    def said(self):
        """The programs that ran: name, what stands for DEFAULT. All as the owner, with the sender."""
        path = self.site.path("V/domains/%s/news/said" % DOMAIN)
        if not os.path.exists(path):
            return []
        with open(path) as text:
            rows = [line.split() for line in text]
        os.unlink(path)
        self.assertEqual({row[1] for row in rows}, {str(os.stat(os.path.dirname(path)).st_uid)})
        self.assertEqual({row[2] for row in rows}, {"a@example.net"})
        return [(row[0], " ".join(row[4:])) for row in rows]

    def faces(self):
        return (self.deliver, (0, 100, 111)), (self.deliver_by_lmtp, (250, 554, 451))

    def test_mail_reaches_ezmlms_programs_at_each_of_its_addresses(self):
        self.site.must("vlist", "create", NEWS)
        self.site.must("vaddaliasdomain", DOMAIN, "alias.example")
        list_runs = [("reject", ""), ("send", ""), ("warn", "")]
        for deliver, answers in self.faces():
            for user, runs in (("news", list_runs), ("news-subscribe-ann=b.example", [("manage", "subscribe-ann=b.example")]),
                               ("news-help", [("manage", "help")]), ("news-owner", [("return", "")]),
                               ("news-return-7-ann=b.example", [("return", "7-ann=b.example")])):
                with self.subTest(deliver.__name__, user=user):
                    self.assertEqual((deliver(user=user), self.said()), (answers[0], runs))
                    self.assertEqual((deliver(user=user, host="alias.example"), self.said()), (answers[0], runs))
            self.assertNotEqual(deliver(user="newspaper"), answers[0])

    def test_a_list_refuses_and_defers_by_its_first_program(self):
        self.site.must("vlist", "create", NEWS)
        for deliver, answers in self.faces():
            for code, answer, runs in (("100", answers[1], []), ("111", answers[2], []), ("99", answers[0], [])):
                with self.subTest(deliver.__name__, code=code):
                    self.site.write("V/domains/%s/news/code" % DOMAIN, code)
                    self.assertEqual((deliver(b"REJECT: x\n\nx\n", "news"), self.said()),
                                     (answer, runs))

    def test_addresses_of_a_list_are_recipients(self):
        self.site.must("vlist", "create", NEWS)
        for user, status in (("news", 0), ("news-help", 0), ("news-owner", 0), ("newspaper", 1)):
            self.assertEqual(self.site.run("vrcptcheck", fd3=("%s@%s" % (user, DOMAIN)).encode()).status, status, user)
            self.assertEqual(self.site.run("vexplain", "%s@%s" % (user, DOMAIN)).status, status, user)

    # limits and other commands

    def test_parts_of_a_list_are_neither_aliases_nor_lists(self):
        self.site.must("vmoddomlimits", "-A", "0", "-F", "0", "-R", "0", "-L", "2", DOMAIN)
        self.site.must("vlist", "create", NEWS)
        self.site.must("vlist", "create", "first.last@" + DOMAIN)
        self.assertEqual(sorted(self.site.must("vlist", "list", DOMAIN).out.split()), ["first.last@" + DOMAIN, NEWS])
        self.assertEqual(self.site.run("vlist", "create", "more@" + DOMAIN).status, 255)
        self.assertEqual(self.site.run("valias", "-n", DOMAIN).status, 255, "no aliases are found")
        self.assertEqual(self.site.run("valias", "-i", "&postmaster@" + DOMAIN, "info@" + DOMAIN).status, 255)
        self.site.must("vlist", "delete", "first.last@" + DOMAIN)
        self.site.must("vlist", "create", "more@" + DOMAIN)

    def test_limit_of_lists_is_one_for_files_and_aliases(self):
        line = "|/usr/bin/ezmlm-send '/x'"
        self.site.must("vmoddomlimits", "-L", "1", DOMAIN)
        self.site.must("vlist", "create", NEWS)
        refused = self.site.run("valias", "-i", line, "more@" + DOMAIN)
        self.assertEqual(refused.status, 255, repr(refused))
        self.site.must("vlist", "delete", NEWS)
        self.site.must("valias", "-i", line, "more@" + DOMAIN)
        self.site.must("valias", "-i", line.replace("send", "reject"), "more@" + DOMAIN)
        self.assertEqual(self.site.run("vlist", "create", NEWS).status, 255)

    def test_default_limit_and_none_at_all(self):
        self.site.must("vmoddomlimits", "-d", "-L", "0")
        self.assertEqual(self.site.run("vlist", "create", NEWS).status, 255)
        self.assertEqual(self.files(), [])
        self.site.must("vmoddomlimits", "-L", "-1", DOMAIN)
        self.site.must("vlist", "create", NEWS)

    def test_limit_is_exact_whoever_makes_lists_at_once(self):
        self.site.must("vmoddomlimits", "-L", "3", DOMAIN)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            statuses = list(pool.map(lambda n: self.site.run("vlist", "create", "l%d@%s" % (n, DOMAIN)).status, range(12)))
        self.assertEqual(sorted(statuses), [0] * 3 + [255] * 9)
        self.assertEqual(self.site.must("vlist", "count", DOMAIN).out, "3\n")

    def test_vcheck_leaves_lists_alone_and_the_domain_takes_them_along(self):
        self.site.must("vlist", "create", NEWS)
        before = self.files(), sorted(os.listdir(self.site.path("V/domains/%s/news" % DOMAIN)))
        self.assertNotIn("news", self.site.must("vcheck").out)
        self.site.must("vcheck", "--repair")
        self.assertEqual((self.files(), sorted(os.listdir(self.site.path("V/domains/%s/news" % DOMAIN)))), before)
        self.assertEqual(self.deliver(user="news"), 0)
        self.site.must("vdeldomain", DOMAIN)
        self.assertFalse(os.path.exists(self.site.path("V/domains/" + DOMAIN)))


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ByRoot(Lists, stores.CDBTest):
    """Root runs the commands and vlmtpd, for a domain of another owner: ezmlm's programs run as he."""
    privileged = True
    person = pwd.getpwnam("daemon")
    owner = ("-i", person.pw_uid, "-g", person.pw_gid)

    def test_what_ezmlm_made_is_the_owners(self):
        self.site.must("vlist", "create", NEWS)
        self.site.must("vlist", "subscriber", NEWS, "add", "a@b.example")
        for folder, _, names in os.walk(self.site.path("V/domains/" + DOMAIN)):
            for path in [folder] + [os.path.join(folder, name) for name in names]:
                info = os.lstat(path)
                self.assertEqual((info.st_uid, info.st_gid), self.owner[1::2], path)


stores.on_every_store(globals(), Lists)

if __name__ == "__main__":
    unittest.main()
