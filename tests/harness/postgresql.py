"""A private PostgreSQL 15 for one test or one row of bench/: its own cluster, socket folder, port and authority."""
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile

from . import process
from .installed import BUILD, Person

BINARIES = "/usr/lib/postgresql/15/bin"

ADMINISTRATOR, ADMINISTRATORS_PASSWORD = "keeper", "keeper's own"
USER, PASSWORD, DATABASE = "vpopmail", "a 'quoted' \\password", "vpopmail"

PREPARE = """\
CREATE ROLE %s LOGIN PASSWORD '%s'
CREATE DATABASE %s OWNER %s ENCODING 'UTF8' TEMPLATE template0
""" % (USER, PASSWORD.replace("'", "''"), DATABASE, USER)

# Passwords everywhere, also for the socket: what a site has.
ACCESS = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
local replication all scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""

# For tests: what is committed outlives kill -9, but not the machine. Who measures gives durable=True.
QUICK = {"fsync": "off", "autovacuum": "off"}
COMMON = {"shared_buffers": "64MB", "max_connections": "60", "log_min_messages": "warning", "lc_messages": "C",
          "ssl": "on", "deadlock_timeout": "100ms", "unix_socket_permissions": "0777"}


def is_installed():
    return os.path.exists(os.path.join(BINARIES, "postgres"))


def program(name):
    return os.path.join(BINARIES, name)


def must(command, person=None, **named):
    """Runs a program that has to succeed; its output."""
    result = process.run(command, person=person, **named)
    if result.status != 0:
        raise AssertionError(repr(result))
    return result.out


class Authority:
    """A certificate authority and a server's certificate from it, for the one name `localhost`."""

    def __init__(self, folder, name="localhost"):
        self.folder = folder
        self.certificate, self._key = self.path("authority.pem"), self.path("authority.key")
        self.server_certificate, self.server_key = self.path("server.pem"), self.path("server.key")
        must(["openssl", "req", "-x509", "-subj", "/CN=Authority of " + name, "-days", "30",
              "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", self._key, "-out", self.certificate] + self.NEW)
        request = self.path("server.request")
        must(["openssl", "req", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
              "-keyout", self.server_key, "-out", request] + self.NEW)
        must(["openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
              "-days", "30", "-copy_extensions", "copy", "-out", self.server_certificate])
        os.chmod(self.server_key, 0o600)

    NEW = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def path(self, name):
        return os.path.join(self.folder, name)


class Template:
    """A cluster and certificates that were made once for this build; starts are copies of it."""

    def __init__(self, person):
        text = repr((PREPARE, ACCESS, ADMINISTRATORS_PASSWORD)) + must([program("postgres"), "--version"])
        name = "postgresql-%s" % hashlib.sha256(text.encode()).hexdigest()[:12]
        self.folder = os.path.join(BUILD, "tests", name)
        os.makedirs(os.path.dirname(self.folder), exist_ok=True)
        with open(self.folder + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
            if not os.path.exists(self.folder):
                self._make(person)

    def _make(self, person):
        folder = tempfile.mkdtemp(prefix="vm-postgresql-template-")
        try:
            if person.changes:
                os.chown(folder, person.uid, person.gid)
            cluster = os.path.join(folder, "cluster")
            secret = os.path.join(folder, "secret")
            with open(secret, "w") as out:
                out.write(ADMINISTRATORS_PASSWORD + "\n")
            os.chmod(secret, 0o644)
            must([program("initdb"), "--no-sync", "--no-locale", "--encoding=UTF8", "--username=" + ADMINISTRATOR,
                  "--auth=scram-sha-256", "--pwfile=" + secret, cluster], person, cwd=folder)
            os.unlink(secret)
            must([program("postgres"), "--single", "-F", "-j", "-D", cluster, "postgres"], person, cwd=folder,
                 stdin=PREPARE.replace("\n", ";\n\n"))
            with open(os.path.join(cluster, "pg_hba.conf"), "w") as out:
                out.write(ACCESS)
            Authority(folder)
            copy(folder, self.folder + ".new")
            os.rename(self.folder + ".new", self.folder)
        finally:
            shutil.rmtree(folder)


def copy(source, destination):
    shutil.rmtree(destination, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, destination], check=True)


def state_of(pid):
    """The letter that /proc has for a process; X when it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as state:
            return state.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


class PostgreSQL:
    """A running server. `settings` are lines of postgresql.conf; primary is the server to stand by for."""

    def __init__(self, settings=None, durable=False, primary=None):
        self.person = Person(ordinary=True)
        self.template = Template(self.person)
        self.folder = tempfile.mkdtemp(prefix="vm-postgresql-")
        os.chmod(self.folder, 0o755)
        self.port, self.daemon = process.free_port(), None
        self.conf = dict(COMMON, **({} if durable else QUICK))
        self.conf.update(port=str(self.port), listen_addresses="127.0.0.1", unix_socket_directories=self.folder,
                         ssl_cert_file=self.path("server.pem"), ssl_key_file=self.path("server.key"))
        self.conf.update(settings or {})
        try:
            for name in ("server.pem", "server.key", "authority.pem"):
                shutil.copy2(os.path.join(self.template.folder, name), self.path(name))
            if primary:
                self._copy_primary(primary)
            else:
                copy(os.path.join(self.template.folder, "cluster"), self.path("cluster"))
            self._give_all()
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

    def _give_all(self):
        if self.person.changes:
            subprocess.run(["chown", "-R", "%d:%d" % (self.person.uid, self.person.gid), self.folder], check=True)

    def _copy_primary(self, primary):
        self._give_all()
        must([program("pg_basebackup"), "-D", self.path("cluster"), "-h", primary.folder, "-p", str(primary.port),
              "-U", ADMINISTRATOR, "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"],
             self.person, env=self._environment(), cwd=self.folder)

    def install(self, source, name):
        """Copies a file beside the cluster, for the server to read."""
        shutil.copy(source, self.path(name))
        if self.person.changes:
            os.chown(self.path(name), self.person.uid, self.person.gid)

    def standby(self, settings=None):
        """A streaming standby of this server, itself such an object."""
        return PostgreSQL(settings, primary=self)

    def configure(self, **settings):
        """Changes lines of postgresql.conf, for the next start or reload; None takes one away."""
        self.conf.update(settings)
        text = "".join("%s = '%s'\n" % (name, str(value).replace("'", "''"))
                       for name, value in self.conf.items() if value is not None)
        with open(self.path("cluster/virtmail.conf"), "w") as out:
            out.write(text)
        with open(self.path("cluster/postgresql.conf"), "w") as out:
            out.write("include 'virtmail.conf'\n")

    def start(self):
        self.configure()
        self.daemon = process.Daemon([program("postgres"), "-D", self.path("cluster")], ("127.0.0.1", self.port),
                                     self.path("log"), env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                                     cwd=self.folder, person=self.person)
        process.wait_until(self._is_ready, "postgres takes queries:\n" + self.daemon.log_text())

    def _is_ready(self):
        """The last line of its postmaster.pid says so; connecting would tell too, at the price of a connection."""
        if self.daemon.process.poll() is not None:
            raise AssertionError("postgres ended:\n" + self.daemon.log_text())
        with open(self.path("cluster/postmaster.pid")) as state:
            lines = state.read().splitlines()
        return len(lines) >= 8 and lines[7].strip() in ("ready", "standby")

    def reload(self):
        """Makes configure() known to what connects from now on."""
        before = self.sql("SELECT pg_conf_load_time()")
        self.daemon.signal(signal.SIGHUP)
        process.wait_until(lambda: self.sql("SELECT pg_conf_load_time()") != before, "settings read again")

    def processes(self):
        """The server's processes, its first one first."""
        first = self.daemon.process.pid
        try:
            with open("/proc/%d/task/%d/children" % (first, first)) as children:
                return [first] + [int(pid) for pid in children.read().split()]
        except FileNotFoundError:
            return []

    def _signal_all(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """Nothing answers any more, though the kernel still takes connections."""
        self.daemon.signal(signal.SIGSTOP)
        process.wait_until(lambda: state_of(self.daemon.process.pid) in "TZX", "the first process stands")
        self._signal_all(signal.SIGSTOP)  # now that there will be no new ones

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def stop(self, number=signal.SIGINT):
        """A fast shutdown: who is connected is thrown out."""
        if self.daemon is None:
            return
        self.thaw()
        self.daemon.signal(number)
        try:
            self.daemon.process.wait(process.DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("postgres does not end:\n" + self.daemon.log_text())
        self.daemon = None

    def kill(self):
        """kill -9 of every process at once, as when the power fails."""
        if self.daemon is None:
            return
        self.freeze()
        pids = self.processes()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.daemon.process.wait()
        process.wait_until(lambda: all(state_of(pid) in "ZX" for pid in pids), "the processes are gone")
        self.daemon = None

    def restart(self):
        self.stop()
        self.start()

    def promote(self):
        """Makes a standby a primary."""
        must([program("pg_ctl"), "-D", self.path("cluster"), "--wait", "promote"], self.person, cwd=self.folder)

    def rejoin(self, primary):
        """After kill() or stop(): comes back as a standby of another primary, with a copy of what that one has."""
        shutil.rmtree(self.path("cluster"))
        self._copy_primary(primary)
        self._give_all()
        self.configure(synchronous_standby_names=None)  # there is none behind it
        self.start()

    def _environment(self):
        return {"PATH": os.environ["PATH"], "PGPASSWORD": ADMINISTRATORS_PASSWORD, "HOME": self.folder,
                "PGCONNECT_TIMEOUT": "20"}

    def _client(self, database):
        return ["psql", "-X", "-q", "-A", "-t", "-h", self.folder, "-p", str(self.port), "-U", ADMINISTRATOR, "-d", database]

    def sql(self, text, database=DATABASE):
        """Runs statements as the administrator; the rows, columns with a | between."""
        return must(self._client(database) + ["-v", "ON_ERROR_STOP=1"], stdin=text, env=self._environment(),
                    cwd=self.folder).rstrip("\n")

    def deadlocks(self):
        """How many there were since the database was made."""
        return self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = '%s'" % DATABASE)

    def session(self, database=DATABASE):
        """The administrator, who stays connected."""
        return process.Session(self._client(database), self._environment(), self.folder)

    def settings(self, tcp=False, tls=False):
        """Values for the section [pgsql]: through the socket, or through TCP, or TCP with a verified certificate."""
        rows = {"host": "localhost" if tcp or tls else self.folder, "port": str(self.port), "user": USER,
                "password": PASSWORD, "database": DATABASE, "sslmode": "verify-full" if tls else "disable"}
        if tls:
            rows["sslrootcert"] = self.authority
        return rows

    def log_text(self):
        with open(self.path("log"), errors="replace") as text:
            return text.read()

    def close(self):
        try:
            self.kill()
        finally:
            shutil.rmtree(self.folder)
