"""Figures of the offer gate in one cell, and whether its promise is kept.

At least 95 % of the telecallers' time busy; of those who accepted at most 0.5 % never
connected; the 95th percentile of their wait at most 8 s, and no second of it silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.scoring import Between, Figures, figures
from ivr.simulation.lab.verdict import Cell, Verdict

LEAST_BUSY = 0.95
MOST_LOST = 0.005
MOST_WAIT_S = 8.0
INAUDIBLE_S = 1e-3  # of silence: sums of seconds are not exact


@dataclass(frozen=True, slots=True)
class Offered:
    """What came of the offers, over all seeds."""

    figures: Figures  # abandonment: those who accepted and were never connected
    accepted: int
    mean_wait_s: float
    message_share: float  # of what they waited, with a message, and
    question_share: float  # with the next question
    silence_s: float
    answered_per_connect: float

    @property
    def lost_95(self) -> Between:
        return self.figures.abandonment_95


def offered(scores: Sequence[Score]) -> Offered:
    """Return the figures of one cell. `scores`: one of each seed."""
    waited_s = sum(one.waited_s for one in scores)
    accepted = sum(one.wanted for one in scores)
    return Offered(
        figures=figures(scores),
        accepted=accepted,
        mean_wait_s=_share(waited_s, accepted),
        message_share=_share(sum(one.message_s for one in scores), waited_s),
        question_share=_share(sum(one.question_s for one in scores), waited_s),
        silence_s=sum(one.silence_s for one in scores),
        answered_per_connect=_share(
            sum(one.answered for one in scores), sum(one.connected for one in scores)
        ),
    )


def judge(found: Mapping[Cell, Offered]) -> Verdict:
    """Return whether the promise is kept in every cell."""
    broken = [f"{cell}: {words}" for cell in found for words in _broken(found[cell])]
    return Verdict(len(found), tuple(broken))


def _broken(one: Offered) -> Iterator[str]:
    busy, lost = one.figures.utilisation, one.figures.abandonment
    if busy < LEAST_BUSY:
        yield f"busy {busy:.1%}, under {LEAST_BUSY:.0%}"
    if lost > MOST_LOST:
        yield f"{lost:.2%} who accepted were never connected, over {MOST_LOST:.1%}"
    if one.figures.wait_p95_s > MOST_WAIT_S:
        wait_s = one.figures.wait_p95_s
        yield f"a 95th percentile of {wait_s:.1f} s of wait, over {MOST_WAIT_S:.0f} s"
    if one.silence_s > INAUDIBLE_S:
        yield f"{one.silence_s:.1f} s of silence"


def _share(part: float, of: float) -> float:
    return part / of if of else 0.0
