"""What lately became of a campaign's calls: the counts that pacing reads. Pure.

Old outcomes are forgotten little by little, so that an answer rate of the morning
does not rule the evening.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import isfinite

from ivr.core.pacer import Fact, Told

KEEP = 0.995  # what is left of the counts after one more call: memory of ~200 calls
VERSION = 1  # of what is kept

_OVER = frozenset({Told.ANSWERED, Told.BUSY, Told.NO_ANSWER, Told.FAILED})
_LEFT = frozenset({Told.WANTED, Told.NOT_WANTED})


@dataclass(frozen=True, slots=True)
class Outcomes:
    placed: float = 0.0
    answered: float = 0.0  # of those placed
    left_flow: float = 0.0  # answered people who wanted a telecaller, or left without
    wanted: float = 0.0  # of these, who wanted one

    def fold(self, fact: Fact) -> Outcomes:
        """Return the counts after one more fact; most facts change nothing here."""
        if fact.told in _OVER:
            return Outcomes(
                placed=self.placed * KEEP + 1,
                answered=self.answered * KEEP + (fact.told is Told.ANSWERED),
                left_flow=self.left_flow,
                wanted=self.wanted,
            )
        if fact.told in _LEFT:
            return Outcomes(
                placed=self.placed,
                answered=self.answered,
                left_flow=self.left_flow * KEEP + 1,
                wanted=self.wanted * KEEP + (fact.told is Told.WANTED),
            )
        return self

    def to_keep(self) -> dict[str, float]:
        """Return what `kept` understands, for a restart."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def kept(cls, state: object) -> Outcomes | None:
        """Return what was kept, or None: written by another version, or damaged."""
        if not isinstance(state, dict) or state.get("version") != VERSION:
            return None
        counts = [state.get(field.name) for field in fields(cls)]
        numbers = [float(n) for n in counts if isinstance(n, int | float)]
        if len(numbers) < len(counts):
            return None
        good = all(isfinite(number) and number >= 0 for number in numbers)
        return cls(*numbers) if good else None
