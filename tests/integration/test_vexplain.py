"""vexplain on every store: what it says is what delivery and logins do."""
import json
import os
import shutil
import unittest

from harness import stores

DOMAIN, OTHER, HASH = "example.org", "other.example", "abNANd1rDfiNc"
MESSAGE = b"From: a@example.net\n\nhello\n"


class Explanations:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        for user in ("ann", "bob"):
            self.site.must("vadduser", "-e", HASH, "%s@%s" % (user, DOMAIN))

    def home(self, user):
        return self.site.must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip()

    def dot_qmail(self, user, text, name=".qmail"):
        path = os.path.join(self.home(user), name)
        with open(path, "w") as out:
            out.write(text)
        self.site.give(path)

    def alias(self, name, *lines):
        for line in lines:
            self.site.must("valias", "-i", line, name)

    def explain(self, address, *options, status=0):
        """The steps and the end."""
        result = self.site.run("vexplain", "--json", *options, address)
        self.assertEqual(result.status, status, repr(result))
        rows = [json.loads(line) for line in result.out.splitlines()]
        return rows[:-1], rows[-1]

    def rules(self, address, status=0):
        """(rule, depth) of what applies."""
        return [(step["rule"], step["depth"]) for step in self.explain(address, status=status)[0] if step["applies"]]

    def deliver(self, address):
        """vdelivermail's exit code and words."""
        user, _, domain = address.partition("@")
        folder = self.site.path("V/domains/" + DOMAIN)
        with open(folder + "/.qmail-default") as text:
            action = text.read().split()[-1]
        environment = {"EXT": user, "HOST": domain, "SENDER": "a@example.net", "RPLINE": "Return-Path: <a@example.net>\n",
                       "DTLINE": "Delivered-To: x-x@x.example\n"}
        return self.site.run("vdelivermail", "", action, stdin=MESSAGE, env=environment, cwd=folder)

    def agrees(self, address, status):
        """Explained so, and then delivered so; the end."""
        self.maxDiff = None
        end = self.explain(address, status=status)[1]
        result = self.deliver(address)
        self.assertEqual(result.status, {0: 0, 1: 100, 111: 111}[status], repr(result))
        if status:
            self.assertEqual(result.out.strip(), end["text"].strip())
        return end

    # to a message

    def test_account_by_every_name(self):
        end = self.agrees("ann@" + DOMAIN, 0)
        self.assertEqual((end["result"], end["code"], end["decided_by"]), ("yes", "2.1.5", "account"))
        self.assertEqual(self.rules("ann@" + DOMAIN), [("domain", 0), ("account", 0), ("mailbox", 0)])
        self.assertEqual(self.agrees("ann@alias.example", 0)["decided_by"], "account")
        self.assertIn("alias", self.explain("ann@alias.example")[0][0]["text"])

    def test_unknown_user_meets_the_catch_all(self):
        end = self.agrees("nobody@" + DOMAIN, 1)
        self.assertEqual((end["result"], end["status"], end["code"], end["decided_by"]),
                         ("no", "not_found", "5.1.1", "catch-all"))

    def test_unknown_domain_is_no_recipient(self):
        end = self.explain("ann@nowhere.example", status=1)[1]
        self.assertEqual((end["status"], end["code"], end["decided_by"]), ("not_found", "5.1.2", "domain"))

    def test_alias_beats_account_and_its_targets_are_followed(self):
        self.alias("ann@" + DOMAIN, "&bob@alias.example", "&far@elsewhere.example")
        self.assertEqual(self.rules("ann@" + DOMAIN),
                         [("domain", 0), ("alias", 0), ("forward", 0), ("domain", 1), ("account", 1), ("mailbox", 1),
                          ("forward", 0)])
        self.assertEqual(self.explain("ann@" + DOMAIN)[1]["decided_by"], "alias")

    def test_alias_to_nobody_is_refused_as_nobody(self):
        self.alias("sales@" + DOMAIN, "&nobody@" + DOMAIN)
        self.assertEqual(self.agrees("sales@" + DOMAIN, 1)["code"], "5.1.1")

    def test_default_alias_takes_what_begins_so(self):
        self.alias("list-default@" + DOMAIN, "&bob@" + DOMAIN)
        self.agrees("list-any-thing@" + DOMAIN, 0)
        steps = [step for step in self.explain("list-any-thing@" + DOMAIN)[0]
                 if step["rule"] == "alias" and not step["depth"]]
        self.assertEqual([step["applies"] for step in steps], [False] * (len(steps) - 1) + [True])
        self.assertIn("list-default has 1 line(s)", steps[-1]["text"])

    def test_files_of_the_domain_are_read_as_qmail_local_reads_them(self):
        """Lists of ezmlm are links to files, wherever the accounts are kept."""
        folder = self.site.path("V/domains/%s/" % DOMAIN)
        self.site.write("V/domains/%s/list.editor" % DOMAIN, "|printf %s \"$DEFAULT\" > said\n", 0o600)
        for name in ("list", "list-return-default"):
            os.symlink(folder + "list.editor", folder + ".qmail-" + name)
        for user, said in (("list", ""), ("list-return-1-ann=x.example", "1-ann=x.example")):
            self.assertEqual(self.agrees("%s@%s" % (user, DOMAIN), 0)["decided_by"], "alias")
            with open(folder + "said") as text:
                self.assertEqual(text.read(), said)
        self.agrees("list-other@" + DOMAIN, 1)

    def test_file_that_cannot_be_read_is_later(self):
        os.mkdir(self.site.path("V/domains/%s/.qmail-list" % DOMAIN))
        self.agrees("list@" + DOMAIN, 111)
        os.symlink("/etc/hostname", self.site.path("V/domains/%s/.qmail-out" % DOMAIN))
        self.agrees("out@" + DOMAIN, 111)

    def test_dot_qmail_is_read_and_nothing_is_done(self):
        self.dot_qmail("bob", "|touch ran\n./Maildir/\n")
        self.assertEqual(self.rules("bob@" + DOMAIN)[2:], [("dot-qmail", 0), ("program", 0), ("maildir", 0)])
        self.assertFalse(os.path.exists(self.home("bob") + "/ran"))
        self.assertEqual(os.listdir(self.home("bob") + "/Maildir/new"), [])
        self.assertEqual(self.agrees("bob@" + DOMAIN, 0)["decided_by"], "dot-qmail")
        self.assertTrue(os.path.exists(self.home("bob") + "/ran"))

    def test_extension_is_the_base_names_where_that_is_set(self):
        self.agrees("bob-news@" + DOMAIN, 1)
        self.site.configure(qmail_ext="yes")
        self.dot_qmail("bob", "# nothing\n", ".qmail-news")
        self.assertEqual(self.agrees("bob-news@" + DOMAIN, 0)["decided_by"], "dot-qmail")
        self.assertIn("comment", [rule for rule, _ in self.rules("bob-news@" + DOMAIN)])

    def test_locked_account_is_refused_by_its_flag(self):
        self.site.must("vmoduser", "-b", "bob@" + DOMAIN)
        end = self.agrees("bob@" + DOMAIN, 1)
        self.assertEqual((end["code"], end["decided_by"]), ("5.2.1", "access"))

    def test_full_mailbox_is_refused_by_its_quota(self):
        self.site.must("vsetuserquota", "bob@" + DOMAIN, "10B")
        self.assertEqual(self.explain("bob@" + DOMAIN, "--size", "10")[1]["result"], "yes")
        end = self.explain("bob@" + DOMAIN, "--size", "11", status=1)[1]
        self.assertEqual((end["status"], end["code"], end["decided_by"], end["text"]),
                         ("limit", "5.2.2", "quota", "user is over quota"))
        self.assertEqual(self.deliver("bob@" + DOMAIN).out.strip(), end["text"])

    def test_full_domain_is_refused_by_its_limits(self):
        self.site.configure(domain_quotas="yes")
        self.site.must("vmoddomlimits", "-M", "1", DOMAIN)
        self.agrees("bob@" + DOMAIN, 0)
        end = self.agrees("ann@" + DOMAIN, 1)
        self.assertEqual((end["code"], end["decided_by"]), ("5.2.2", "domain-quota"))

    def test_circle_over_domains_names_the_way_round(self):
        self.site.must("vadddomain", OTHER, "a long password")
        self.alias("a@" + DOMAIN, "&b@" + OTHER)
        self.alias("b@" + OTHER, "&c@alias.example")
        self.alias("c@" + DOMAIN, "&b@" + OTHER)
        end = self.agrees("a@" + DOMAIN, 1)
        self.assertEqual((end["status"], end["code"], end["decided_by"]), ("denied", "5.4.6", "loop"))
        self.assertEqual(end["text"], "mail is looping: b@%s -> c@%s -> b@%s" % (OTHER, DOMAIN, OTHER))

    def test_way_that_is_too_long_is_refused(self):
        for number in range(9):
            self.alias("a%d@%s" % (number, DOMAIN), "&a%d@%s" % (number + 1, DOMAIN))
        self.alias("a9@" + DOMAIN, "&bob@" + DOMAIN)
        self.agrees("a3@" + DOMAIN, 0)
        end = self.agrees("a2@" + DOMAIN, 1)
        self.assertEqual((end["code"], end["text"]),
                         ("5.4.6", "mail is looping: more than 8 addresses lead to bob@" + DOMAIN))

    def test_addresses_that_multiply_are_refused(self):
        for name, target in (("a", "b"), ("b", "c"), ("c", "ann")):
            self.alias("%s@%s" % (name, DOMAIN), *("&%s-%d@%s" % (target, number, DOMAIN) for number in range(3)))
            self.alias("%s-default@%s" % (name, DOMAIN), *("&%s-%d@%s" % (target, number, DOMAIN) for number in range(13)))
        self.alias("ann-default@" + DOMAIN, "&ann@" + DOMAIN)
        end = self.explain("a-x@" + DOMAIN, status=1)[1]
        self.assertEqual((end["code"], end["text"]), ("5.4.6", "more than 2000 addresses of ours"))

    def test_one_mailbox_by_two_ways_is_no_circle(self):
        self.alias("all@" + DOMAIN, "&both@" + DOMAIN, "&bob@" + DOMAIN)
        self.alias("both@" + DOMAIN, "&bob@" + DOMAIN)
        self.agrees("all@" + DOMAIN, 0)

    def test_home_that_is_missing_is_told_and_not_made(self):
        home = self.home("bob")
        shutil.rmtree(home)
        self.assertIn(("home", 0), self.rules("bob@" + DOMAIN))
        self.assertFalse(os.path.exists(home))
        self.agrees("bob@" + DOMAIN, 0)

    def test_text_is_one_line_for_each_step(self):
        lines = self.site.must("vexplain", "ann@" + DOMAIN).out.splitlines()
        self.assertEqual([line.split()[:2] for line in lines[:-1]],
                         [["+", "domain"]] + [["-", "alias"]] * (len(lines) - 5) +
                         [["+", "account"], ["-", "dot-qmail"], ["+", "mailbox"]])
        self.assertEqual(lines[-1], "= yes 2.1.5, decided by account")

    # to a login

    def login(self, service, status):
        return self.explain("ann@" + DOMAIN, "--service", service, status=status)[1]

    def test_each_services_own_flag_closes_it(self):
        for service, letter in (("pop", "-p"), ("imap", "-i"), ("smtp", "-s"), ("webmail", "-w")):
            self.assertEqual(self.login(service, 0)["result"], "yes")
            self.site.must("vmoduser", letter, "ann@" + DOMAIN)
            end = self.login(service, 1)
            self.assertEqual((end["status"], end["decided_by"]), ("denied", "access"))
            self.site.must("vmoduser", "-x", "ann@" + DOMAIN)

    def test_domains_flags_close_a_service_unless_overridden(self):
        self.site.must("vmoddomlimits", "-g", "pi", DOMAIN)
        for service, status in (("pop", 1), ("imap", 1), ("smtp", 0), ("webmail", 0)):
            self.login(service, status)
        steps = self.explain("ann@" + DOMAIN, "-s", "pop", status=1)[0]
        self.assertEqual(steps[-1]["text"], "the limits of the domain forbid it")
        self.site.must("vmoduser", "-o", "ann@" + DOMAIN)
        self.assertEqual(self.login("pop", 0)["result"], "yes")

    def test_login_of_nobody_or_without_a_password_is_a_no(self):
        end = self.explain("nobody@" + DOMAIN, "-s", "imap", status=1)[1]
        self.assertEqual((end["status"], end["decided_by"]), ("denied", "account"))

    def test_wrong_use_is_refused(self):
        self.assertEqual(self.site.run("vexplain", "-s", "ftp", "ann@" + DOMAIN).status, 100)
        self.assertEqual(self.site.run("vexplain").status, 100)


stores.on_every_store(globals(), Explanations)


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ByRoot(stores.CDBTest):
    """Started by root it reads a domain's files as their owner."""
    privileged = True

    def test_as_the_owner_of_the_domain(self):
        self.site.must("vadddomain", DOMAIN, "a long password")
        for options in ((), ("-s", "pop")):
            out = self.site.must("vexplain", *options, "postmaster@" + DOMAIN).out
            self.assertTrue(out.splitlines()[-1].startswith("= yes"), out)
        self.assertEqual(self.site.run("vexplain", "ann@nowhere.example").status, 1)

if __name__ == "__main__":
    unittest.main()
