"""Takes rows that are there already into the journal, so that they are covered too.

Done after a migration, in its transaction: once for each table that becomes covered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from ivr.core.journal import ListSum, digest_of
from ivr.store.journal import Fact, append, tables_on
from ivr.store.journal_capture import install
from ivr.store.journal_covered import BEGUN, COVERED, LISTS, Covered
from ivr.store.journal_spelled import content, key, person

Values = tuple[object, ...]

AT_ONCE = 5_000


def begin(connection: Connection) -> None:
    """Take in every covered table that is not in the journal yet."""
    query = f"SELECT key FROM journal WHERE kind = '{BEGUN}'"
    known = {row[0] for row in connection.exec_driver_sql(query)}
    for one in COVERED:
        if one.name not in known:
            restate(connection, one)
    install(connection)


def restate(connection: Connection, one: Covered) -> None:
    """Journal all rows of a table as they are, then that it was done.

    For a migration that changes what rows of a covered table hold, too.
    """
    if one is LISTS:
        for name, value in people_sums(connection).items():
            tables_on(connection).keep_list_sum(name, value)
    tables, whole = tables_on(connection), hashlib.sha256()
    for part in all_rows(connection, one):
        facts: list[Fact] = []
        for name, text in part:
            digest = digest_of(text)
            whole.update(digest)
            facts.append((one.name, name, digest))
        append(tables, facts)
    append(tables, [(BEGUN, one.name, whole.digest())])


def all_rows(connection: Connection, one: Covered) -> Iterator[list[tuple[str, str]]]:
    """Return key and text of all rows that count, some thousand at a time."""
    dialect = connection.dialect.name
    where = f" WHERE {one.counts}" if one.counts else ""
    order = ", ".join(f'"{name}"' for name in one.key)
    query = (
        f"SELECT {key(one, dialect)}, {content(one, dialect)}"
        f" FROM {one.name}{where} ORDER BY {order}"
    )
    for part in streamed(connection, query):
        yield [(one.key_of(str(told)), str(text)) for told, text in part]


def people_sums(
    connection: Connection, progress: Callable[[int], None] = lambda rows: None
) -> dict[str, bytes]:
    """Return the sum of each list's people as they are now."""
    query = f"SELECT list_name, {person(connection.dialect.name)} FROM contacts"
    sums: dict[str, ListSum] = {}
    for part in streamed(connection, query):
        for name, text in part:
            sums.setdefault(str(name), ListSum()).add(str(text))
        progress(len(part))
    return {name: total.value() for name, total in sums.items()}


def streamed(connection: Connection, query: str) -> Iterator[list[Values]]:
    """Return a query's rows as the driver gives them, some thousand at a time."""
    some = connection.execution_options(yield_per=AT_ONCE)
    with some.exec_driver_sql(query) as result:
        for part in result.partitions():
            yield [tuple(row) for row in part]
