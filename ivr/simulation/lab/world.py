"""A world of calls and telecallers in which a policy decides how many to place.

Driven by events, and seeded. The policy sees a View and is told Outcomes; what the
Scenario says, and what becomes of a call, it never sees. It is asked at every event
and each second, but no more than DECIDE_GAP_S allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from typing import Protocol, runtime_checkable

from ivr.simulation.lab.fates import Calls, End, Scenario, breaks
from ivr.simulation.lab.policy import Outcome, Policy, Score, View, What

DECIDE_GAP_S = 0.25  # a few times per second at most
DECIDE_EVERY_S = 1.0
LINES_PER_TELECALLER = 20  # the trunk: more than any sane policy needs


@runtime_checkable
class SeesAll(Protocol):
    """A policy that may look behind the curtain: a bound, not a dialler."""

    def meet(self, world: World) -> None: ...


class Event(IntEnum):
    """What the heap holds, in the order in which it happens at one moment."""

    TALK_OVER = 0
    WRAP_OVER = 1
    BACK = 2  # from a break
    RESOLVES = 3  # a call stops ringing
    GIVES_UP = 4  # a person who waited
    BREAK = 5
    ASKED = 6  # in a survey: a question is over
    DECIDES = 7  # in a survey: whether to accept an offer
    OPENS = 8  # in a pool: a farther level, for a person who waits
    KEPT = 9  # in a survey: a message is over, for a person who waits


@dataclass(slots=True)
class _Desk:
    call: int = -1  # the last one it took
    since_s: float = 0.0
    free_s: float = 0.0  # when talk and wrap-up are over
    break_at_s: float = float("inf")
    break_s: float = 0.0


class World:
    """One run of a scenario under a policy. `play` it once."""

    def __init__(self, scenario: Scenario, policy: Policy) -> None:
        self.scenario = scenario
        self.calls = Calls(scenario)
        self.now_s = 0.0
        self.placed = 0
        self.ready: dict[int, None] = {}  # longest idle first
        self.desks = [_Desk() for _ in range(scenario.telecallers)]
        self.ringing: dict[int, float] = {}  # placed at
        self.answers_at: dict[int, float] = {}  # of those ringing, who will answer
        self._policy = policy
        self._end_s = scenario.hours * 3600
        self._heap: list[tuple[float, Event, int, int]] = []
        self._count = 0
        self._talking: dict[int, float] = {}  # desk: since
        self._wrapping: dict[int, float] = {}
        self.waiting: dict[int, float] = {}  # call: since
        self._on_break = 0
        self._answered = self._wanted = self._abandoned = 0
        self._waits_s: list[float] = []
        self._busy_s = self._away_s = 0.0
        self._breaks = [breaks(scenario, n) for n in range(scenario.telecallers)]
        for n in range(scenario.telecallers):
            self.ready[n] = None
            self._plan_break(n)
        if isinstance(policy, SeesAll):
            policy.meet(self)

    def play(self) -> Score:
        """Play the scenario's hours; what then is up counts neither way."""
        due_s, last_s = 0.0, -DECIDE_GAP_S
        heap = self._heap
        acts = self.acts()
        while True:
            if heap and heap[0][0] <= due_s:
                if heap[0][0] > self._end_s:
                    break
                self.now_s, kind, _, which = heappop(heap)
                acts[kind](which)
                due_s = min(due_s, max(self.now_s, last_s + DECIDE_GAP_S))
            else:
                if due_s > self._end_s:
                    break
                self.now_s = last_s = due_s
                self._place(self._policy.decide(self.view()))
                due_s += DECIDE_EVERY_S
        return self._score()

    def acts(self) -> dict[Event, Callable[[int], None]]:
        """Return what each event does to the call or desk it is of."""
        return {
            Event.TALK_OVER: self._talk_over,
            Event.WRAP_OVER: self._wrap_over,
            Event.BACK: self._back,
            Event.RESOLVES: self._resolves,
            Event.GIVES_UP: self._gives_up,
            Event.BREAK: self._break,
        }

    def _score(self) -> Score:
        waits_s = sorted(self._waits_s)
        return Score(
            placed=self.placed,
            answered=self._answered,
            wanted=self._wanted,
            abandoned=self._abandoned,
            connected=len(waits_s),
            busy_s=self._busy_s,
            work_s=len(self.desks) * self._end_s - self._away_s,
            wait_p95_s=waits_s[int(0.95 * len(waits_s))] if waits_s else 0.0,
        )

    def view(self) -> View:
        now_s = self.now_s
        return View(
            now_s=now_s,
            ready=len(self.ready),
            talking_s=tuple([now_s - since for since in self._talking.values()]),
            wrapping_s=tuple([now_s - since for since in self._wrapping.values()]),
            ringing_s=tuple([now_s - since for since in self.ringing.values()]),
            waiting=len(self.waiting),
            logged_in=len(self.desks) - self._on_break,
            answered=self._answered,
            abandoned=self._abandoned,
        )

    def _place(self, count: int) -> None:
        lines = LINES_PER_TELECALLER * len(self.desks)
        for _ in range(min(count, lines - self.lines_up())):
            number = self.placed
            self.placed += 1
            end, age_s = self.calls[number].ends(self.scenario.rate_at(self.now_s))
            self.ringing[number] = self.now_s
            if end is End.ANSWERED:
                self.answers_at[number] = self.now_s + age_s
            self.after(age_s, Event.RESOLVES, number)

    def lines_up(self) -> int:
        return len(self.ringing) + len(self.waiting) + len(self._talking)

    def after(self, seconds: float, event: Event, which: int) -> None:
        self._count += 1
        heappush(self._heap, (self.now_s + seconds, event, self._count, which))

    def tell(self, what: What, seconds: float) -> None:
        self._policy.saw(Outcome(what, seconds, self.now_s))

    def _resolves(self, number: int) -> None:
        placed_s = self.ringing.pop(number)
        age_s = self.now_s - placed_s
        if self.answers_at.pop(number, None) is None:
            end, _ = self.calls[number].ends(self.scenario.rate_at(placed_s))
            self.tell(What(end.value), age_s)
            return
        self._answered += 1
        self.tell(What.ANSWERED, age_s)
        self.person_answered(number)

    def person_answered(self, number: int) -> None:
        """Hand the person over at once."""
        self.wants(number, self.scenario.patience_s)

    def wants(self, number: int, patience_s: float) -> None:
        """Give the person a telecaller, or let them wait for one."""
        self._wanted += 1
        self.waiting[number] = self.now_s
        if self.ready:
            self._connect(next(iter(self.ready)))
        else:
            self.after(patience_s, Event.GIVES_UP, number)

    def _connect(self, desk: int) -> None:
        """Give the desk who has waited longest."""
        number = next(iter(self.waiting))
        waited_s = self.now_s - self.waiting.pop(number)
        self.ready.pop(desk, None)
        luck = self.calls[number]
        self._waits_s.append(waited_s)
        busy_s = luck.talk_s + luck.wrap_s
        self._busy_s += min(busy_s, self._end_s - self.now_s)
        seat = self.desks[desk]
        seat.call, seat.since_s = number, self.now_s
        seat.free_s = self.now_s + busy_s
        self._talking[desk] = self.now_s
        self.after(luck.talk_s, Event.TALK_OVER, desk)
        self.tell(What.CONNECTED, waited_s)

    def _gives_up(self, number: int) -> None:
        since_s = self.waiting.pop(number, None)
        if since_s is None:
            return  # somebody took the call
        self._abandoned += 1
        self.tell(What.ABANDONED, self.now_s - since_s)

    def _talk_over(self, desk: int) -> None:
        self.tell(What.TALK_OVER, self.now_s - self._talking.pop(desk))
        self._wrapping[desk] = self.now_s
        self.after(self.calls[self.desks[desk].call].wrap_s, Event.WRAP_OVER, desk)

    def _wrap_over(self, desk: int) -> None:
        self.tell(What.WRAP_OVER, self.now_s - self._wrapping.pop(desk))
        if self.desks[desk].break_at_s <= self.now_s:
            self._leave(desk)
        else:
            self._is_ready(desk)

    def _is_ready(self, desk: int) -> None:
        if self.waiting:
            self._connect(desk)
        else:
            self.ready[desk] = None

    def _plan_break(self, desk: int) -> None:
        if not self.scenario.breaks:
            return
        after_s, lasts_s = self._breaks[desk]()
        seat = self.desks[desk]
        seat.break_at_s, seat.break_s = self.now_s + after_s, lasts_s
        self.after(after_s, Event.BREAK, desk)

    def _break(self, desk: int) -> None:
        """Leave if idle; who talks or wraps up leaves afterwards."""
        if desk in self.ready:
            del self.ready[desk]
            self._leave(desk)

    def _leave(self, desk: int) -> None:
        lasts_s = self.desks[desk].break_s
        self.desks[desk].free_s = self.now_s + lasts_s
        self._on_break += 1
        self._away_s += min(lasts_s, self._end_s - self.now_s)
        self.after(lasts_s, Event.BACK, desk)

    def _back(self, desk: int) -> None:
        self._on_break -= 1
        self._plan_break(desk)
        self._is_ready(desk)
