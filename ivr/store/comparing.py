"""A list compared with what is there, before anything of it is stored.

A ContactSink over another one, which counts the list's own duplicates in a passing
database; this asks the real one which numbers it knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ivr.core.model import CentreCode, ListName
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.store.contact_lists import known_of, list_state
from ivr.store.engine import open_store
from ivr.store.intake import list_is_there
from ivr.store.open_intake import Intake


class ComparingIntake:
    """`centres`: only contacts of these count as known; None: all. Close it."""

    def __init__(
        self, inner: Intake, url: str, centres: frozenset[CentreCode] | None
    ) -> None:
        self._inner, self._centres = inner, centres
        self._runner = asyncio.Runner()
        self._store = self._runner.run(open_store(url))

    def refuse_known_name(self, name: ListName) -> None:
        """Raise BadInput when a list of that name is complete."""
        if self._runner.run(self._store.read(list_state, name)) == "ready":
            raise list_is_there(name)

    def begin(self, new: NewList) -> None:
        self._inner.begin(new)

    def add(self, rows: Sequence[ContactRow]) -> Added:
        """Return what would become of the rows."""
        added = self._inner.add(rows)
        known_here = added.duplicates | added.erased
        numbers = [row.number for row in rows if row.number not in known_here]
        known, barred = self._runner.run(
            self._store.read(known_of, numbers, self._centres)
        )
        return replace(added, in_other_lists=known, on_do_not_call=barred)

    def finish(self, counts: ListCounts) -> None:
        self._inner.finish(counts)

    def abandon(self) -> None:
        self._inner.abandon()

    def close(self) -> None:
        self._runner.run(self._store.close())
        self._runner.close()
