"""What could be reached by who knows every call's fate and every talk's end.

A bound, not a dialler: it looks into the world. It places the calls in the same order
as everybody, the useless ones at once and each useful one as soon as the person who
answers it will find a telecaller within WAIT_S.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heapreplace

from ivr.simulation.lab.fates import End
from ivr.simulation.lab.policy import Outcome, View
from ivr.simulation.lab.world import World

WAIT_S = 1.0  # half of people's patience: the rest is for breaks
# It may not look further ahead than this for a telecaller's break.
HORIZON_S = 30.0


@dataclass(slots=True)
class Clairvoyant:
    name: str = "clairvoyant"
    _world: World | None = None

    def meet(self, world: World) -> None:
        self._world = world

    def saw(self, outcome: Outcome) -> None:
        """It knew."""

    def decide(self, view: View) -> int:
        world = self._world
        if world is None:
            return 0
        due = world.waiting | world.answers_at
        coming = [(at_s, _busy_s(world, number)) for number, at_s in due.items()]
        free = free_at(world)
        rate = world.scenario.rate_at(world.now_s)
        lines = 10 * len(world.desks)  # of useless calls too, no more than these
        count = 0
        while count < lines - len(view.ringing_s):
            number = world.placed + count
            end, age_s = world.calls[number].ends(rate)
            if end is End.ANSWERED:
                coming.append((world.now_s + age_s, _busy_s(world, number)))
                if longest_wait(coming, free) > WAIT_S:
                    break
            count += 1
        return count


def longest_wait(answers: list[tuple[float, float]], free_s: list[float]) -> float:
    """Return how long the unluckiest waits: first come, first served.

    `answers`: when each person answers, and how long they keep a telecaller. Times on
    one clock.
    """
    free = list(free_s)
    if not free:
        return float("inf")
    heapify(free)
    longest = 0.0
    for at_s, busy_s in sorted(answers):
        starts_s = max(at_s, free[0])
        longest = max(longest, starts_s - at_s)
        heapreplace(free, starts_s + busy_s)
    return longest


def free_at(world: World) -> list[float]:
    """Return when each desk can take its next call, breaks included."""
    times = []
    for number, desk in enumerate(world.desks):
        free_s = world.now_s if number in world.ready else desk.free_s
        away = number not in world.ready and desk.break_at_s < desk.since_s
        if not away and desk.break_at_s <= max(free_s, world.now_s + HORIZON_S):
            free_s = max(free_s, desk.break_at_s) + desk.break_s
        times.append(free_s)
    return times


def _busy_s(world: World, number: int) -> float:
    luck = world.calls[number]
    return luck.talk_s + luck.wrap_s
