"""What is held of one number, as a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.core.model import CallId, CentreCode, PhoneNumber

Rows = tuple[Mapping[str, object], ...]  # as JSON has them


@dataclass(frozen=True, slots=True)
class Held:
    """By kind of thing: each row with its columns' names."""

    number: PhoneNumber
    rows: Mapping[str, Rows]

    @property
    def is_empty(self) -> bool:
        return not any(self.rows.values())

    @property
    def call_ids(self) -> tuple[CallId, ...]:
        return tuple(CallId(str(row["call_id"])) for row in self.rows["calls"])

    @property
    def recordings(self) -> tuple[str, ...]:
        spoken = (row for row in self.rows["answers"] if row["kind"] == "speech")
        return tuple(str(row["value"]) for row in spoken if row["value"])

    @property
    def centre(self) -> CentreCode | None:
        """Return whose person it is, by the newest list."""
        for row in reversed(self.rows["contacts"]):
            if row["centre"]:
                return CentreCode(str(row["centre"]))
        return None
