"""Which worlds are played by which policies, how long and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from ivr.simulation.lab.fates import Change, Scenario, Talk
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.registry import policies
from ivr.simulation.lab.scoring import Figures, figures
from ivr.simulation.lab.survey import run
from ivr.simulation.lab.verdict import Cell

# A large team has as many calls in less time: up to so many telecallers, so much of
# the hours asked for.
SHARE_OF_HOURS = ((12, 1.0), (30, 0.5), (100, 0.25))
SHARE_BEYOND = 0.125
LEAST_HOURS = 1.0  # unless less is asked for: the start weighs less
LARGE = 100  # from here on, half of the seeds will do
FEWEST_SEEDS = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One run: what a process is given."""

    cell: Cell
    policy: str
    seed: int
    hours: float

    @property
    def weight(self) -> float:
        """Return about how much work it is, so that the long ones begin first."""
        return self.cell.telecallers * self.hours


@dataclass(frozen=True, slots=True)
class Grid:
    telecallers: tuple[int, ...]
    rates: tuple[float, ...]
    talks: tuple[Talk, ...]
    changes: tuple[Change, ...]
    policies: tuple[str, ...]
    seeds: int
    hours: float  # of a team of up to twelve

    def cells(self) -> list[Cell]:
        """Return the rows, in the order in which they are shown."""
        every = product(self.talks, self.changes, self.rates, self.telecallers)
        return [Cell(n, rate, talk, change) for talk, change, rate, n in every]

    def tasks(self) -> list[Task]:
        """Return every run, the longest first."""
        every = [
            Task(cell, policy, seed, hours_of(cell.telecallers, self.hours))
            for cell in self.cells()
            for policy in self.policies
            for seed in range(1, seeds_of(cell.telecallers, self.seeds) + 1)
        ]
        return sorted(every, key=lambda task: -task.weight)


def hours_of(telecallers: int, hours: float) -> float:
    for up_to, share in SHARE_OF_HOURS:
        if telecallers <= up_to:
            return max(hours * share, min(hours, LEAST_HOURS))
    return max(hours * SHARE_BEYOND, min(hours, LEAST_HOURS))


def seeds_of(telecallers: int, seeds: int) -> int:
    if telecallers < LARGE:
        return seeds
    return min(seeds, max(FEWEST_SEEDS, seeds // 2))


def play(task: Task) -> Score:
    """Play one run; the same task gives the same score, in whatever process."""
    cell = task.cell
    scenario = Scenario(
        cell.telecallers, cell.rate, cell.talk, cell.change, task.hours, task.seed
    )
    return run(scenario, policies()[task.policy](task.hours))


def by_cell(
    grid: Grid, scores: Iterable[tuple[Task, Score]]
) -> Mapping[Cell, Mapping[str, Figures]]:
    """Return the figures of every policy in every cell, in the grid's order."""
    kept: dict[tuple[Cell, str], list[tuple[int, Score]]] = defaultdict(list)
    for task, score in scores:
        kept[task.cell, task.policy].append((task.seed, score))
    return {
        cell: {
            policy: figures(_in_order(kept[cell, policy])) for policy in grid.policies
        }
        for cell in grid.cells()
    }


def _in_order(scored: list[tuple[int, Score]]) -> list[Score]:
    """Return scores by their seeds: processes finish in whatever order."""
    return [score for _, score in sorted(scored, key=lambda one: one[0])]
