"""Was anything changed on the disk?"""
import hashlib
import os
import shutil
import stat
import subprocess

READ_MAX = 64 << 20  # bytes; of bigger files, which have holes, only the size is looked at


class Tree:
    """What a site has on the disk now: names, kinds, modes, owners, bytes. Locks aside, which stay by design."""

    def __init__(self, site):
        self.folders = [site.path("V/domains"), site.path("V/etc"), site.path("Q"), site.path("run")]
        self.copy = site.path("copy")
        os.mkdir(self.copy)
        subprocess.run(["cp", "-a", *self.folders, self.copy], check=True)
        self.before = self.state()

    def state(self):
        rows = {}
        for top in self.folders:
            for folder, folders, names in os.walk(top):
                for name in folders + names:
                    if not name.endswith(".lock"):
                        path = os.path.join(folder, name)
                        rows[path] = self._entry(path)
        return rows

    @staticmethod
    def _entry(path):
        info = os.lstat(path)
        digest = ""
        if stat.S_ISREG(info.st_mode) and info.st_size <= READ_MAX:
            with open(path, "rb") as content:
                digest = hashlib.sha256(content.read()).hexdigest()
        return info.st_mode, info.st_uid, info.st_gid, info.st_size if stat.S_ISREG(info.st_mode) else 0, digest

    def changes(self):
        """The paths that are not as they were when this was made."""
        after = self.state()
        return sorted(path for path in {**after, **self.before} if after.get(path) != self.before.get(path))

    def restore(self):
        for folder in self.folders:
            shutil.rmtree(folder)
            subprocess.run(["cp", "-a", os.path.join(self.copy, os.path.basename(folder)), folder], check=True)
