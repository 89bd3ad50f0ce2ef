"""How a database writes a row down for the journal: the one text that is hashed.

Names in order, each with its value as a literal, and nulls left out: so a column that
is added later changes nothing that was written. The two databases spell values apart;
a text never depends on a setting of the session.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, DateTime, LargeBinary, String

from ivr.store.columns import UtcDateTime
from ivr.store.journal_covered import PERSON, Covered
from ivr.store.tables import contacts

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@cache
def content(one: Covered, dialect: str, row: str = "") -> str:
    """Return the SQL for the text of a row; it is null for rows that do not count."""
    still = [c for c in one.columns if c.name not in one.moving]
    text = _texts(still, dialect, row)
    if one.moving:
        moved = _texts([c for c in one.columns if c.name in one.moving], dialect, row)
        settled = _of(row, one.settled)
        text += f" || CASE WHEN {settled} IS NULL THEN '' ELSE {moved} END"
    if one.counts:
        return f"CASE WHEN {counts(one, row)} THEN {text} END"
    return f"({text})"


def counts(one: Covered, row: str = "") -> str:
    """Return the condition for rows that count; empty: all do."""
    return f"{row}.{one.counts}" if row and one.counts else one.counts


@cache
def key(one: Covered, dialect: str, row: str = "") -> str:
    """Return the SQL for what Covered.key_of makes the journal's key of."""
    if one.has_secret_key:
        salt = _of(row, "salt")
        in_hex = (
            f"lower(hex({salt}))" if dialect == SQLITE else f"encode({salt}, 'hex')"
        )
        return f"coalesce({in_hex}, '')"
    parts = [f"CAST({_of(row, name)} AS text)" for name in one.key]
    return " || '/' || ".join(parts)


@cache
def person(dialect: str, row: str = "") -> str:
    """Return the SQL for the text of a contact."""
    if dialect == SQLITE:  # a third of the time, of which an import has little
        values = ", ".join(_of(row, name) for name in PERSON)
        return f"printf('%d{',%Q' * (len(PERSON) - 1)}', {values})"
    return f"({_texts([contacts.c[name] for name in PERSON], dialect, row)})"


def _texts(columns: list[Column[Any]], dialect: str, row: str) -> str:
    if dialect == SQLITE:
        return " || ".join(_literal_text(column, row) for column in columns)
    told = (
        f"'{column.name}=' || {_literal(column, _of(row, column.name))}"
        for column in columns
    )
    return f"concat_ws(',', {', '.join(told)}, '')"


def _literal_text(column: Column[Any], row: str) -> str:
    value = _of(row, column.name)
    text = f"'{column.name}=' || quote({value}) || ','"
    return f"iif({value} IS NULL, '', {text})" if column.nullable else text


def _literal(column: Column[Any], value: str) -> str:
    kind = column.type
    if isinstance(kind, UtcDateTime | DateTime):
        return f"extract(epoch FROM {value})"
    if isinstance(kind, LargeBinary):
        return f"encode({value}, 'hex')"
    if isinstance(kind, JSON):
        return f"quote_literal({value}::text)"
    if isinstance(kind, String):
        return f"quote_literal({value})"
    return f"{value}::text"


def _of(row: str, name: str) -> str:
    return f'{row}."{name}"' if row else f'"{name}"'
