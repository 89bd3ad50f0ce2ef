"""Where cleaned rows go. ivr/store/intake.py implements it for both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ivr.core.new_list import Added, ContactRow, ListCounts, NewList


class ContactSink(Protocol):
    """Takes in one list, in this order: begin, add any number of times, finish.

    Until `finish` nobody of the list can be dialled. `abandon` takes back what was
    added; what a killed import left behind, the next `begin` of that name takes away.
    """

    def begin(self, new: NewList) -> None:
        """Open the list. Raises BadInput when a list of that name is complete."""

    def add(self, rows: Sequence[ContactRow]) -> Added:
        """Store `rows`, in which no number comes twice."""

    def finish(self, counts: ListCounts) -> None:
        """Say that the list is complete."""

    def abandon(self) -> None:
        """Take back everything since `begin`."""
