"""What several runs of a scenario say together: means and 95 % intervals. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.tally import Run
from ivr.simulation.forecast.world import World
from ivr.simulation.lab.scoring import Between, bootstrap, wilson

FEW = 4  # runs: fewer are not resampled, their range is shown


@dataclass(frozen=True, slots=True)
class Guess:
    """A figure, and where it lies in 95 of 100 such campaigns' means."""

    value: float
    between: Between


@dataclass(frozen=True, slots=True)
class Outlook:
    """One case's answers. None: it did not come to that in the days looked at."""

    case: str
    scenario: Scenario
    runs: tuple[Run, ...]
    days_looked: float
    working_h: Guess | None  # hours the windows were open until everybody was done
    days: Guess | None  # from the first dial to the last call's end, by the calendar
    utilisation: Guess
    abandonment: Guess
    talks_per_hour: Guess  # of one telecaller
    calls_per_talk: Guess
    calls_per_person: Guess
    most_lines: int
    mean_lines: Guess
    own: Guess  # of the talks, with a telecaller of one's own centre

    @property
    def done(self) -> int:
        """Return how many people were done, in the mean."""
        return round(sum(run.done for run in self.runs) / len(self.runs))

    @property
    def pace_days(self) -> float | None:
        """Return the days it would take at the pace seen; None: it comes to no end."""
        if self.days is not None:
            return self.days.value
        return (
            self.days_looked * self.scenario.people / self.done if self.done else None
        )

    def curve(self) -> list[tuple[float, float]]:
        """Return (days since the start, share of the people done), in the mean."""
        by_hour: dict[int, float] = {}
        for run in self.runs:
            for hour, one in run.hours.items():
                by_hour[hour] = by_hour.get(hour, 0.0) + one.done / len(self.runs)
        points, done = [(0.0, 0.0)], 0.0
        for hour in sorted(by_hour):
            points.append((hour / 24, done / self.scenario.people))
            done += by_hour[hour]
            points.append(((hour + 1) / 24, done / self.scenario.people))
        return points

    @property
    def stopped(self) -> str:
        return next((run.stopped for run in self.runs if run.stopped), "")


def outlook(case: str, scenario: Scenario, seeds: int, days: float) -> Outlook:
    """Play the scenario with so many seeds, and sum up."""
    runs = tuple(World(scenario, seed, days).play() for seed in range(1, seeds + 1))
    return summed_up(case, scenario, runs, days)


def summed_up(
    case: str, scenario: Scenario, runs: Sequence[Run], days: float
) -> Outlook:
    finished = all(run.finished_s is not None for run in runs)

    def ratio(over: Callable[[Run], float], under: Callable[[Run], float]) -> Guess:
        return _ratio([(over(run), under(run)) for run in runs])

    return Outlook(
        case=case,
        scenario=scenario,
        runs=tuple(runs),
        days_looked=days,
        working_h=ratio(lambda r: r.opened_s / 3600, _one) if finished else None,
        days=ratio(lambda r: (r.finished_s or 0) / 86400, _one) if finished else None,
        utilisation=ratio(lambda r: r.busy_s, lambda r: r.work_s),
        abandonment=_abandonment(runs),
        talks_per_hour=ratio(lambda r: r.connected, lambda r: r.work_s / 3600),
        calls_per_talk=ratio(lambda r: r.placed, lambda r: r.connected),
        calls_per_person=ratio(lambda r: r.placed, lambda r: r.done),
        most_lines=max(run.most_lines for run in runs),
        mean_lines=ratio(lambda r: r.line_s, lambda r: r.opened_s),
        own=ratio(lambda r: r.own, lambda r: r.connected),
    )


def _one(_: Run) -> float:
    return 1.0


def _ratio(parts: Sequence[tuple[float, float]]) -> Guess:
    below = sum(part[1] for part in parts)
    value = sum(part[0] for part in parts) / below if below else 0.0
    if len(parts) >= FEW:
        return Guess(value, bootstrap(parts))
    each = [over / under if under else 0.0 for over, under in parts]
    return Guess(value, Between(min(each), max(each)))


def _abandonment(runs: Sequence[Run]) -> Guess:
    """Return it with its interval; of a few runs Wilson's, which counts people."""
    gone, wanted = sum(r.abandoned for r in runs), sum(r.wanted for r in runs)
    if len(runs) >= FEW:
        return _ratio([(run.abandoned, run.wanted) for run in runs])
    return Guess(gone / wanted if wanted else 0.0, wilson(gone, wanted))
