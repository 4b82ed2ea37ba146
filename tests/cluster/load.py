"""Two hosts at work on one database: accounts, logins and deliveries, and a ledger of what was acknowledged."""
import os
import random
import threading

from harness import process
from harness.site import Site

DOMAIN = "example.org"
FIRST, SECOND = "the first password", "the second password"
LATER = 111


class Host(Site):
    """One machine of the site. Its folders are open to the others, as storage that all mount is."""

    def __init__(self, engine, sections):
        super().__init__({"auth": engine, "log_target": "stderr", "password_scheme": "ssha"}, sections=sections)

    def login(self, user, password):
        return self.run("vchkpw", "/bin/true", fd3=("%s@%s\0%s\0\0" % (user, DOMAIN, password)).encode(),
                        env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.9"})

    def deliver(self, user, text):
        environment = {"EXT": user, "HOST": DOMAIN, "LOCAL": DOMAIN + "-" + user, "SENDER": "a@b.example",
                       "RECIPIENT": "%s@%s" % (user, DOMAIN), "DTLINE": "Delivered-To: %s-%s@%s\n" % (DOMAIN, user, DOMAIN),
                       "RPLINE": "Return-Path: <a@b.example>\n"}
        return self.run("vdelivermail", "", "bounce-no-mailbox", stdin="Subject: %s\n\nhello\n" % text, env=environment)

    def users(self):
        rows = self.must("vuserinfo", "-n", "-D", DOMAIN).out.split()
        return {name for name in rows if not name.startswith("---")}


class Load:
    """Runs until stop(). `wrong` collects every answer that neither says yes nor "later"."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.lock = threading.Lock()
        self.users, self.mails, self.wrong, self.later = [], [], [], []
        self.counts = {"add": 0, "login": 0, "deliver": 0, "share": 0}
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self._until_the_end, args=(work, number))
                        for number in range(len(hosts)) for work in (self._add, self._use, self._share)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def _until_the_end(self, work, number):
        step = 0
        while not self.ends.is_set():
            try:
                work(number, step)
            except Exception as error:  # a thread has nobody to raise to
                with self.lock:
                    self.wrong.append(repr(error))
            step += 1

    def _judge(self, what, result, good=(0,)):
        """True for a yes, False for "later"."""
        with self.lock:
            if result.status in good:
                self.counts[what] += 1
                return True
            (self.later if result.status == LATER else self.wrong).append(result)
        return False

    def _insist(self, what, run):
        """Does a change until it is acknowledged."""
        while not self.ends.is_set():
            result = run()
            if result.status != 0 and "exists" in result.err + result.out:
                return True  # an earlier attempt, whose answer was lost
            if self._judge(what, result):
                return True
        return False

    def _add(self, number, step):
        host, user = self.hosts[number], "u%d-%d" % (number, step)
        address = "%s@%s" % (user, DOMAIN)
        if self._insist("add", lambda: host.run("vadduser", address, FIRST)) and \
                self._insist("add", lambda: host.run("vpasswd", address, SECOND)):
            with self.lock:
                self.users.append((number, user))

    def _use(self, number, step):
        """On this host, what the other one has just acknowledged."""
        with self.lock:
            others = [user for origin, user in self.users if origin != number]
        if not others:
            self.ends.wait(0.02)
            return
        user = others[-1] if step % 2 else random.choice(others)
        self._judge("login", self.hosts[number].login(user, SECOND))
        text = "mail %d of host %d" % (step, number)
        if self._judge("deliver", self.hosts[number].deliver(user, text)):
            with self.lock:
                self.mails.append((user, text))

    def _share(self, number, step):
        """Rows that both hosts change."""
        self._judge("share", self.hosts[number].run("vmoduser", "-c", "host %d step %d" % (number, step), "postmaster@" + DOMAIN))
        self.ends.wait(0.02)

    def progress(self, case, what, count=3):
        """Waits until so many more of each kind were acknowledged."""
        with self.lock:
            before = dict(self.counts)
        process.wait_until(lambda: all(self.counts[name] >= before[name] + count for name in before), what)
        case.assertEqual(self.wrong, [])

    def check(self, case):
        """Nothing acknowledged is missing, on any host."""
        case.assertEqual(self.wrong, [])
        names = {user for _, user in self.users}
        for host in self.hosts:
            case.assertEqual(names - host.users(), set())
            for user in sorted(names)[::max(1, len(names) // 20)]:
                result = host.login(user, SECOND)
                case.assertEqual(result.status, 0, repr(result))
        for user in {user for user, _ in self.mails}:
            folder = self.hosts[0].must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip() + "/Maildir/new"
            case.assertEqual([text for name, text in self.mails if name == user and text not in subjects(folder)], [])


def subjects(folder):
    found = set()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as mail:
            found.update(line[len("Subject: "):].rstrip("\n") for line in mail if line.startswith("Subject: "))
    return found
