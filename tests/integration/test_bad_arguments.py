"""Every argument of every command given texts that cannot be: a definite code, a clear error, nothing changed."""
import json
import os
import re
import unittest

from harness.site import IN_MEMORY, Site
from harness.tree import Tree

DOMAIN = "example.org"
BOB = "bob@" + DOMAIN
HASH = "abNANd1rDfiNc"
PASSWORD = "a long password"

ARGUMENT_MAX = 131071  # bytes that the kernel takes as one argument

TEXTS = {
    "empty": b"", "one blank": b" ", "parent": b"..", "climbing": b"../../x", "hidden": b".hidden", "slash": b"a/b",
    "absolute": b"/", "dash": b"-", "option": b"-x", "long option": b"--nonsense=1", "shell": b"$(id >x);`id`|id",
    "quotes": b"a'b\"c\\d", "format": b"%n%s%1000000d", "wildcard": b"*", "tab": b"a\tb", "CR": b"a\rb", "LF": b"a\nb",
    "LF at the end": b"ab\n", "control": b"a\x01\x1b[2Jb", "DEL": b"a\x7fb", "8-bit": "caf\u00e9".encode(),
    "invalid UTF-8": b"a\xff\xfe\xc0\xafb", "cut UTF-8": b"a\xc3", "colon": b"a:b", "comma": b"a,b", "two ats": b"a@b@c",
    "number": b"18446744073709551616", "negative": b"-99999999999999999999", "64 KiB": b"x" * 65536,
    "64 KiB of 8-bit": "\u00e9".encode() * 32768, "the most": b"x" * ARGUMENT_MAX,
}

USER = re.compile(rb"[!#$&'*+\-=?^_`{|}~A-Za-z0-9][!#$&'*+\-.=?^_`{|}~A-Za-z0-9]{0,63}")
NEW_DOMAIN = re.compile(rb"(?=.{3,96}$)[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}")
PRINTABLE = rb"[^\x00-\x1f\x7f]"
COMMENT = re.compile(rb"[^\x00-\x1f\x7f:]{0,64}")
LINE = re.compile(PRINTABLE + rb"{0,999}[^\x00-\x20\x7f]")
SECRET = re.compile(PRINTABLE + rb"{1,128}")
STORED = re.compile(rb"[^\x00-\x20\x7f-\xff:]{0,255}")  # 5.4 takes any text as a hash, to lock accounts too
QUOTA = re.compile(rb"NOQUOTA|[0-9]{1,19}[KMGSC]?|")
HOME = re.compile(rb"|/[^\x00-\x1f\x7f:]{0,159}")
NEVER = re.compile(rb"(?!)")
ANY = re.compile(rb"(?s).*")
LETTERS = re.compile(rb"[a-z]*")
LIMIT = re.compile(rb"-1|[0-9]{1,9}")


def slot(kind, maximum, field, *arguments):
    """One argument of one command; in its place stands TEXT. kind: what may be taken there."""
    return kind, maximum, field, arguments


# Legal means that the command may end with 0: what is to be made or stored may be, what is looked for is not there. The error
# is about one of the fields; "-" is none, where nobody is to learn which part was wrong.
SLOTS = [
    slot(NEW_DOMAIN, 96, "address domain", "vadddomain", "--", "TEXT", PASSWORD),
    slot(NEVER, 96, "address domain", "vadddomain", "--", "TEXT.example.org\n", PASSWORD),
    slot(SECRET, 128, "password", "vadddomain", "--", "new.example", "TEXT"),
    slot(QUOTA, 40, "quota", "vadddomain", "--quota=TEXT", "new.example", PASSWORD),
    slot(ANY, 1000, "catchall address domain line", "vadddomain", "--catchall=TEXT", "new.example", PASSWORD),
    slot(HOME, 160, "dir", "vadddomain", "--dir=TEXT", "new.example", PASSWORD),
    slot(NEVER, 0, "user", "vadddomain", "--user=TEXT", "new.example", PASSWORD),
    slot(NEVER, 0, "uid", "vadddomain", "--uid=TEXT", "new.example", PASSWORD),
    slot(NEVER, 0, "gid", "vadddomain", "--gid=TEXT", "new.example", PASSWORD),
    slot(NEVER, 128, "password", "vadddomain", "--random=TEXT", "new.example"),
    slot(NEVER, 96, "address domain", "vdeldomain", "--", "TEXT"),
    slot(NEW_DOMAIN, 96, "address domain", "vaddaliasdomain", "--", "TEXT", DOMAIN),
    slot(NEW_DOMAIN, 96, "address domain", "vaddaliasdomain", "--", DOMAIN, "TEXT"),
    slot(NEVER, 96, "address domain", "vdominfo", "--", "TEXT"),
    slot(USER, 64, "address", "vadduser", "-e", HASH, "--", "TEXT@" + DOMAIN),
    slot(NEVER, 96, "address domain", "vadduser", "-e", HASH, "--", "new@TEXT"),
    slot(NEVER, 161, "address domain", "vadduser", "-e", HASH, "--", "TEXT"),
    slot(SECRET, 128, "password", "vadduser", "--", "new@" + DOMAIN, "TEXT"),
    slot(STORED, 255, "password_hash password", "vadduser", "--hash=TEXT", "new@" + DOMAIN),
    slot(COMMENT, 64, "comment", "vadduser", "-e", HASH, "--comment=TEXT", "new@" + DOMAIN),
    slot(QUOTA, 40, "quota", "vadduser", "-e", HASH, "--quota=TEXT", "new@" + DOMAIN),
    slot(NEVER, 128, "password", "vadduser", "--random=TEXT", "new@" + DOMAIN),
    slot(re.compile(b"-"), 0, "batch", "vadduser", "--batch=TEXT"),
    slot(NEVER, 64, "address", "vdeluser", "--", "TEXT@" + DOMAIN),
    slot(NEVER, 96, "address domain", "vdeluser", "--", "bob@TEXT"),
    slot(NEVER, 161, "address domain", "vdeluser", "--", "TEXT"),
    slot(NEVER, 64, "address", "vmoduser", "-p", "--", "TEXT@" + DOMAIN),
    slot(NEVER, 96, "address domain", "vmoduser", "-p", "--", "TEXT"),
    slot(QUOTA, 40, "quota", "vmoduser", "--quota=TEXT", BOB),
    slot(COMMENT, 64, "comment", "vmoduser", "--comment=TEXT", BOB),
    slot(STORED, 255, "password_hash password", "vmoduser", "--hash=TEXT", BOB),
    slot(SECRET, 128, "password", "vmoduser", "--password=TEXT", BOB),
    slot(HOME, 160, "home", "vmoduser", "--dir=TEXT", BOB),
    slot(NEVER, 64, "address", "vpasswd", "--", "TEXT@" + DOMAIN, PASSWORD),
    slot(NEVER, 161, "address domain", "vpasswd", "--", "TEXT", PASSWORD),
    slot(SECRET, 128, "password", "vpasswd", "--", BOB, "TEXT"),
    slot(NEVER, 128, "password", "vpasswd", "--random=TEXT", BOB),
    slot(NEVER, 64, "address", "vsetuserquota", "--", "TEXT@" + DOMAIN, "1M"),
    slot(NEVER, 161, "address domain", "vsetuserquota", "--", "TEXT", "1M"),
    slot(QUOTA, 40, "quota", "vsetuserquota", "--", BOB, "TEXT"),
    slot(QUOTA, 40, "quota", "vsetuserquota", "--", DOMAIN, "TEXT"),
    slot(NEVER, 64, "address", "vuserinfo", "--", "TEXT@" + DOMAIN),
    slot(NEVER, 161, "address domain", "vuserinfo", "--", "TEXT"),
    slot(NEVER, 96, "address domain", "vuserinfo", "--domain=TEXT"),
    slot(NEVER, 96, "address domain", "vmkpasswd", "--", "TEXT"),
    slot(NEVER, 45, "ip", "vipmap", "-a", "--", "TEXT", DOMAIN),
    slot(NEVER, 45, "ip", "vipmap", "-d", "--", "TEXT", DOMAIN),
    slot(NEVER, 96, "address domain", "vipmap", "-a", "--", "192.0.2.1", "TEXT"),
    slot(NEVER, 64, "address domain -", "valias", "--", "TEXT@" + DOMAIN),
    slot(NEVER, 161, "address domain -", "valias", "--", "TEXT"),
    slot(USER, 64, "address domain", "valias", "-d", "--", "TEXT@" + DOMAIN),
    slot(USER, 64, "address line", "valias", "-i", "&a@b.example", "--", "TEXT@" + DOMAIN),
    slot(LINE, 1000, "line", "valias", "--insert=TEXT", "info@" + DOMAIN),
    slot(NEVER, 96, "address domain", "vmoddomlimits", "-P", "2", "--", "TEXT"),
    slot(LIMIT, 9, "limit", "vmoddomlimits", "--max-accounts=TEXT", DOMAIN),
    slot(LIMIT, 9, "limit", "vmoddomlimits", "--disk-quota=TEXT", DOMAIN),
    slot(ANY, 9, "quota", "vmoddomlimits", "--default-quota=TEXT", DOMAIN),
    slot(LETTERS, 10, "limit", "vmoddomlimits", "--flags=TEXT", DOMAIN),
    slot(LETTERS, 4, "limit", "vmoddomlimits", "--perm-list=TEXT", DOMAIN),
    slot(NEVER, 64, "address -", "vverifypw", "--", "TEXT@" + DOMAIN, PASSWORD),
    slot(NEVER, 161, "address domain -", "vverifypw", "--", "TEXT", PASSWORD),
    slot(NEVER, 512, "password -", "vverifypw", "--", BOB, "TEXT"),
]


def texts_of(maximum):
    """The bad texts of an argument of so many bytes at most; two of them are of that length and one longer."""
    texts = dict(TEXTS)
    if maximum > 0:
        texts["max"] = b"x" * maximum
        texts["max + 1"] = b"x" * (maximum + 1)
    return texts.items()


class ArgumentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site({"log_target": "stderr", "password_scheme": "ssha"}, parent=IN_MEMORY)
        cls.addClassCleanup(cls.site.close)
        cls.site.must("vadddomain", DOMAIN, PASSWORD)
        cls.site.must("vadduser", "-e", HASH, BOB)
        cls.tree = Tree(cls.site)

    def check(self, row, text, result, is_json):
        kind, _, fields, arguments = row
        if result.status == 0:
            self.assertTrue(kind.fullmatch(text), result)
            self.tree.restore()
            return
        changed = self.tree.changes()
        if changed:
            self.tree.restore()
        self.assertEqual(changed, [], result)
        if kind is HOME and text.startswith(b"/") and "Permission denied" in result.err:
            self.assertEqual(result.status, 111, result)  # another user might
            return
        self.assertTrue(186 <= result.status <= 255, result)
        if is_json:
            self.assertEqual(result.out, "")
            error = json.loads(result.err_bytes.decode("utf-8", errors="strict"))["error"]
            self.assertIn(error["field"] or "-", fields.split(), error)
            self.assertTrue(error["message"])
            return
        words = result.out + result.err
        self.assertTrue(words.strip())
        self.assertLess(len(words), 8192)
        self.assertNotRegex(words, "[\x00-\x08\x0b-\x1f\x7f]")

    def test_no_text_is_taken_where_it_cannot_be(self):
        for place, row in enumerate(SLOTS):
            for number, (name, text) in enumerate(texts_of(row[1])):
                # Each text meets both forms of output, in other commands.
                options = ("--json",) if (place + number) % 2 else ()
                arguments = [a.encode().replace(b"TEXT", text) for a in row[3][1:]]
                if max(map(len, arguments)) > ARGUMENT_MAX:
                    continue
                with self.subTest(command=" ".join(row[3]), text=name, options=options):
                    result = self.site.run(row[3][0], *options, *map(os.fsdecode, arguments), cwd=self.site.path("run"))
                    result.command = [str(part)[:200] for part in result.command]
                    self.check(row, text, result, bool(options))

    def test_folder_whose_name_no_line_can_hold_keeps_no_domain(self):
        for name in ("a:b", "a\nb", "a\x01b"):
            os.mkdir(self.site.path("run/" + name))
            self.site.give(self.site.path("run/" + name))
        try:
            for name in ("a:b", "a\nb", "a\x01b", "a:b/../a:b"):
                result = self.site.run("vadddomain", "-d", self.site.path("run/" + name), "new.example", PASSWORD)
                self.assertEqual(result.status, 226, result)
                self.assertIn("holds a", result.out)
        finally:
            self.tree.restore()


if __name__ == "__main__":
    unittest.main()
