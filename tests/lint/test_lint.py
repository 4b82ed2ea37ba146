"""Each lint finds what it is there to find, and is content with what is right."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import built
import sources
import tools
from tree import Tree, without_comments

GOOD = '/* Says what it is for. */\n#include "config.h"\n\n#include "util/text.h"\n\nint vm_good(void)\n{\n\treturn 1;\n}\n'


class SmallTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def tree(self, **files):
        """A tree of the given texts; "__" in a name stands for "/" and the last "_" for the dot."""
        for name, text in files.items():
            path = os.path.join(self.root, ".".join(name.replace("__", "/").rsplit("_", 1)))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as out:
                out.write(text)
        return Tree(self.root)

    def assert_finds(self, rule, text, **files):
        findings = rule(self.tree(**files))
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(text, findings[0])


class SourceRules(SmallTree):
    def test_a_good_file_passes_every_rule(self):
        tree = self.tree(src__core__good_c=GOOD)
        for rule in sources.RULES:
            self.assertEqual(rule(tree), [], rule.__name__)

    def test_an_include_that_climbs_is_found(self):
        self.assert_finds(sources.include_edges, "auth/store.h", src__core__a_c=GOOD + '#include "auth/store.h"\n')

    def test_a_module_sees_the_interface_but_not_the_door(self):
        self.assert_finds(sources.include_edges, "auth/store.h", **{"auth-modules__cdb__a_c":
                          GOOD + '#include "auth/store.h"\n#include "auth/auth_module.h"\n#include "cdb/journal.h"\n'})

    def test_a_program_that_includes_another_is_found(self):
        self.assert_finds(sources.include_edges, "login/vchkpw.h",
                          src__delivery__a_c=GOOD + '#include "delivery/engine.h"\n#include "login/vchkpw.h"\n')

    def test_a_banned_call_is_found_but_not_in_words(self):
        self.assert_finds(sources.banned_functions, "strcpy",
                          src__util__a_c='/* no strcpy( here */\nconst char *s = "strcpy(";\nint f(void) { strcpy(a, b); }\n')

    def test_a_layer_that_prints_is_found_and_a_program_may(self):
        self.assert_finds(sources.banned_functions, "operations", src__operations__a_c=GOOD + "int x = printf(y);\n",
                          src__login__a_c=GOOD + "int x = printf(y);\n")

    def test_a_long_function_and_a_long_file_are_found(self):
        body = "\tf();\n" * 61
        self.assert_finds(sources.lengths, "vm_long has 61 lines",
                          src__util__a_c="enum vm_status vm_long(int a,\n\t\t       int b)\n{\n%s}\n" % body)
        self.assert_finds(sources.lengths, "601 lines", src__util__a_c="int a;\n" * 601)

    def test_a_function_of_sixty_lines_passes(self):
        self.assertEqual(sources.lengths(self.tree(src__util__a_c="int f(void)\n{\n%s}\n" % ("\tf();\n" * 60))), [])

    def test_a_condition_above_util_is_found_and_guards_are_not(self):
        self.assert_finds(sources.conditionals, "src/core/a.h:3",
                          src__core__a_h="#ifndef VM_CORE_A_H\n#define VM_CORE_A_H\n#ifdef USE_SQL\n#endif\n#endif\n",
                          src__util__b_c="#ifdef HAVE_X\n#endif\n")

    def test_a_file_that_does_not_say_what_it_is_for_is_found(self):
        self.assert_finds(sources.first_lines, "what it is for", src__util__a_c=GOOD.split("\n", 1)[1])
        self.assert_finds(sources.first_lines, "config.h",
                          src__util__a_c=GOOD.replace('"config.h"', "<stdio.h>"))

    def test_a_private_path_an_unknown_host_and_unfinished_work_are_found(self):
        self.assert_finds(sources.private_words, "private path", README_md="see /wo" + "rk/x\n")
        self.assert_finds(sources.private_words, "host", README_md="https" + "://packages.internal/simple\n")
        self.assert_finds(sources.private_words, "unfinished", README_md="TO" + "DO: later\n")

    def test_comments_and_strings_are_blanked_line_by_line(self):
        text = 'a /* b\nc */ d "e//f" // g\n#include "util/x.h"\n'
        self.assertEqual([line.split() for line in without_comments(text).splitlines()],
                         [["a"], ["d", '""'], ["#include", '"util/x.h"']])


class BuiltRules(SmallTree):
    def test_a_symbol_without_our_prefix_is_found(self):
        path = os.path.join(self.root, "a.c")
        with open(path, "w") as out:
            out.write("int vm_good; int bad_name(void); int bad_name(void) { return 0; } static int own;\n"
                      "int vm_use(void); int vm_use(void) { return own; }\n")
        subprocess.run([os.environ.get("CC", "cc"), "-c", "-o", path[:-1] + "o", path], check=True)
        subprocess.run(["ar", "cr", os.path.join(self.root, "libvm_a.a"), path[:-1] + "o"], check=True)
        findings = built.external_symbols(None, self.root)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn("bad_name", findings[0])

    def test_a_build_without_archives_is_not_a_pass(self):
        self.assertTrue(built.external_symbols(None, self.root))

    def test_options_are_read_from_usage_and_manual(self):
        usage = "usage: vx [options] email\n  -q, --quota QUOTA  its quota\n  -s                 nothing\n      --json         JSON\n"
        self.assertEqual(built.options_of_usage(usage), {"-q", "--quota", "-s", "--json"})
        manual = ".It Fl q , Fl Fl quota Ar quota\n.It Fl Fl json\n.It Fl s\nthe option\n.Fl x\n"
        self.assertEqual(built.options_of_manual(manual), {"-q", "--quota", "-s", "--json"})

    def test_settings_are_compared_both_ways(self):
        table = built.settings_of_table("auth = cdb\nlogging = errors\n[cdb]\nother = 1\n")
        markdown = built.settings_of_markdown("| `auth` | cdb | store |\n| `old` | | |\n")
        manual = built.settings_of_manual(".It Cm auth\n.It Cm gone\n")
        self.assertEqual(built.compare_settings(table, markdown, manual), [
            "docs/configuration.md: the setting logging is missing", "docs/configuration.md: there is no setting old",
            "docs/man/vpopmail.conf.5: the setting logging is missing",
            "docs/man/vpopmail.conf.5: there is no setting gone"])

    def test_a_wrong_default_is_found(self):
        self.assertEqual(built.compare_settings({"a": "7"}, {"a": "| `a` | 8 |"}, {"a"}),
                         ["docs/configuration.md: the default of a is 7"])


class ToolRules(SmallTree):
    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_a_bad_manual_is_found(self):
        tree = self.tree(docs__man__a_8=".Dd November 1, 2026\n.Dt A 8\n.Os\n.Sh NAME\n.Nm a\n.Nd b\n.Bl -tag\n.It x\n")
        self.assertTrue(tools.manuals(tree, None))

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_a_bad_layout_is_found(self):
        shutil.copy(Tree().path(".clang-format"), self.root)
        self.assertTrue(tools.layout(self.tree(src__util__a_c="int f(void) { return 1; }\n"), None))

    @unittest.skipUnless(shutil.which("cppcheck"), "cppcheck is not installed")
    def test_cppcheck_finds_a_read_past_the_end(self):
        text = "int f(void);\nint f(void)\n{\n\tint a[2] = { 0 };\n\treturn a[2];\n}\n"
        self.assertTrue(tools.cppcheck(self.tree(src__util__a_c=text), self.root))

    @unittest.skipUnless(shutil.which("clang-tidy"), "clang-tidy is not installed")
    def test_clang_tidy_finds_a_null_dereference(self):
        shutil.copy(Tree().path(".clang-tidy"), self.root)
        text = "int f(int a);\nint f(int a)\n{\n\tint *p = 0;\n\tif (a)\n\t\tp = &a;\n\treturn *p;\n}\n"
        self.assertTrue(tools.clang_tidy(self.tree(src__util__a_c=text), self.root))


if __name__ == "__main__":
    unittest.main()
