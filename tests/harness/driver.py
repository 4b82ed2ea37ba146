#!/usr/bin/env python3
"""Automake's test driver: runs one test program or Python test file and reports each test in it by name.

A C test is a cmocka program: each of its tests is one result. A Python test is a file of unittest cases. Any other
program is one test; its exit status 0 is a pass, 77 a skip, all others a failure. A program that dies, or that runs
longer than TEST_SECONDS (600), has failed whatever it printed before.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import unittest

CMOCKA = re.compile(r"^\[\s*(OK|FAILED|SKIPPED|ERROR)\s*\] (\w[\w.-]*)(?:: Test failed)?\s*$")
CMOCKA_RESULT = {"OK": "PASS", "FAILED": "FAIL", "ERROR": "FAIL", "SKIPPED": "SKIP"}


def read_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test-name", default="test")
    parser.add_argument("--log-file", required=True)
    parser.add_argument("--trs-file", required=True)
    for ignored in ("--color-tests", "--expect-failure", "--enable-hard-errors", "--collect-skipped-logs"):
        parser.add_argument(ignored, default="no")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args(argv)
    if arguments.command and arguments.command[0] == "--":
        del arguments.command[0]
    return arguments


def wait_in_time(process, seconds):
    """The exit status, or None when it took too long; then its whole process group is gone."""
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def cmocka_results(text):
    """[(result, name)] of the lines that cmocka prints for each test; the summary at its end repeats failures."""
    results = {}
    for line in text.splitlines():
        match = CMOCKA.match(line)
        if match and match.group(2) not in ("tests", "test"):
            results[match.group(2)] = CMOCKA_RESULT[match.group(1)]
    return [(result, name) for name, result in results.items()]


def judge(text, status):
    """The results of one program from its output and exit status (None: out of time)."""
    results = cmocka_results(text)
    if status is None:
        return results + [("FAIL", "ends_in_time")]
    if not results:
        return [({0: "PASS", 77: "SKIP"}.get(status, "FAIL"), "")]
    if status != 0 and not any(result == "FAIL" for result, _ in results):
        results.append(("FAIL", "exits_with_%d" % status))
    return results


def run_program(command, log, seconds):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        status = wait_in_time(process, seconds)
    with open(log, errors="replace") as out:
        return judge(out.read(), status)


class NamedResult(unittest.TextTestResult):
    """Keeps the outcome of each test beside its text."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.outcomes = {}

    def startTest(self, test):
        super().startTest(test)
        self.outcomes[test.id()] = "PASS"

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcomes[test.id()] = "SKIP"

    def addError(self, test, err):
        super().addError(test, err)
        self.outcomes[test.id()] = "FAIL"

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.outcomes[test.id()] = "FAIL"

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcomes[test.id()] = "FAIL"


def run_python_file(path):
    """Runs the cases of one file in this process and prints RESULT lines last, for the parent."""
    import importlib.util

    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except unittest.SkipTest as reason:
        print("skipped:", reason)
        print("RESULT SKIP %s" % name)
        return 0
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=NamedResult)
    result = runner.run(suite)
    for test, outcome in result.outcomes.items():
        print("RESULT %s %s" % (outcome, test))
    return 0 if result.wasSuccessful() else 1


def python_results(log, status):
    with open(log, errors="replace") as out:
        results = [tuple(line.split()[1:3]) for line in out if line.startswith("RESULT ")]
    if status is None:
        results.append(("FAIL", "ends_in_time"))
    elif status != 0 and not any(result == "FAIL" for result, _ in results):
        results.append(("FAIL", "exits_with_%d" % status))
    return results or [("FAIL", "holds_a_test")]


def run_python(path, log, seconds):
    with open(log, "wb") as out:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--unittest", path],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        status = wait_in_time(process, seconds)
    return python_results(log, status)


def overall(results):
    kinds = [result for result, _ in results]
    if "FAIL" in kinds:
        return "FAIL"
    return "PASS" if "PASS" in kinds else "SKIP"


def write_report(arguments, results):
    verdict = overall(results)
    with open(arguments.trs_file, "w") as trs:
        for result, name in results:
            trs.write(":test-result: %s %s\n" % (result, name or arguments.test_name))
        trs.write(":global-test-result: %s\n:recheck: %s\n:copy-in-global-log: %s\n" % (
            verdict, "no" if verdict != "FAIL" else "yes", "yes" if verdict == "FAIL" else "no"))
    counts = {kind: sum(1 for result, _ in results if result == kind) for kind in ("PASS", "FAIL", "SKIP")}
    print("%s: %s (%d passed, %d failed, %d skipped)" % (
        verdict, arguments.test_name, counts["PASS"], counts["FAIL"], counts["SKIP"]))


def main(argv):
    if argv[:1] == ["--unittest"]:
        return run_python_file(argv[1])
    arguments = read_arguments(argv)
    seconds = int(os.environ.get("TEST_SECONDS", "600"))
    if arguments.command[0].endswith(".py"):
        results = run_python(arguments.command[0], arguments.log_file, seconds)
    else:
        results = run_program(arguments.command, arguments.log_file, seconds)
    write_report(arguments, results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
