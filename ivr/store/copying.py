"""A copy of the database while others write in it: SQLite's online backup.

The copy is of one moment. Writers are not held up; the file's WAL grows meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from ivr.errors import BadInput, StoreUnavailable

Progress = Callable[[float], None]  # the share that is done, 0 to 1
PAGES = 2_000  # in one step: 8 MB, between two looks at the clock
BUSY_S = 30.0
COUNTED = ("contacts", "attempts", "answers", "do_not_call", "campaigns", "users")


def copy_sqlite(file: Path, target: Path, progress: Progress = lambda _: None) -> None:
    """Copy the database `file` to the new file `target`. Raises StoreUnavailable."""
    if not file.exists():
        raise StoreUnavailable(f"{file} is not there: nothing to back up yet")

    def told(_status: int, remaining: int, total: int) -> None:
        progress(1 - remaining / total if total else 1.0)

    try:
        with closing(_opened(file)) as source, closing(_opened(target)) as copy:
            # One reading transaction for all steps. Without it every write of
            # another process would make SQLite begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=PAGES, progress=told, sleep=0)
            source.execute("ROLLBACK")
    except sqlite3.Error as exc:
        raise StoreUnavailable(f"{file} cannot be copied: {exc}") from exc


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)


def check_sqlite(file: Path) -> None:
    """Have SQLite look at every page. Raises BadInput when the file is damaged."""
    try:
        with closing(_opened(file)) as database:
            found = database.execute("PRAGMA integrity_check(1)").fetchone()
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as exc:
        raise BadInput("the database in it is damaged", where=str(exc)) from exc
    if found != ("ok",) or broken is not None:
        raise BadInput(f"the database in it is damaged: {found[0]}")


def facts_of_sqlite(file: Path) -> tuple[str, Mapping[str, int]]:
    """Return the schema's version, and how many rows the chief tables have."""
    with closing(_opened(file)) as database:
        tables = {
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        }
        version = ""
        if "alembic_version" in tables:
            row = database.execute("SELECT version_num FROM alembic_version").fetchone()
            version = str(row[0]) if row else ""
        counts = {
            table: int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in COUNTED
            if table in tables
        }
    return version, counts
