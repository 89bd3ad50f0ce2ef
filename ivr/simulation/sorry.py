"""What people heard for whom no telecaller was free, by the carrier's truth log. Pure.

Samvad says whom it abandoned; the far end says what each of them came to hear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ivr.core.model import PhoneNumber
from ivr.simulation.lived import Lived
from ivr.simulation.population import Kind

APOLOGY = "person.busy"  # the node that says sorry and offers the choices
SENTENCES = 2  # of it that are the same in each call: the apology, and the choices


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of the people who answered."""

    answered: int
    talked: int  # heard a telecaller
    abandoned: int  # by Samvad's count
    sorry: int  # of those: heard the apology with its choices
    slowest_s: float  # from the answer to the apology's first word; 0: nobody had to
    without: tuple[str, ...]  # neither a telecaller nor the apology, or by Samvad's
    # count abandoned and yet without the apology

    @property
    def everybody(self) -> bool:
        """Whether every abandoned person heard it, and nobody was left in silence."""
        return not self.without and self.sorry == self.abandoned


def heard(calls: Iterable[Lived], abandoned: Sequence[PhoneNumber]) -> Heard:
    """Judge a run in which each number was dialled once."""
    people = [c for c in calls if c.kind is Kind.PERSON and c.answered_at]
    lost = set(abandoned)
    sorry = {call.number: wait for call in people if (wait := _sorry_s(call)) >= 0}
    without = [call for call in people if _is_without(call, sorry, lost)]
    unseen = lost - {call.number for call in people}
    return Heard(
        answered=len(people),
        talked=sum(bool(call.talks) for call in people),
        abandoned=len(lost),
        sorry=len(lost & sorry.keys()),
        slowest_s=max((sorry[number] for number in lost & sorry.keys()), default=0.0),
        without=(
            *(str(call) for call in without),
            *(f"{number[:5]}…{number[-3:]} never answered" for number in unseen),
        ),
    )


def _sorry_s(call: Lived) -> float:
    """Return how long after the answer the apology began; below 0: not all came."""
    begun = [at for at, node in call.prompts if node == APOLOGY]
    if len(begun) < SENTENCES or call.answered_at is None:
        return -1.0
    return max(0.0, (begun[0] - call.answered_at).total_seconds())


def _is_without(
    call: Lived, sorry: Collection[PhoneNumber], lost: Collection[PhoneNumber]
) -> bool:
    if call.number in lost:
        return call.number not in sorry
    return not call.talks and call.number not in sorry
