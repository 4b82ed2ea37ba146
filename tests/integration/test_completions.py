"""bash completes what each command's --help says, and the domains and accounts that are there."""
import os
import re
import subprocess
import unittest

from harness.site import SiteTest

FILE = os.path.join(os.environ["VM_BUILD"], "virtmail.bash")
# They serve programs, not people, and have no options to speak of.
OTHERS = {"authvchkpw", "autorespond", "qmail-pop3d", "qmail-popup", "vchkpw", "vdelivermail", "vlmtpd", "vrcptcheck"}


class CompletionTest(SiteTest):
    settings = {"log_target": "stderr", "password_scheme": "ssha"}

    def complete(self, line, before="", breaks=" \t\n@"):
        """What bash would offer at the end of the line."""
        command = line.split()[0]
        script = ". %s\nCOMP_WORDBREAKS=$'%s'\nCOMP_LINE=$1 COMP_POINT=${#1}\n_virtmail %s ignored \"$2\"\n" \
                 "printf '%%s\\n' \"${COMPREPLY[@]}\"" % (FILE, breaks.encode("unicode_escape").decode(), command)
        environment = self.site.environment()
        environment["PATH"] = os.path.dirname(self.site.installed.program("vdominfo")) + ":" + environment["PATH"]
        result = subprocess.run(["bash", "-c", script, "bash", line, before], env=environment, text=True, check=True,
                                stdout=subprocess.PIPE, cwd=self.site.folder, **self.site.person.popen_arguments())
        return [word for word in result.stdout.splitlines() if word]

    def commands(self):
        with open(FILE) as text:
            words = re.search(r"^complete -F _virtmail (.*)", text.read(), re.M | re.S).group(1)
        return set(words.replace("\\\n", " ").split())

    def test_every_command_is_completed(self):
        folder = os.path.dirname(self.site.installed.program("vdominfo"))
        self.assertEqual(self.commands(), set(os.listdir(folder)))

    def test_every_option_of_the_help_text_is_offered(self):
        for command in sorted(self.commands() - OTHERS):
            text = self.site.must(command, "--help").out
            if "--json" not in text:
                continue
            options = set(re.findall(r"^  (-\w),", text, re.M)) | set(re.findall(r"^  (-\w) ", text, re.M)) | \
                set(re.findall(r"^  (?:-\w, |    )(--[a-z0-9-]+)", text, re.M))
            self.assertIn("--help", options)
            self.assertEqual(set(self.complete(command + " -")), options, command)

    def test_domains_and_accounts_are_offered(self):
        for domain in ("example.org", "example.net"):
            self.site.must("vadddomain", domain, "a long password")
        self.site.must("vadduser", "-e", "abNANd1rDfiNc", "bob@example.org")
        self.assertEqual(self.complete("vdominfo exa"), ["example.net", "example.org"])
        self.assertEqual(self.complete("vuserinfo bob@exa", breaks=" "), ["bob@example.net", "bob@example.org"])
        self.assertEqual(self.complete("vuserinfo bob@example.o"), ["example.org"])
        self.assertIn("bob@example.org", self.complete("vuserinfo bob@example.org", breaks=" "))

    def test_files_are_offered_where_a_file_is_meant(self):
        self.site.write("run/notice.txt", "x")
        self.assertEqual(self.complete("vpopbull -f run/no", "-f"), ["run/notice.txt"])
        self.assertEqual(self.complete("vimport run/no"), ["run/notice.txt"])
        self.assertEqual(self.complete("vimport --report run/no", "--report"), ["run/notice.txt"])


if __name__ == "__main__":
    unittest.main()
