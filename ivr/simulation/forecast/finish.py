"""When a campaign will be done, from a few hours of it played several times. Pure.

Small campaigns are played to their end. Of large ones a share is played; what is left
is arithmetic: all calls that paper expects, at the pace that was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, inf

from ivr.core.hours import off_day
from ivr.simulation.forecast.outlook import Guess, summed_up
from ivr.simulation.forecast.paper import Paper, hours_a_day, on_paper
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.tally import Run
from ivr.simulation.forecast.world import World
from ivr.simulation.lab.scoring import Between

BUSY = 0.75  # on paper: what teams with talks of a minute or two reach
MOST_CALLS = 3000  # of one run: some seconds
LOOKS_AHEAD = 365  # days
WITHIN = 14  # days, where no end is given
SLACK = 1.05  # so much late is on time: forecasts are no better
MOST_TIMES = 20  # the team, when more are sought


@dataclass(frozen=True, slots=True)
class Finish:
    """What so many telecallers come to."""

    telecallers: int
    reached_per_day: Guess
    working_days: Guess
    finish_on: tuple[date, date] | None
    abandonment: Guess | None
    utilisation: Guess | None
    limit: str  # what is short: lines, calls_per_s or telecallers
    stopped: str


@dataclass(frozen=True, slots=True)
class Found:
    """The whole answer. `needed` None: more telecallers would not help."""

    cases: tuple[Finish, ...]
    needed: int | None
    by: date


Progress = Callable[[int, int], None]


def forecast(
    scenario: Scenario, by: date | None, seeds: int, progress: Progress
) -> Found:
    """Play the team that is there, then the one that would be done `by` then.

    Raises ValueError if nobody and nothing is there to call with.
    """
    by = by or scenario.starts_on + timedelta(days=WITHIN - 1)
    days = open_days(scenario, by)
    total = 2 * seeds if scenario.telecallers else seeds
    first = _played(scenario, seeds, lambda done: progress(done, total))
    cases, needed = [first], None
    if scenario.telecallers and days and first.working_days.value < inf:
        needed = _team(first, days)
        if first.limit != "telecallers" and needed > first.telecallers:
            return Found((first,), None, by)
        if needed != first.telecallers:
            other = scenario.with_telecallers(needed)
            cases.append(
                _played(other, seeds, lambda done: progress(seeds + done, total))
            )
    progress(total, total)
    return Found(tuple(cases), needed, by)


def _team(first: Finish, days: int) -> int:
    """Return the least team that is done in so many days, at the pace seen."""
    wanted = first.telecallers * first.working_days.value / (days * SLACK)
    return max(1, min(MOST_TIMES * first.telecallers, ceil(wanted)))


def _played(scenario: Scenario, seeds: int, progress: Callable[[int], None]) -> Finish:
    paper = on_paper(scenario, BUSY)
    look = _days_to_look(scenario, paper)
    runs = []
    for seed in range(1, seeds + 1):
        progress(seed - 1)
        runs.append(World(scenario, seed, look).play())
    return _finish(scenario, paper, runs, look)


def _days_to_look(scenario: Scenario, paper: Paper) -> float:
    """Return how many days hold about MOST_CALLS; more than enough if all fit."""
    if paper.calls <= MOST_CALLS or not paper.hours:
        return float(LOOKS_AHEAD)
    a_day = hours_a_day(scenario)
    hours = max(1.0, MOST_CALLS / (paper.calls / paper.hours))
    whole, rest = divmod(hours, a_day)
    return whole + rest / 24


def _finish(
    scenario: Scenario, paper: Paper, runs: Sequence[Run], look: float
) -> Finish:
    seen = summed_up("", scenario, runs, look)
    a_day = hours_a_day(scenario)
    hours = [_hours(run, paper) for run in runs]
    days = _around([one / a_day for one in hours])
    reached = _around(
        [
            min(run.answered, run.answered * 3600 * a_day / run.opened_s)
            if run.finished_s is not None
            else run.answered * 3600 * a_day / run.opened_s
            for run in runs
            if run.opened_s > 0
        ]
        or [0.0]
    )
    talks = scenario.telecallers > 0
    return Finish(
        telecallers=scenario.telecallers,
        reached_per_day=reached,
        working_days=days,
        finish_on=_dates(scenario, days),
        abandonment=seen.abandonment if talks else None,
        utilisation=seen.utilisation if talks else None,
        limit=paper.limit,
        stopped=seen.stopped,
    )


def _hours(run: Run, paper: Paper) -> float:
    """Return the open hours until everybody is done."""
    if run.finished_s is not None:
        return run.opened_s / 3600
    if not run.placed or run.stopped or run.opened_s <= 0:
        return inf
    return paper.calls / (run.placed * 3600 / run.opened_s)


def _around(values: Sequence[float]) -> Guess:
    """Return the mean of a few runs and where nearly all such runs lie.

    The runs' own range, wider by half: few runs do not show the ends.
    """
    middle, low, high = sum(values) / len(values), min(values), max(values)
    if high == inf:
        return Guess(inf, Between(low, inf))
    spread = (high - low) / 2
    return Guess(middle, Between(max(0.0, low - spread / 2), high + spread / 2))


def _dates(scenario: Scenario, days: Guess) -> tuple[date, date] | None:
    least = scenario.caps.attempts_per_campaign / scenario.caps.attempts_per_day
    least = min(least, days.value) if days.value < inf else least
    first = day_after(scenario, max(days.between.low, least))
    last = day_after(scenario, max(days.between.high, least))
    return (first, last) if first and last else None


def day_after(scenario: Scenario, days: float) -> date | None:
    """Return the day on which so many working days end; None: not in a year."""
    left = max(1, ceil(days - 1e-9)) if days < inf else LOOKS_AHEAD + 1
    for day in _ahead(scenario):
        if is_open(scenario, day):
            left -= 1
            if left == 0:
                return day
    return None


def open_days(scenario: Scenario, until: date) -> int:
    """Return how many days may be called on, from the start until that day."""
    return sum(is_open(scenario, day) for day in _ahead(scenario) if day <= until)


def is_open(scenario: Scenario, day: date) -> bool:
    return not off_day(scenario.off_days, day, scenario.calendar.holidays)


def _ahead(scenario: Scenario) -> list[date]:
    return [scenario.starts_on + timedelta(days=n) for n in range(LOOKS_AHEAD)]
