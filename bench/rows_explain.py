"""vexplain beside programs that only look an account up, each started anew, on every store."""
from harness import stores
from harness.site import Site
from rows import Row, built, median_of, time_starts

DOMAIN, HASH = "example.org", "abNANd1rDfiNc"
STARTS, ROUNDS, ALLOWED = 100, 5, 2000  # microseconds


def fill(site):
    site.must("vadddomain", DOMAIN, "a long password")
    site.must("vadduser", "-e", HASH, "ann@" + DOMAIN)
    site.must("valias", "-i", "&ann@" + DOMAIN, "sales@" + DOMAIN)


def difference(site, command, lookup):
    """Medians in turn, so that a slow moment is everybody's."""
    def once():
        times = [time_starts(words, STARTS, env=site.environment(), person=site.person).median for words in (command, lookup)]
        return times[0] - times[1]
    return median_of(ROUNDS, once)


def rows_of(site, name):
    program = site.installed.program
    lookup, what = [program("vuserinfo"), "-n", "ann@" + DOMAIN], "vuserinfo -n"
    if name == "cdb":
        lookup, what = [built("bare_vuserinfo"), site.home, site.qmail, DOMAIN, "ann"], "bare lookup"
    for kind, words in (("account", ["ann@" + DOMAIN]), ("alias to it", ["sales@" + DOMAIN]),
                        ("login", ["-s", "imap", "ann@" + DOMAIN])):
        yield Row("%s: vexplain, %s, beyond %s; other: 2 ms" % (name, kind, what),
                  difference(site, [program("vexplain")] + words, lookup), ALLOWED, "us", at_most=1)


def rows():
    site = Site({"log_target": "stderr", "password_scheme": "ssha"})
    try:
        fill(site)
        yield from rows_of(site, "cdb")
    finally:
        site.close()
    for engine in stores.ENGINES:
        server = stores.ENGINES[engine]()
        try:
            site = Site({"auth": engine, "log_target": "stderr", "password_scheme": "ssha"}, sections={engine: server.settings()})
            try:
                site.must("vschema", "--apply")
                fill(site)
                yield from rows_of(site, engine)
            finally:
                site.close()
        finally:
            server.close()
