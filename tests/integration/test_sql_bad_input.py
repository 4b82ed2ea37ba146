"""Texts that would change a statement, whatever the server makes of strings: they are stored and found, or refused."""
import json
import os
import unittest

from harness import stores

DOMAIN, PASSWORD = "example.org", "a long password"
HASH = "abNANd1rDfiNc"
TEXTS = ("it's", 'a "quote"', "back\\slash", "\\'; DROP TABLE vpopmail; --", "a -- b # c /* d */", "1; SELECT 2", "%_%", "$1 ? ?", "`x`",
         "\\", "''''", "\u00e4\u00f6\u00fc\u00df", "\u4e2d\u6587", "\U0001f4ee\U0001f600", "e\u0301", "NULL", "0x41")
USERS = ("o'neil", "a`b", "{x}", "back|slash", "a--b", "x&y", "dollar$1", "percent", "a?b")


class Everything:
    def put_in_and_take_out(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        for number, text in enumerate(TEXTS):
            address = "user%d@%s" % (number, DOMAIN)
            self.site.must("vadduser", "-e", HASH, "-c", text, address)
            self.assertEqual(self.comment(address), text)
            self.site.must("vmoduser", "-c", text + text, address)
            self.assertEqual(self.comment(address), text + text)
        for user in USERS:
            address = "%s@%s" % (user, DOMAIN)
            self.site.must("vadduser", "-e", HASH, address)
            self.assertEqual(self.site.must("vuserinfo", "-n", address).out, user + "\n")
            self.site.must("valias", "-i", "|program '%s' \\ \"x\" -- ; \U0001f4ee" % user, "alias-" + address)
            self.assertIn("|program '%s' \\ \"x\" -- ; \U0001f4ee" % user, self.site.must("valias", "alias-" + address).out)
        self.assertEqual(len(self.names()), len(TEXTS) + len(USERS) + 1)
        for user in USERS:
            self.site.must("vdeluser", "%s@%s" % (user, DOMAIN))
        self.assertEqual(len(self.names()), len(TEXTS) + 1)
        self.site.must("vdeldomain", DOMAIN)

    def comment(self, address):
        return json.loads(self.site.must("vuserinfo", "--json", address).out)["comment"]

    def names(self):
        return [name for name in self.site.must("vuserinfo", "-n", "-D", DOMAIN).out.split() if not name.startswith("---")]

    def test_what_is_no_text_is_refused_and_nothing_is_stored(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        for comment in (b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", b"\xc0\xaf"):
            result = self.site.run("vadduser", "-e", HASH, "-c", os.fsdecode(comment), "bob@" + DOMAIN)
            self.assertNotIn(result.status, (0, 111), repr(result))
            self.assertEqual(self.names(), ["postmaster"])
        row = '{"address":"bob@%s","password_hash":"%s","comment":"a\\u0000b"}\n' % (DOMAIN, HASH)
        result = self.site.run("vadduser", "--batch", "-", stdin=row.encode())
        self.assertNotIn(result.status, (0, 111), repr(result))
        self.assertEqual(self.names(), ["postmaster"])

    def test_a_name_is_found_as_it_is_written(self):
        """Whoever else writes the table may write names that an engine takes for another's."""
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.insert("BOB")
        self.site.must("vadduser", "-e", HASH, "bob@" + DOMAIN)
        self.assertEqual(self.site.must("vuserinfo", "-p", "BOB@" + DOMAIN).out, HASH + "\n")
        self.site.must("vdeluser", "bob@" + DOMAIN)
        # To MySQL's keys a blank at the end is nothing: the name is taken, and that is said.
        self.insert("bob ")
        result = self.site.run("vadduser", "-e", HASH, "bob@" + DOMAIN)
        self.assertTrue(result.status == 0 or "already exists" in result.out, repr(result))
        self.assertEqual(self.server.sql("SELECT COUNT(*) FROM vpopmail WHERE pw_dir = '/nowhere'").strip(), "2")

    def insert(self, name):
        self.server.sql("INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd) "
                        "VALUES ('%s', '%s', 'x', 0, 0, '', '/nowhere', 'NOQUOTA', '')" % (name, DOMAIN))
        result = self.site.run("vuserinfo", "bob@" + DOMAIN)
        self.assertIn("no such user", result.out, repr(result))


class SQLiteTest(Everything, stores.StoreTest):
    engine = "sqlite"

    def test_texts_are_data(self):
        self.put_in_and_take_out()


@stores.needs("mysql")
class MySQLTest(Everything, stores.StoreTest):
    engine = "mysql"

    def test_texts_are_data_in_every_mode_and_character_set(self):
        for mode in ("", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE,NO_BACKSLASH_ESCAPES"):
            for charset in ("latin1", "utf8mb3", "utf8mb4"):
                with self.subTest(mode=mode, charset=charset):
                    self.server.sql("SET GLOBAL sql_mode = '%s'; SET GLOBAL character_set_server = %s; SET GLOBAL character_set_client = %s; "
                                    "SET GLOBAL character_set_connection = %s; SET GLOBAL character_set_results = %s; "
                                    "DROP DATABASE vpopmail; CREATE DATABASE vpopmail CHARACTER SET %s" % ((mode,) + (charset,) * 5), "mysql")
                    self.site.must("vschema", "--apply")
                    self.put_in_and_take_out()


@stores.needs("pgsql")
class PgSQLTest(Everything, stores.StoreTest):
    engine = "pgsql"

    def test_texts_are_data_whatever_the_database_says_of_strings(self):
        for settings in (("standard_conforming_strings = off",), ("standard_conforming_strings = off", "backslash_quote = on"),
                         ("client_encoding = 'LATIN1'",), ("client_encoding = 'SQL_ASCII'", "escape_string_warning = off")):
            with self.subTest(settings):
                for setting in settings:
                    self.server.sql("ALTER DATABASE vpopmail SET " + setting, "postgres")
                self.put_in_and_take_out()


if __name__ == "__main__":
    unittest.main()
