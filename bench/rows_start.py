"""What the start of a program costs here: the floor under every command's figure."""
from rows import Row, built, time_starts


def rows():
    ours = time_starts([built("bare_start")], 500)
    other = time_starts(["/bin/true"], 500)
    yield Row("start of an empty program; other: /bin/true", ours.median, other.median, "us")
