"""What is counted while a forecast is played, and what came of one run of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Hour:
    """One clock hour of a working day."""

    placed: int = 0
    answered: int = 0  # by a person
    connected: int = 0
    abandoned: int = 0
    done: int = 0  # people who need no further call


@dataclass(slots=True)
class Tally:
    """Counts of one run, all pools together."""

    placed: int = 0
    ended: int = 0
    answered: int = 0  # by a person
    wanted: int = 0
    connected: int = 0
    abandoned: int = 0
    busy_s: float = 0.0
    work_s: float = 0.0  # at work, less pauses, with somebody to call
    rest_s: float = 0.0  # at work with nobody to call and no call up
    most_lines: int = 0
    line_s: float = 0.0  # of all calls, from the dial to the end
    decisions: int = 0
    own: int = 0  # served by a telecaller of the person's own centre
    ends: Counter[str] = field(default_factory=Counter)
    hours: defaultdict[int, Hour] = field(default_factory=lambda: defaultdict(Hour))


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run."""

    seed: int
    people: int
    done: int
    finished_s: float | None  # since the first dial could be; None: not in the days
    opened_s: float  # how long the windows were open until then
    placed: int
    ended: int
    up: int  # calls still up at the end
    answered: int
    wanted: int
    connected: int
    abandoned: int
    busy_s: float
    work_s: float  # while there was somebody to call
    rest_s: float
    most_lines: int
    line_s: float
    decisions: int
    own: int
    stopped: str  # why dialling stopped for good, or ""
    ends: dict[str, int]
    hours: dict[int, Hour]  # since the start, clock hours

    @property
    def utilisation(self) -> float:
        return self.busy_s / self.work_s if self.work_s > 0 else 0.0

    @property
    def abandonment(self) -> float:
        """Return the share of those who wanted a telecaller and had none in time."""
        return self.abandoned / self.wanted if self.wanted else 0.0
