"""Adding, showing and listing accounts and domains: the millionth must cost what the tenth does."""
import json
import os
import statistics
import subprocess
import time

from harness.accounts import cdb_bytes
from harness.site import Site
from rows import Row, built, time_starts

HASH = "abNANd1rDfiNc"  # ready made: hashing is not what is measured
ADDS, BATCH, SMALL, BIG, HUGE, DOMAINS, ROUNDS = 1000, 5000, 10, 100000, 1000000, 10000, 5
DOMAIN = "example.org"


def batch(site, prefix, count, *options):
    """Adds that many accounts by one vadduser; seconds it took."""
    lines = "".join(json.dumps({"address": "%s%07d@%s" % (prefix, number, DOMAIN), "password_hash": HASH}) + "\n"
                    for number in range(count))
    path = site.write("run/batch", lines)
    began = time.perf_counter()
    site.must("vadduser", "--batch", path, *options, deadline=600)
    return time.perf_counter() - began


def fresh_site(accounts):
    site = Site({"log_target": "stderr"})
    site.must("vadddomain", DOMAIN, "a long password")
    if accounts:
        batch(site, "there", accounts, "--lazy-home")
    return site


def adds(site, prefix):
    command = [site.installed.program("vadduser"), "-e", HASH, prefix + "%@" + DOMAIN]
    return time_starts(command, ADDS, env=site.environment(), person=site.person)


def bare_adds(site):
    command = [built("bare_vadduser"), site.home, site.qmail, DOMAIN, "bare%", HASH]
    return time_starts(command, ADDS, env=site.environment(), person=site.person)


def rows_of_single_adds():
    small, big = fresh_site(SMALL), fresh_site(BIG)
    try:
        few, many, bare = adds(small, "one"), adds(big, "one"), bare_adds(big)
        yield Row("vadduser, %d accounts there; other: %d there" % (BIG, SMALL), many.median, few.median, "us",
                  at_most=1.5)
        yield Row("vadduser, %d accounts there; other: bare" % BIG, many.median, bare.median, "us", at_most=3)
        yield Row("vadduser, %d accounts there, p99; other: median" % BIG, many.p99, many.median, "us", at_most=20)
        yield from rows_of_batches(big)
    finally:
        small.close()
        big.close()


def bare_homes(site, number):
    """Folders per second of the bare loop."""
    folder = site.path("run/bare%d" % number)
    os.mkdir(folder)
    site.give(folder)
    result = subprocess.run([built("bare_homes"), folder, str(BATCH)], check=True, stdout=subprocess.PIPE, text=True,
                            **site.person.popen_arguments())
    return BATCH / float(result.stdout)


def rows_of_batches(site):
    rates = [(BATCH / batch(site, "batch%d" % number, BATCH), bare_homes(site, number)) for number in range(ROUNDS)]
    ours, bare = (statistics.median(rate[side] for rate in rates) for side in (0, 1))
    yield Row("vadduser --batch of %d into %d; other: bare folders" % (BATCH, BIG), ours, bare, "/s", at_least=0.7)
    seconds = batch(site, "lazy", BIG, "--lazy-home")
    yield Row("vadduser --batch --lazy-home of %d into %d; other: 20,000/s" % (BIG, BIG), BIG / seconds, 20000, "/s",
              at_least=1)


def write_domains(site, count):
    """Puts that many domains into qmail's files beside those that are there."""
    names = ["there%05d.example.net" % number for number in range(count)]
    target = "%s:%d:%d:%s/domains/%s:-::"
    lines = ["+%s-:" % name + target % (name, site.owner.uid, site.owner.gid, site.home, name) for name in names]
    site.write("Q/users/assign", "".join(line + "\n" for line in lines) + ".\n")
    records = [(b"", b"-")] + [(b"!" + line[1:line.index(":")].encode(),
                                line[line.index(":") + 1:-1].replace(":", "\0").encode()) for line in lines]
    site.write("Q/users/cdb", cdb_bytes(records))
    site.write("Q/control/rcpthosts", "".join(name + "\n" for name in names[:50]))
    site.write("Q/control/morercpthosts", "".join(name + "\n" for name in names[50:]))
    site.write("Q/control/morercpthosts.cdb", cdb_bytes([(name.encode(), b"") for name in names[50:]]))
    site.write("Q/control/virtualdomains", "".join("%s:%s\n" % (name, name) for name in names))
    for name in names:
        os.makedirs(site.path("V/domains/" + name))
        site.give(site.path("V/domains/" + name))


def rows_of_domains():
    medians = []
    for there in (SMALL, DOMAINS):
        site = Site({"log_target": "stderr", "password_scheme": "ssha"})
        try:
            write_domains(site, there)
            command = [site.installed.program("vadddomain"), "new%.example.net", "a long password"]
            medians.append(time_starts(command, 100, env=site.environment(), person=site.person).median)
        finally:
            site.close()
    yield Row("vadddomain, %d domains there; other: %d there" % (DOMAINS, SMALL), medians[1], medians[0], "us",
              at_most=2)


def rows_of_one_million():
    site = fresh_site(HUGE)
    try:
        name = "there%07d@%s" % (HUGE // 2, DOMAIN)
        environment = site.environment()
        ours = time_starts([site.installed.program("vuserinfo"), name], 500, env=environment, person=site.person)
        bare = time_starts([built("bare_vuserinfo"), site.home, site.qmail, DOMAIN, name.split("@")[0]], 500,
                           env=environment, person=site.person)
        yield Row("vuserinfo of one of %d; other: bare" % HUGE, ours.median, bare.median, "us", at_most=1.5)
        listing = time_starts([site.installed.program("vuserinfo"), "-D", DOMAIN], 1, env=environment,
                              person=site.person)
        yield Row("list of %d accounts, peak memory; other: 32 MiB" % HUGE, listing.peak, 32 * 1024, "KiB", at_most=1)
    finally:
        site.close()


def rows():
    yield from rows_of_single_adds()
    yield from rows_of_domains()
    yield from rows_of_one_million()
