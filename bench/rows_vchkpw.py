"""vchkpw beyond the hash itself, with a million accounts, beside its bare twin."""
import subprocess

from harness.accounts import Accounts
from harness.installed import Installed
from harness.site import Site
from rows import Row, built

ACCOUNTS, LOGINS = 1000000, 500


def rows():
    site = Site({"log_target": "stderr", "auth_logging": "yes"})
    try:
        accounts = Accounts(site)
        quick = "abNANd1rDfiNc"  # DES, the cheapest: what is left is not the hash
        for number in range(ACCOUNTS - 1):
            accounts.add("user%07d@example.org" % number, hash=quick, home="/nonexistent/%d" % number)
        accounts.add("zoe@example.org", hash=quick)
        accounts.save()
        env = site.environment(TCPLOCALPORT="110", TCPREMOTEIP="192.0.2.1")
        command = [built("bench_vchkpw"), str(LOGINS), "zoe@example.org", "secret",
                   Installed.get().program("vchkpw"), "/bin/true", "--",
                   built("bare_vchkpw"), site.home, site.qmail, "example.org", "/bin/true"]
        result = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True,
                                **site.person.popen_arguments())
        ours, other = map(float, result.stdout.split())
        yield Row("vchkpw, %d accounts; other: bare" % ACCOUNTS, ours, other, "us", at_most=1.5)
    finally:
        site.close()
