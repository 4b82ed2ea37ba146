"""A private Dovecot: LMTP, POP3 and IMAP on loopback, for one test or one row of bench/."""
import os
import shutil
import tempfile

from . import process
from .installed import Person

PROGRAM = "/usr/sbin/dovecot"

CONFIGURATION = """\
protocols = {protocols}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u/Maildir
postmaster_address = postmaster@example.org
hostname = localhost
{login_services}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
{more}
"""

LOGIN_SERVICE = """\
service {name}-login {{
  chroot =
  inet_listener {name} {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener {name}s {{
    port = 0
  }}
}}
"""


class Dovecot:
    """Runs as an ordinary user. `users` maps addresses to clear passwords."""

    def __init__(self, users, more="", certificate=None, key=None):
        import grp
        self.person = Person(ordinary=True)
        self.folder = tempfile.mkdtemp(prefix="vm-dovecot-")
        os.chmod(self.folder, 0o755)
        self.ports = {name: process.free_port() for name in ("lmtp", "pop3", "imap")}
        with open(self.path("users"), "w") as out:
            out.writelines("%s:{PLAIN}%s\n" % user for user in users.items())
        services = "".join(LOGIN_SERVICE.format(name=name, port=self.ports[name]) for name in ("pop3", "imap"))
        tls = "ssl_cert = <%s\nssl_key = <%s\n" % (certificate, key) if certificate else ""
        with open(self.path("dovecot.conf"), "w") as out:
            out.write(CONFIGURATION.format(
                protocols="lmtp pop3 imap", folder=self.folder, user=self.person.name, uid=self.person.uid,
                gid=self.person.gid, group=grp.getgrgid(self.person.gid).gr_name, ssl="yes" if certificate else "no",
                login_services=services, lmtp_port=self.ports["lmtp"], more=tls + more))
        for name in ("run", "state", "mail"):
            os.mkdir(self.path(name))
        self._give_all()
        try:
            self.daemon = process.Daemon([PROGRAM, "-F", "-c", self.path("dovecot.conf")],
                                         ("127.0.0.1", self.ports["pop3"]), self.path("start.log"), person=self.person)
        except BaseException as error:
            text = self.log_text()
            shutil.rmtree(self.folder)
            raise AssertionError("%s\n%s" % (error, text))

    @staticmethod
    def is_installed():
        return os.path.exists(PROGRAM)

    def _give_all(self):
        if os.geteuid() == 0:
            os.chown(self.folder, self.person.uid, self.person.gid)
            for name in os.listdir(self.folder):
                os.chown(self.path(name), self.person.uid, self.person.gid)

    def path(self, name):
        return os.path.join(self.folder, name)

    def maildir(self, user):
        return self.path("mail/%s/Maildir" % user)

    def log_text(self):
        if not os.path.exists(self.path("dovecot.log")):
            return ""
        with open(self.path("dovecot.log"), errors="replace") as text:
            return text.read()

    def close(self):
        self.daemon.stop()
        shutil.rmtree(self.folder)
