"""An SQLite store for tests, made from the numbered files of sql/sqlite as vschema does."""
import glob
import os
import sqlite3

from .installed import SOURCE


def make(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE schema_version (number INTEGER NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, "
                         "applied BIGINT NOT NULL)")
        for step in sorted(glob.glob(os.path.join(SOURCE, "sql/sqlite/*.sql"))):
            number, name = os.path.basename(step)[:-len(".sql")].split("_", 1)
            with open(step) as text:
                database.executescript(text.read())
            database.execute("INSERT INTO schema_version VALUES (?, ?, 0)", (int(number), name))
