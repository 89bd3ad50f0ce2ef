"""Practice with a virtual voter: what a scenario is, how it is scored. Pure.

Every criterion of the score sheet is a line of CRITERIA: how many points it gives,
and which part of them a practice earned. A practice is no call: nothing of it counts
in any campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ivr.core.model import DeskQuestion, TelecallerId
from ivr.core.results import Words


@dataclass(frozen=True, slots=True)
class PracticePerson:
    """Somebody invented."""

    name: str
    village: str = ""
    district: str = ""
    schemes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One virtual voter: who they are, what they say, what is to be found out."""

    scenario_id: str
    title: Words
    about: Words  # for the telecaller, before they begin
    person: PracticePerson
    lines: tuple[str, ...]  # said one after the other, each after the telecaller
    silence: str  # said when the telecaller says nothing
    patience_s: float  # of silence, before that; and again, before they hang up
    script: str
    questions: tuple[DeskQuestion, ...]
    expected: Mapping[str, str]  # the right answer of each question
    outcome: str

    @property
    def line_names(self) -> tuple[str, ...]:
        """Return by what each line's sound is asked for, in order."""
        return tuple(f"{self.scenario_id}-{n}" for n in range(1, len(self.lines) + 1))

    @property
    def silence_name(self) -> str:
        return f"{self.scenario_id}-silence"


class PracticeEnd(StrEnum):
    """Who ended it."""

    VOTER = "voter"  # they had said all
    LOST_PATIENCE = "lost_patience"  # the telecaller said nothing
    TELECALLER = "telecaller"
    LINE = "line"  # the phone, or Samvad, went away


@dataclass(frozen=True, slots=True)
class Practice:
    """What a telecaller did in one practice. Times are UTC, lengths seconds."""

    practice_id: str
    telecaller_id: TelecallerId
    scenario_id: str
    title: Words
    began_at: datetime
    lines: int  # that the voter had to say
    expected: Mapping[str, str] = field(default_factory=dict)
    expected_outcome: str = ""
    ended_at: datetime | None = None
    ended_by: PracticeEnd | None = None
    first_word_s: float | None = None  # None: they never spoke
    spoke_s: float = 0.0  # the telecaller
    heard_s: float = 0.0  # the voter
    lines_heard: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ""
    notes: str = ""
    noted_at: datetime | None = None

    @property
    def share(self) -> float | None:
        """Return the telecaller's part of all that was said; None: nothing was."""
        whole = self.spoke_s + self.heard_s
        return self.spoke_s / whole if whole else None

    @property
    def wrap_up_s(self) -> float | None:
        if self.ended_at is None or self.noted_at is None:
            return None
        return max(0.0, (self.noted_at - self.ended_at).total_seconds())

    @property
    def right_answers(self) -> int:
        return sum(self.answers.get(key) == one for key, one in self.expected.items())


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the score sheet. `part` is 0.0 to 1.0."""

    word: str
    points: int
    part: Callable[[Practice], float]


@dataclass(frozen=True, slots=True)
class Mark:
    word: str
    points: int
    of: int


def _within(
    value: float | None, steps: tuple[tuple[float, float, float], ...]
) -> float:
    """Return the part of the first step (low, high, part) that holds the value."""
    if value is None:
        return 0.0
    return next((part for low, high, part in steps if low <= value <= high), 0.0)


FIRST_WORD = ((0.0, 3.0, 1.0), (0.0, 6.0, 0.5))
SHARE = ((0.25, 0.65, 1.0), (0.15, 0.8, 0.5))
WRAP_UP = ((0.0, 60.0, 1.0), (0.0, 120.0, 0.5))

CRITERIA = (
    Criterion("first_word", 15, lambda p: _within(p.first_word_s, FIRST_WORD)),
    Criterion("listening", 15, lambda p: _within(p.share, SHARE)),
    Criterion("heard_out", 20, lambda p: p.lines_heard / p.lines if p.lines else 1.0),
    Criterion(
        "answers",
        25,
        lambda p: p.right_answers / len(p.expected) if p.expected else 1.0,
    ),
    Criterion("outcome", 15, lambda p: float(p.outcome == p.expected_outcome)),
    Criterion("wrap_up", 10, lambda p: _within(p.wrap_up_s, WRAP_UP)),
)


def marks(practice: Practice) -> tuple[Mark, ...]:
    """Return the points of each criterion."""
    return tuple(
        Mark(one.word, round(one.points * one.part(practice)), one.points)
        for one in CRITERIA
    )


def score(practice: Practice) -> int:
    """Return the points of all criteria together: 0 to 100."""
    return sum(mark.points for mark in marks(practice))
