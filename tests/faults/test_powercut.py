"""Power cuts: a rename without sync is caught, util's replacement survives, and the model knows what a sync keeps."""
import os
import shutil
import tempfile
import unittest

from faults import powercut
from faults.driver import BUILD
from harness import process

WELL = os.path.join(BUILD, "tests/faults/replace_well")
BADLY = os.path.join(BUILD, "tests/faults/replace_badly")


class PowerCutTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="vm-powercut-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("file", "old")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as out:
            out.write(text)

    def runner(self, *command):
        return lambda environment: process.run(list(command), cwd=self.folder, env=dict(os.environ, **environment))

    def recording(self, *script):
        """States after a Python program of these lines, run in the folder; O and D are open and a folder's descriptor."""
        text = "import os\nD = os.open('.', os.O_RDONLY)\n" + "\n".join(script)
        recording = powercut.Recording(self.folder, self.runner("/usr/bin/python3", "-B", "-c", text))
        self.assertEqual(recording.result.status, 0, recording.result)
        return recording

    def ends(self, recording):
        """The contents that the disk may hold after the program's end: {name: content} each."""
        return [{name: node.content for name, node in state.nodes.items() if name} for state in recording.states()
                if state.is_after_the_end]

    def check_old_or_new(self, state):
        with open(os.path.join(self.folder, "file")) as text:
            content = text.read()
        self.assertIn(content, ("old", "new text"))
        if state.is_after_the_end:
            self.assertEqual(content, "new text")

    def test_a_rename_without_sync_is_caught(self):
        with self.assertRaisesRegex(AssertionError, "power cut after call"):
            powercut.every_cut(self.folder, self.runner(BADLY, "file", "new text"), self.check_old_or_new)

    def test_the_replacement_of_util_survives_every_state(self):
        states = powercut.every_cut(self.folder, self.runner(WELL, "file", "new text"), self.check_old_or_new)
        self.assertGreaterEqual(states, 6)
        self.assertEqual(os.listdir(self.folder), ["file"])

    def test_a_synced_file_in_an_unsynced_folder_may_be_missing(self):
        ends = self.ends(self.recording("f = os.open('n', os.O_CREAT | os.O_WRONLY)", "os.write(f, b'text')",
                                        "os.fsync(f)"))
        self.assertEqual({end.get("n") for end in ends}, {None, b"text"})

    def test_a_synced_name_of_an_unsynced_file_may_be_empty_zero_or_torn(self):
        ends = self.ends(self.recording("f = os.open('n', os.O_CREAT | os.O_WRONLY)", "os.write(f, b'text')",
                                        "os.fsync(D)"))
        self.assertEqual({end.get("n") for end in ends}, {b"", b"\0\0\0\0", b"te", b"text"})

    def test_a_rename_between_folders_never_loses_the_file(self):
        for name in ("tmp", "new"):
            os.mkdir(os.path.join(self.folder, name))
        self.write("tmp/m", "mail")
        ends = self.ends(self.recording("os.rename('tmp/m', 'new/m')"))
        self.assertEqual({("tmp/m" in end, "new/m" in end) for end in ends}, {(True, False), (False, True)})
        for synced, expected in (("new", {(True, True), (False, True)}), ("tmp", {(False, True)})):
            shutil.move(os.path.join(self.folder, "new/m"), os.path.join(self.folder, "tmp/m"))
            ends = self.ends(self.recording("os.rename('tmp/m', 'new/m')",
                                            "os.fsync(os.open('%s', os.O_RDONLY))" % synced))
            self.assertEqual({("tmp/m" in end, "new/m" in end) for end in ends}, expected, synced)

    def test_an_unlinked_name_may_come_back_with_its_old_content(self):
        ends = self.ends(self.recording("os.unlink('file')"))
        self.assertEqual({end.get("file") for end in ends}, {None, b"old"})
        self.write("file", "old")
        ends = self.ends(self.recording("os.unlink('file')", "os.fsync(D)"))
        self.assertEqual({end.get("file") for end in ends}, {None})

    def test_an_append_may_be_there_in_part_and_the_old_bytes_always_are(self):
        ends = self.ends(self.recording("f = os.open('file', os.O_APPEND | os.O_WRONLY)", "os.write(f, b'1234')"))
        self.assertEqual({end["file"] for end in ends}, {b"old", b"old\0\0\0\0", b"old12", b"old1234"})

    def test_a_state_is_built_exactly_and_the_folder_is_put_back(self):
        recording = self.recording("os.mkdir('d')", "os.symlink('file', 'd/link')", "os.link('file', 'hard')")
        before = os.stat(os.path.join(self.folder, "file")).st_ino
        for state in recording.states():
            state.build(self.folder)
            found = {name: node.content for name, node in powercut.snapshot.take(self.folder).items()}
            self.assertEqual(found, {name: node.content for name, node in state.nodes.items()})
        self.assertEqual(os.stat(os.path.join(self.folder, "file")).st_ino, before)

    def test_states_that_differ_in_scratch_alone_are_one(self):
        recording = self.recording("f = os.open('n.tmp', os.O_CREAT | os.O_WRONLY)", "os.write(f, b'1234')",
                                   "os.write(f, b'56')", "os.rename('n.tmp', 'n')")
        contents = {state.nodes["n"].content for state in recording.states(is_scratch=lambda path: path.endswith(".tmp"))
                    if "n" in state.nodes}
        self.assertTrue({b"", b"1234", b"123456", b"12345", b"\0\0\0\x0056"} <= contents, contents)
        scratch = [state for state in recording.states(is_scratch=lambda path: path.endswith(".tmp"))
                   if "n.tmp" in state.nodes and not state.is_after_the_end]
        self.assertEqual(len(scratch), 1)

    def test_the_states_are_bounded_and_the_same_each_time(self):
        recording = self.recording("for i in range(12):", "    open('f%d' % i, 'w').close()")
        first = [powercut.digest(state.nodes) for state in recording.states(50)]
        self.assertEqual(len(first), 50)
        self.assertEqual(first, [powercut.digest(state.nodes) for state in recording.states(50)])


if __name__ == "__main__":
    unittest.main()
