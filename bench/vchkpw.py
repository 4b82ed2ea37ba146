"""vchkpw beyond the hash itself, beside its bare twin: python3 bench/vchkpw.py [ACCOUNTS [LOGINS]].

Prints rows: what, ours, other, ratio (milliseconds, medians). VM_BUILD names the build folder, PYTHONPATH=tests.
"""
import os
import subprocess
import sys

from harness.accounts import Accounts
from harness.installed import Installed
from harness.site import Site


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    logins = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    build = os.environ["VM_BUILD"]
    site = Site({"log_target": "stderr", "auth_logging": "yes"})
    try:
        accounts = Accounts(site)
        quick = "abNANd1rDfiNc"  # DES, the cheapest: what is left is not the hash
        for number in range(count - 1):
            accounts.add("user%07d@example.org" % number, hash=quick, home="/nonexistent/%d" % number)
        accounts.add("zoe@example.org", hash=quick)
        accounts.save()
        env = site.environment(TCPLOCALPORT="110", TCPREMOTEIP="192.0.2.1")
        bare = [os.path.join(build, "bare_vchkpw"), site.home, site.qmail, "example.org", "/bin/true"]
        command = [os.path.join(build, "bench_vchkpw"), str(logins), "zoe@example.org", "secret",
                   "vchkpw (%d accounts; ms)" % count, Installed.get().program("vchkpw"), "/bin/true", "--"] + bare
        subprocess.run(command, env=env, check=True, **site.person.popen_arguments())
    finally:
        site.close()


if __name__ == "__main__":
    main()
