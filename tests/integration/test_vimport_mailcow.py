"""vimport from mailcow's tables."""
import json
import os
import unittest

from harness import stores
from harness.installed import SOURCE, Installed
from test_vimport_postfixadmin import MySQL, Tables

LINES = [
    {"type": "export", "version": 1, "source": "mailcow"},
    {"type": "domain", "domain": "one.example", "catch_all": "delete"},
    {"type": "limits", "domain": "one.example", "max_accounts": 10, "max_aliases": 400, "max_forwards": 400,
     "disk_quota_mb": 10240, "default_quota": 3221225472},
    {"type": "alias_domain", "name": "alias.example", "domain": "one.example"},
    {"type": "domain_admin", "address": "anna@one.example", "domain": "one.example"},
    {"type": "account", "address": "anna@one.example", "quota": "3221225472S", "comment": "\u00c4nna", "flags": ["no_pop", "no_webmail"],
     "hash": "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuNhj1tmcEP0BBPQ7UujUnOGFQKQD7ise"},
    {"type": "account", "address": "bob@one.example", "hash": "{SSHA}qNwaCxc3ox14AgdBDMr7S/FMkBZzYWx0c2FsdA==", "quota": "NOQUOTA",
     "flags": ["no_pop", "no_webmail", "no_imap", "no_smtp"]},
    {"type": "account", "address": "carl@one.example", "hash": "x", "quota": "NOQUOTA",
     "flags": ["no_pop", "no_webmail", "no_imap", "bounce_mail", "no_smtp"]},
    {"type": "alias", "address": "all@one.example", "destinations": [{"forward": "anna@one.example"}, {"forward": "bob@one.example"}]},
    {"type": "alias", "address": "nothing@one.example", "destinations": [{"comment": " mail is thrown away"}]},
    {"type": "domain", "domain": "two.example", "catch_all": "anna@one.example"},
    {"type": "limits", "domain": "two.example", "max_accounts": 0, "max_aliases": 0, "max_forwards": 0},
]
SKIPPED = [
    "dadmin: it is no address", "off.example: the domain is not active",
    "room@one.example: rooms and things of a calendar have no place here",
    "learn@one.example: the destination \"spam@localhost\": the spam filter is not taught here", "old@one.example: the alias is not active",
    "relay.example: of a domain whose mail is relayed, control/rcpthosts has the name", "two.example: its transport has no place here",
    "app_passwd: anna@one.example: it has no place here", "sender_acl: bob@one.example: it has no place here",
    "sieve_filters: anna@one.example: it has no place here",
]


@stores.needs("mysql")
class Mailcow(MySQL, Tables, unittest.TestCase):
    dump, format = ["mailcow-mysql.sql"], "mailcow"

    def test_what_old_tables_hold(self):
        """mailcow has one form, to which every start of it updates the tables."""
        self.assertRead(self.read(self.dump), LINES, SKIPPED)

    def test_what_new_tables_hold(self):
        """Without the columns and tables that came later."""
        with open(os.path.join(SOURCE, "tests/data/mailcow-mysql.sql"), encoding="utf-8") as text:
            self.load(text.read())
        self.load("ALTER TABLE mailbox DROP attributes, DROP kind; ALTER TABLE domain DROP defquota, DROP relayhost; "
                  "DROP TABLE app_passwd, sender_acl, sieve_filters, bcc_maps;")
        result = self.rows(self.script)
        self.assertEqual((result.status, result.err), (0, ""))
        lines = [json.loads(line) for line in
                 self.site.run("vimport", "--format", "mailcow", "--print", "-", stdin=result.out.encode()).out.splitlines()]
        accounts = {line["address"]: line.get("flags") for line in lines if line["type"] == "account"}
        self.assertEqual(accounts["anna@one.example"], None)
        self.assertIn("room@one.example", accounts)

    def test_people_log_in_and_mail_arrives(self):
        rows = self.read(self.dump)
        self.assertEqual(self.vimport(rows)[-1]["account"]["added"], 3)
        self.site.must("vverifypw", "anna@one.example", "dora's own")
        self.site.must("vverifypw", "bob@one.example", "carl's own")
        for address, found in (("all@alias.example", "bob@one.example"), ("unknown@two.example", "anna@one.example")):
            self.assertIn(found, self.site.must("vexplain", address).out, address)
        self.assertChangesNothing(self.vimport(rows))


del Tables, MySQL  # they are tested where they are written

if __name__ == "__main__":
    unittest.main()
