"""ViciDial's adaptive dialling, written anew from what its source publishes.

Source: `bin/AST_VDadapt.pl` (subroutines count_agents_lines, calculate_drops and
calculate_dial_level) and `bin/AST_VDauto_dial.pl` of the astguiclient project, with
the settings of a new campaign: cap 3 %, levels 1.0 to 3.0, intensity 0, difference
target 0, latest server time 21:00. One level for the whole campaign: it knows neither
which calls are about to be answered nor which telecallers are about to finish.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.simulation.lab.policy import Outcome, View, What

LAUNCH_EVERY_S = 2.5
ADAPT_EVERY_S = 15.0
COUNT_DROPS_EVERY_S = 60.0
SAMPLES = 15  # of waiting telecallers and calls, one a second
LEVELS = (1.0, 3.0)
CAP = 0.03  # of today's answers
CALLS_BEFORE_CAP = 50  # today
FLOOD = 0.5  # of the last minute's calls, when they were more than 20
FLOOD_CALLS = 20
LATEST_H = 21.0  # when TAPERED has no leniency left

_CALL_OVER = frozenset(
    {What.ANSWERED, What.MACHINE, What.BUSY, What.FAILED, What.NO_ANSWER}
)


class Method(StrEnum):
    HARD_LIMIT = "hard"
    AVERAGE = "average"
    TAPERED = "tapered"
    RATIO = "ratio"  # the level stays where it was set


@dataclass(slots=True)
class Drops:
    """What the last count of drops found; it is up to a minute old."""

    calls_today: int = 0
    answers_today: int = 0
    drops_today: int = 0
    calls_one: int = 0  # in the last minute
    drops_one: int = 0

    @property
    def over_cap(self) -> bool:
        share = self.drops_today / max(1, self.answers_today)
        return self.calls_today > CALLS_BEFORE_CAP and share > CAP

    @property
    def flood(self) -> bool:
        return self.calls_one > FLOOD_CALLS and self.drops_one > FLOOD * self.calls_one


def adapted(
    level: float,
    method: Method,
    *,
    difference: float,
    telecallers: float,
    drops: Drops,
    hour: float,
) -> float:
    """Return the dial level of the next 15 s.

    `difference` is the mean of telecallers waiting less that of calls waiting;
    `hour` the time of day, for TAPERED.
    """
    low, high = LEVELS
    if telecallers:
        level *= 1 + difference / telecallers
    level = min(max(level, low), high)
    if drops.flood:
        level /= 2
    if drops.over_cap:
        if method is Method.HARD_LIMIT:
            level = low
        elif method is Method.AVERAGE:
            level /= 2
        elif method is Method.TAPERED:
            level *= tapered_rate(hour)
    return max(level, low)


def tapered_rate(hour: float) -> float:
    """Return what TAPERED multiplies the level by, over the cap.

    The source subtracts clock times written as hours and minutes (2100 - 1330), and
    takes 1000 of that as full leniency: ten hours before the end.
    """
    left = LATEST_H * 100 - (int(hour) * 100 + int(hour % 1 * 60))
    if left < 0:
        return 0.0
    return min(1.0, left / 1000)


@dataclass(slots=True)
class ViciDial:
    """One campaign's. The shift ends when TAPERED's leniency does, at 21:00."""

    method: Method
    name: str
    hours: float = 1.0  # of the shift
    level: float = 1.0
    _drops: Drops = field(default_factory=Drops)
    _calls: int = 0
    _recent: deque[tuple[float, bool]] = field(default_factory=deque)  # at, a drop
    _samples: deque[tuple[int, int, int]] = field(
        default_factory=lambda: deque(maxlen=SAMPLES)
    )
    _sample_at_s: float = 0.0
    _launch_at_s: float = 0.0
    _adapt_at_s: float = ADAPT_EVERY_S
    _count_at_s: float = COUNT_DROPS_EVERY_S

    def decide(self, view: View) -> int:
        now_s = view.now_s
        if now_s >= self._sample_at_s:
            self._samples.append((view.ready, view.waiting, view.logged_in))
            self._sample_at_s = now_s + 1.0
        if now_s >= self._count_at_s:
            self._count(view)
            self._count_at_s = now_s + COUNT_DROPS_EVERY_S
        if now_s >= self._adapt_at_s:
            self._adapt(now_s)
            self._adapt_at_s = now_s + ADAPT_EVERY_S
        if now_s < self._launch_at_s:
            return 0
        self._launch_at_s = now_s + LAUNCH_EVERY_S
        return goal(self.level, view)

    def saw(self, outcome: Outcome) -> None:
        if outcome.what in _CALL_OVER:
            self._calls += 1
            self._recent.append((outcome.at_s, False))
        elif outcome.what is What.ABANDONED:
            self._recent.append((outcome.at_s, True))

    def _count(self, view: View) -> None:
        while self._recent and self._recent[0][0] <= view.now_s - 60:
            self._recent.popleft()
        dropped = sum(is_drop for _, is_drop in self._recent)
        self._drops = Drops(
            calls_today=self._calls,
            answers_today=view.answered,
            drops_today=view.abandoned,
            calls_one=len(self._recent) - dropped,
            drops_one=dropped,
        )

    def _adapt(self, now_s: float) -> None:
        if self.method is Method.RATIO:
            return
        count = len(self._samples)
        difference = sum(ready - waiting for ready, waiting, _ in self._samples)
        telecallers = sum(at_work for _, _, at_work in self._samples)
        self.level = adapted(
            self.level,
            self.method,
            difference=difference / count,
            telecallers=telecallers / count,
            drops=self._drops,
            hour=LATEST_H - self.hours + now_s / 3600,
        )


def goal(level: float, view: View) -> int:
    """Return how many calls are missing: level x telecallers, less the calls up.

    Telecallers who wait or talk count (a wrap-up is a pause to ViciDial), and so do
    calls that ring, wait or talk.
    """
    talking = len(view.talking_s)
    lines = round(level * (view.ready + talking))
    return max(0, lines - len(view.ringing_s) - view.waiting - talking)


def adaptive(method: Method, hours: float) -> ViciDial:
    return ViciDial(method, f"vicidial-{method.value}", hours)


def ratio(level: float) -> ViciDial:
    """Return dial method RATIO at a level that somebody set by hand."""
    return ViciDial(Method.RATIO, f"vicidial-{level:g}", level=level)
