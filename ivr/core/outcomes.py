"""What lately became of a campaign's calls: the counts that pacing reads. Pure.

Old outcomes are forgotten little by little, so that an answer rate of the morning
does not rule the evening.
"""

from __future__ import annotations

from dataclasses import dataclass

from ivr.core.call import Call
from ivr.core.model import Disposition

KEEP = 0.995  # what is left of the counts after one more call: memory of ~200 calls

# Ended by us or never placed: they say nothing about the people called.
_SAY_NOTHING = frozenset(
    {Disposition.CANCELLED, Disposition.INTERRUPTED, Disposition.FAILED}
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    placed: float = 0.0
    answered: float = 0.0  # of those placed
    left_flow: float = 0.0  # answered people whose call is over
    wanted: float = 0.0  # of these, who wanted a telecaller

    def fold(self, call: Call, disposition: Disposition) -> Outcomes:
        """Return the counts after one more ended call."""
        if disposition in _SAY_NOTHING:
            return self
        answered = call.answered_at is not None
        return Outcomes(
            placed=self.placed * KEEP + 1,
            answered=self.answered * KEEP + answered,
            left_flow=self.left_flow * KEEP + answered,
            wanted=self.wanted * KEEP + (call.wanted_at is not None),
        )
