#!/usr/bin/env python3
"""make lint: every rule of the house that a program can check.

usage: run.py [--only RULE]...   VM_BUILD names the build folder.
"""
import os
import sys
import time

import built
import sources
import tools
from tree import Tree


def rules(tree, build):
    """(name, function without arguments), cheap ones first."""
    for rule in sources.RULES:
        yield rule.__name__, lambda rule=rule: rule(tree)
    for rule in built.RULES + tools.RULES:
        yield rule.__name__, lambda rule=rule: rule(tree, build)


def main(argv):
    only = argv[1::2] if argv[0::2] == ["--only"] * (len(argv) // 2) else None
    if only is None or len(argv) % 2:
        print(__doc__, file=sys.stderr)
        return 100
    build = os.environ.get("VM_BUILD", os.getcwd())
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, rule in rules(Tree(), build):
        if only and name not in only:
            continue
        began = time.monotonic()
        findings = rule()
        outcome = "skipped" if findings is None else "failed" if findings else "passed"
        counts[outcome] += 1
        print("%-8s %5.1fs  lint %s" % (outcome, time.monotonic() - began, name), flush=True)
        for finding in findings or []:
            print("    " + finding)
    print("lint: %(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
