"""A private MariaDB for one test or one row of bench/: its own data folder, socket, port and authority."""
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile

from . import process
from .installed import BUILD, Person
from .postgresql import Authority, copy, must, state_of

SERVER, CLIENT, INSTALLER = "/usr/sbin/mariadbd", "/usr/bin/mariadb", "/usr/bin/mariadb-install-db"

ADMINISTRATOR, ADMINISTRATORS_PASSWORD = "keeper", "keeper's own"
USER, PASSWORD, DATABASE = "vpopmail", "a 'quoted' \\password", "vpopmail"


def quoted(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


MAKE_STORE = """\
CREATE DATABASE {database} CHARACTER SET latin1;
CREATE USER {user}@'%' IDENTIFIED BY {password};
GRANT ALL ON {database}.* TO {user}@'%';
""".format(database=DATABASE, user=USER, password=quoted(PASSWORD))
PREPARE = """\
CREATE USER {admin}@'%' IDENTIFIED BY {password};
GRANT ALL ON *.* TO {admin}@'%' WITH GRANT OPTION;
""".format(admin=ADMINISTRATOR, password=quoted(ADMINISTRATORS_PASSWORD)) + MAKE_STORE

# For tests: what is committed outlives kill -9, but not the machine. Who measures gives durable=True.
QUICK = {"innodb_flush_log_at_trx_commit": "2", "sync_binlog": "0"}
COMMON = {"innodb_buffer_pool_size": "64M", "innodb_log_file_size": "16M", "max_connections": "80", "skip_name_resolve": "ON",
          "innodb_use_native_aio": "OFF", "log_warnings": "1"}


def is_installed():
    return os.path.exists(SERVER)


class Template:
    """A data folder and certificates that were made once for this build; starts are copies of it."""

    def __init__(self, person):
        text = repr((PREPARE, COMMON)) + must([SERVER, "--version"])
        name = "mariadb-%s" % hashlib.sha256(text.encode()).hexdigest()[:12]
        self.folder = os.path.join(BUILD, "tests", name)
        os.makedirs(os.path.dirname(self.folder), exist_ok=True)
        with open(self.folder + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
            if not os.path.exists(self.folder):
                self._make(person)

    def _make(self, person):
        folder = tempfile.mkdtemp(prefix="vm-mariadb-template-")
        try:
            if person.changes:
                os.chown(folder, person.uid, person.gid)
            data, tmp = os.path.join(folder, "data"), "--tmpdir=" + folder
            must([INSTALLER, "--no-defaults", "--datadir=" + data, tmp, "--auth-root-authentication-method=normal",
                  "--skip-test-db", "--skip-name-resolve"] + options({"innodb_log_file_size": COMMON["innodb_log_file_size"]}),
                 person, cwd=folder)
            must([SERVER, "--no-defaults", "--bootstrap", "--datadir=" + data, tmp, "--skip-networking"] + options(COMMON),
                 person, cwd=folder, stdin="FLUSH PRIVILEGES;\n" + PREPARE)
            Authority(folder)
            copy(folder, self.folder + ".new")
            os.rename(self.folder + ".new", self.folder)
        finally:
            shutil.rmtree(folder)


def options(settings):
    return ["--%s=%s" % row for row in settings.items() if row[1] is not None]


class MariaDB:
    """A running server. `settings` are its options, underlines in their names."""

    def __init__(self, settings=None, durable=False):
        self.person = Person(ordinary=True)
        self.template = Template(self.person)
        self.folder = tempfile.mkdtemp(prefix="vm-mariadb-")
        os.chmod(self.folder, 0o755)
        self.port, self.daemon = process.free_port(), None
        self.socket = self.path("socket")
        self.conf = dict(COMMON, **({} if durable else QUICK))
        os.mkdir(self.path("tmp"))
        # A server that starts removes the temporary tables of all that share its folder for them.
        self.conf.update(datadir=self.path("data"), tmpdir=self.path("tmp"), socket=self.socket, port=str(self.port), bind_address="127.0.0.1",
                         pid_file=self.path("pid"), ssl_cert=self.path("server.pem"), ssl_key=self.path("server.key"))
        self.conf.update(settings or {})
        try:
            for name in ("server.pem", "server.key", "authority.pem"):
                shutil.copy2(os.path.join(self.template.folder, name), self.path(name))
            copy(os.path.join(self.template.folder, "data"), self.path("data"))
            if self.person.changes:
                subprocess.run(["chown", "-R", "%d:%d" % (self.person.uid, self.person.gid), self.folder], check=True)
            self.start()
        except BaseException:
            self.close()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def authority(self):
        """The file of the authority that signed the server's certificate."""
        return self.path("authority.pem")

    def configure(self, **settings):
        """Changes options for the next start; None takes one away."""
        self.conf.update(settings)

    def start(self):
        self.daemon = process.Daemon([SERVER, "--no-defaults"] + options(self.conf), self.socket, self.path("log"),
                                     env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, cwd=self.folder,
                                     person=self.person)
        process.wait_until(self._is_ready, "mariadbd takes queries:\n" + self.daemon.log_text())

    def _is_ready(self):
        if self.daemon.process.poll() is not None:
            raise AssertionError("mariadbd ended:\n" + self.daemon.log_text())
        return self._client("SELECT 1").status == 0

    def freeze(self):
        """Nothing answers any more, though the kernel still takes connections."""
        self.daemon.signal(signal.SIGSTOP)
        process.wait_until(lambda: state_of(self.daemon.process.pid) in "TZX", "the server stands")

    def thaw(self):
        self.daemon.signal(signal.SIGCONT)

    def stop(self):
        """An orderly shutdown: who is connected is thrown out."""
        if self.daemon is None:
            return
        self.thaw()
        self.daemon.signal(signal.SIGTERM)
        try:
            self.daemon.process.wait(process.DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("mariadbd does not end:\n" + self.daemon.log_text())
        self.daemon = None

    def kill(self):
        """kill -9, as when the power fails."""
        if self.daemon is None:
            return
        self.daemon.signal(signal.SIGKILL)
        self.daemon.process.wait()
        self.daemon = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)  # else the next start's would seem to be there already

    def restart(self):
        self.stop()
        self.start()

    def _client_of(self, database):
        return ([CLIENT, "--no-defaults", "--batch", "--skip-column-names", "--raw", "--socket=" + self.socket, "--force",
                 "--user=" + ADMINISTRATOR, "--default-character-set=utf8mb4", "--unbuffered", database],
                {"PATH": os.environ["PATH"], "MYSQL_PWD": ADMINISTRATORS_PASSWORD, "HOME": self.folder})

    def _client(self, text, database=DATABASE):
        command, environment = self._client_of(database)
        command.remove("--force")
        return process.run(command, stdin=text, env=environment, cwd=self.folder)

    def session(self, database=DATABASE):
        """The administrator, who stays connected."""
        command, environment = self._client_of(database)
        return process.Session(command, environment, self.folder)

    def session_of_user(self):
        """As session(), of the store's user."""
        command, environment = self._client_of(DATABASE)
        command = ["--user=" + USER if word.startswith("--user=") else word for word in command]
        return process.Session(command, dict(environment, MYSQL_PWD=PASSWORD), self.folder)

    def deadlocks(self):
        """How many there were since the start."""
        return self.sql("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Innodb_deadlocks'")

    def sql(self, text, database=DATABASE):
        """Runs statements as the administrator; the rows, columns with a tab between."""
        result = self._client(text, database)
        if result.status != 0:
            raise AssertionError(repr(result))
        return result.out.rstrip("\n")

    def settings(self, tcp=False, tls=False):
        """Values for the section [mysql]: through the socket, or through TCP, or TCP with a verified certificate."""
        rows = {"user": USER, "password": PASSWORD, "database": DATABASE}
        if not tcp and not tls:
            return dict(rows, socket=self.socket)
        rows.update(host="127.0.0.1", port=str(self.port))
        if tls:
            rows.update(host="localhost", tls="verify", tls_ca=self.authority)
        return rows

    def log_text(self):
        with open(self.path("log"), errors="replace") as text:
            return text.read()

    def close(self):
        try:
            self.kill()
        finally:
            shutil.rmtree(self.folder)
