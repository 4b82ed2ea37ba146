"""What it costs a login to open a relay window, with 10,000 open ones."""
import crypt
import subprocess
import time

from harness.accounts import Accounts
from harness.installed import Installed
from harness.site import Site
from rows import Row, built

WINDOWS, LOGINS, RATE, SECONDS = 10000, 300, 200, 5
ADDRESS, PASSWORD = "zoe@example.org", "secret"


def make_site(**settings):
    site = Site(dict({"log_target": "stderr"}, **settings))
    accounts = Accounts(site)
    accounts.add(ADDRESS, hash=crypt.crypt(PASSWORD, "$6$saltsaltsaltsalt$"))
    accounts.save()
    return site


def rows():
    plain, roaming = make_site(), make_site(roaming_users="yes")
    try:
        roaming.write("V/etc/tcp.smtp", '127.:allow,RELAYCLIENT=""\n')
        now = int(time.time())
        roaming.write("V/etc/open-smtp", "".join('10.0.%d.%d:allow,RELAYCLIENT="",RBLSMTPD=""\t%d\n'
                                                 % (number // 250, number % 250, now) for number in range(WINDOWS)), 0o600)
        roaming.must("clearopensmtp")
        command = [built("bench_roaming"), LOGINS, RATE, SECONDS, ADDRESS, PASSWORD, roaming.home, plain.home,
                   Installed.get().program("vchkpw"), "/bin/true"]
        result = subprocess.run(list(map(str, command)), env=roaming.environment(TCPLOCALPORT="110"), check=True,
                                stdout=subprocess.PIPE, text=True, **roaming.person.popen_arguments())
        known, without, new, rate, plain_rate = map(float, result.stdout.split())
        what = "login, $6$, %d windows, %s address; other: without roaming"
        yield Row(what % (WINDOWS, "known"), known, without, "us", at_most=1.1)
        yield Row(what % (WINDOWS, "new"), new, without, "us", at_most=4)
        is_idle = plain_rate >= 0.97 * RATE
        yield Row("%d logins/s from new addresses; other: without roaming" % RATE, rate, plain_rate, "/s", at_least=0.97,
                  note="" if is_idle else "this machine does not hold %d/s without roaming either" % RATE)
    finally:
        plain.close()
        roaming.close()
