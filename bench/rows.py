"""What bench/rows_*.py are written with: a row, and the time of a program that is started many times.

Each rows_NAME.py has a generator rows() that yields Row objects; ours and other come from the same run.
"""
import os
import statistics
import subprocess


class Row:
    """`must` bounds ours / other: at_most for times and sizes, at_least for rates; without a bound the row only tells."""

    def __init__(self, what, ours, other, unit, at_most=None, at_least=None, note=""):
        self.what, self.ours, self.other, self.unit, self.note = what, ours, other, unit, note
        self.at_most, self.at_least = at_most, at_least

    @property
    def ratio(self):
        return self.ours / self.other if self.other else float("inf")

    def must(self):
        if self.at_most is not None:
            return "<= %g" % self.at_most
        return ">= %g" % self.at_least if self.at_least is not None else ""

    def verdict(self):
        """A row with a note about its conditions (a slow disk, for one) is printed and not judged."""
        if self.note or (self.at_most is None and self.at_least is None):
            return ""
        good = self.ratio <= self.at_most if self.at_most is not None else self.ratio >= self.at_least
        return "ok" if good else "MISS"

    def as_text(self):
        figures = ["%.4g %s" % (figure, self.unit) for figure in (self.ours, self.other)]
        return "%-62s %14s %14s %8.2f  %s" % (self.what, figures[0], figures[1], self.ratio, "  ".join(
            part for part in (self.must(), self.verdict(), self.note) if part))

    def as_json(self):
        return {"what": self.what, "ours": self.ours, "other": self.other, "unit": self.unit,
                "ratio": round(self.ratio, 4), "must": self.must(), "verdict": self.verdict(), "note": self.note}


class Times:
    """Of a program started many times: microseconds, runs per second, KiB."""

    def __init__(self, text):
        self.median, self.p99, self.least, self.per_second, self.peak = map(float, text.split())


def built(name):
    """Path of a program of bench/ in the build folder."""
    return os.path.join(os.environ["VM_BUILD"], "bench", name)


def time_starts(command, count, jobs=1, status=0, stdin="-", env=None, person=None, cwd=None):
    """Starts the command count times, jobs at a time; "%" in its words becomes the number of the run."""
    result = subprocess.run([built("start_timer"), str(count), str(jobs), str(status), stdin] + list(map(str, command)),
                            env=env, cwd=cwd, stdout=subprocess.PIPE, check=True, text=True,
                            **(person.popen_arguments() if person else {}))
    return Times(result.stdout)


def median_of(repeat, measure):
    """The median of that many calls of measure()."""
    return statistics.median(measure() for _ in range(repeat))
