"""A list on its way in, without those who asked to be erased: nothing of them is kept.

Knows them by the hashes of their numbers. Stands before whichever intake there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ivr.core.erasure import NumberKey
from ivr.core.model import ListName
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.store.intake import SqliteIntake
from ivr.store.intake_postgres import PostgresIntake


@dataclass(frozen=True, slots=True)
class Erased:
    """Whom no list brings back."""

    key: NumberKey
    hashes: frozenset[str] = field(repr=False)

    def has(self, number: str | None) -> bool:
        return number is not None and self.key.of(number) in self.hashes


class WithoutErased:
    """Implements intake.sink.ContactSink over another one."""

    def __init__(self, inner: SqliteIntake | PostgresIntake, erased: Erased) -> None:
        self._inner = inner
        self._erased = erased

    def begin(self, new: NewList) -> None:
        self._inner.begin(new)

    def add(self, rows: Sequence[ContactRow]) -> Added:
        """Store those rows that may be, without second numbers that may not."""
        is_erased = self._erased.has
        gone = frozenset(row.number for row in rows if is_erased(row.number))
        kept = [
            row._replace(alt_number=None) if is_erased(row.alt_number) else row
            for row in rows
            if row.number not in gone
        ]
        return replace(self._inner.add(kept), erased=gone)

    def finish(self, counts: ListCounts) -> None:
        self._inner.finish(counts)

    def abandon(self) -> None:
        self._inner.abandon()

    def take_back(self, name: ListName) -> None:
        self._inner.take_back(name)

    def close(self) -> None:
        self._inner.close()
