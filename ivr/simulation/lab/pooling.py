"""Is a pool of small centres as good as one large group? Plays both, and judges.

Ten centres of six telecallers, of one division or several, each with lists of its
own, against one group of sixty: the same seeded calls, an answer rate that changes. The
pool keeps what is promised of it if, for each kind of talk,

1. it is busy within 2 points of the group,
2. at least 60 % of those served are served by their own centre, and
3. at most 3.0 % of those who answered are abandoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.core.model import Routing
from ivr.core.organisation import Level
from ivr.simulation.lab.fates import Change, Scenario, Talk
from ivr.simulation.lab.ours import Ours
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.pooled import Layout, PooledWorld
from ivr.simulation.lab.scoring import Figures, figures
from ivr.simulation.lab.verdict import CAP, keeps_cap
from ivr.simulation.lab.world import World

CENTRES = 10
DIVISIONS = 1
TELECALLERS = 60
RATE = 0.35
TALKS = (Talk.SHORT, Talk.HEAVY)
WITHIN = 0.02  # of utilisation
OWN = 0.60


@dataclass(frozen=True, slots=True)
class Task:
    """One run: what a process is given."""

    talk: Talk
    pooled: bool
    seed: int
    hours: float
    routing: Routing
    divisions: int = DIVISIONS  # over which the centres are spread


@dataclass(frozen=True, slots=True)
class Run:
    score: Score
    served: Mapping[Level, int]  # of one group: nobody is counted


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of talk: one group, and the same telecallers as a pool of centres."""

    group: Figures
    pool: Figures
    served: Mapping[Level, int]

    @property
    def points_behind(self) -> float:
        """Return by how much less of the time the pool is busy; a share."""
        return self.group.utilisation - self.pool.utilisation

    def share(self, level: Level) -> float:
        """Return the share of those served that was served at that level."""
        return self.served.get(level, 0) / max(1, sum(self.served.values()))

    def broken(self) -> list[str]:
        """Return each promise that was not kept."""
        words = []
        if self.points_behind > WITHIN:
            words.append(
                f"{100 * self.points_behind:.1f} points behind one group, more "
                f"than {100 * WITHIN:.0f}"
            )
        if self.share(Level.CENTRE) < OWN:
            own = self.share(Level.CENTRE)
            words.append(f"{own:.1%} served by their own centre, less than {OWN:.0%}")
        if not keeps_cap(self.pool):
            words.append(f"{self.pool.abandonment:.1%} abandoned, more than {CAP:.1%}")
        return words


def tasks(
    seeds: int, hours: float, routing: Routing, divisions: int = DIVISIONS
) -> list[Task]:
    """Return every run, the longest first."""
    return [
        Task(talk, pooled, seed, hours, routing, divisions)
        for pooled in (True, False)
        for talk in TALKS
        for seed in range(1, seeds + 1)
    ]


def play(task: Task) -> Run:
    """Play one run; the same task gives the same, in whatever process."""
    scenario = Scenario(
        TELECALLERS, RATE, task.talk, Change.CHANGING, task.hours, task.seed
    )
    policy = Ours()
    if not task.pooled:
        return Run(World(scenario, policy).play(), {})
    layout = Layout(CENTRES, task.divisions)
    world = PooledWorld(
        scenario, policy, layout, policy.learned.estimates, task.routing
    )
    return Run(world.play(), world.served)


def compared(runs: Iterable[tuple[Task, Run]]) -> dict[Talk, Compared]:
    """Return both by the kind of talk, whatever order the runs came in."""
    ordered = sorted(runs, key=lambda one: one[0].seed)
    found = {}
    for talk in TALKS:
        of_talk = [one for one in ordered if one[0].talk is talk]
        served: Counter[Level] = Counter()
        for _, run in of_talk:
            served.update(run.served)
        group, pool = (
            figures([run.score for task, run in of_talk if task.pooled is pooled])
            for pooled in (False, True)
        )
        found[talk] = Compared(group, pool, served)
    return found
