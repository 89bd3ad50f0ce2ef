"""Everything that is decided before the first row of a list is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ivr.core.new_list import NewList
from ivr.core.numbers import NumberRules
from ivr.intake.columns import Column
from ivr.intake.list_file import BATCH_ROWS, ListFile
from ivr.intake.places import Places


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Which file, what its columns are, and by what its rows are judged."""

    file: ListFile
    columns: list[Column]
    new_list: NewList
    places: Places
    rules: NumberRules
    today: date  # in India, for ages
    own_centres: frozenset[str] | None = None  # whose people may come in; None: all
    batch_rows: int = BATCH_ROWS
