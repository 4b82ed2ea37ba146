"""Client programs of libvpopmail: compiled against the installed tree, static and shared, and run in a site."""
import os
import shutil
import subprocess
import tempfile

from harness.installed import BUILD, SOURCE, Installed


class Tree:
    """Where the library is installed, and how a program is built with it."""

    def __init__(self):
        self.home = os.path.dirname(os.path.dirname(Installed.get().program("vuserinfo")))
        self.folder = tempfile.mkdtemp(prefix="vm-clients-")
        os.chmod(self.folder, 0o755)

    def close(self):
        shutil.rmtree(self.folder)

    def line(self, name):
        with open(os.path.join(self.home, "etc", name)) as text:
            return text.read()

    def build(self, name, is_shared=False):
        """The program's path. The tree is staged: the lines name the place where it would be."""
        out = os.path.join(self.folder, name + (".shared" if is_shared else ".static"))
        library, *others = self.line("lib_deps").split()
        staged = os.path.join(self.home, "lib")
        link = ["-L" + staged, "-Wl,-rpath," + staged, "-lvpopmail"] if is_shared else [os.path.join(staged, os.path.basename(library))]
        flags = ["-fsanitize=address,undefined"] if self.is_sanitized() else []
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", out, os.path.join(SOURCE, "tests", "compat", name + ".c"),
                        "-I" + os.path.join(self.home, "include")] + flags + link + others, check=True)
        return out

    @staticmethod
    def is_sanitized():
        with open(os.path.join(BUILD, "config.status")) as text:
            return "--enable-sanitizers" in text.read()


class Clients:
    """Mixed with a store; `is_shared` says which library, `names` which programs."""
    is_shared = False
    names = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tree = Tree()
        cls.addClassCleanup(cls.tree.close)
        cls.programs = {name: cls.tree.build(name, cls.is_shared) for name in cls.names}

    def run_client(self, program, *arguments, stdin="", **environment):
        done = subprocess.run([self.programs[program]] + [str(word) for word in arguments], env=dict(self.site.environment(), **environment), input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                              **self.site.person.popen_arguments())
        self.assertNotIn("ERROR: ", done.stderr)
        return done

    def call(self, program, *arguments, **named):
        done = self.run_client(program, *arguments, **named)
        return done.returncode, done.stdout

    def take_store_away(self):
        """The database is gone; of the files, the one by which a domain is found."""
        if hasattr(self, "server") and hasattr(self.server, "stop"):
            self.server.stop()
            self.addCleanup(self.server.start)
        elif hasattr(self, "server"):
            os.unlink(self.server.file)
            self.site.give(self.server.folder) if self.site.person.changes else None
        else:
            self.site.write("Q/users/cdb", "")
            self.site.write("Q/users/assign", "nonsense\n")
