"""One forecast, played: people, calls and telecallers as events, the core as it is.

`core.pacing` (in a survey `core.offer`) decides how many calls to place, by the view
and the facts that the controller would give it; `core.compliance` whether a person may
be called, `core.retry` when again, `core.hours` when the day begins and ends,
`core.abandonment` in which mode, `core.routing` who serves. Nothing here waits and
nothing is called.

A decision is asked for after every event that makes room for a call, but not more
often than `Step` says: see docs/simulate.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop

from ivr.core.learned import Learned
from ivr.core.model import Campaign, CentreCode, Mode, Refused
from ivr.core.rates import TokenBucket
from ivr.simulation.forecast.floor import Event
from ivr.simulation.forecast.people import People
from ivr.simulation.forecast.pool import Pool, Seat, pool_id
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.seating import Seating
from ivr.simulation.forecast.surveyed import Surveyed
from ivr.simulation.forecast.tally import Run


@dataclass(frozen=True, slots=True)
class Step:
    """How finely pacing is played. Seconds."""

    gap_s: float  # the least time between two decisions of a pool
    quiet_s: float  # the most, while the odds may allow a call
    # The least between two looks at what goes on. None: pacing learns from ends alone,
    # which is a little later, and too late for a large pool, which dials in bursts.
    look_s: float | None


SMALL = Step(1.0, 4.0, 4.0)
# Where a survey gates its offers; coarser, telecallers are a point less busy.
SURVEY = Step(0.5, 1.0, 2.0)
# As one of very many: docs/simulate.md tells what that changes.
SMALL_OF_MANY = Step(3.0, 8.0, None)
# A large pool dials in bursts if it decides seldom, and its first answers decide
# whether it may go on.
FIRST, FIRST_ANSWERS = Step(0.25, 1.0, 0.5), 2000
LARGE = Step(0.5, 1.0, 1.0)
LOOK_S = 4.9  # core takes a look of 5 s ago for none (estimates.LONGEST_LOOK_S)
MANY = 30  # telecallers of a pool
VERY_MANY = 60  # of a scenario


def step_of(pool: Pool, telecallers: int) -> Step:
    """Return how finely a pool is played now, so that a day of all of them ends."""
    if len(pool.seats) <= MANY and pool.has_survey and telecallers <= VERY_MANY:
        return SURVEY
    if len(pool.seats) <= MANY:
        return SMALL if telecallers <= VERY_MANY else SMALL_OF_MANY
    return FIRST if pool.counts.answered_30d < FIRST_ANSWERS else LARGE


class World(Surveyed):
    """One run of a scenario. `play` it once."""

    def __init__(
        self, scenario: Scenario, seed: int, days: float, step: Step | None = None
    ) -> None:
        super().__init__(scenario, seed)
        self.seed = seed
        self._step = step
        self.trunk = scenario.trunk()
        self._end_s = days * 86400.0
        self._tokens = TokenBucket.full(
            scenario.calls_per_s,
            self.begins,
            burst=max(1.0, scenario.calls_per_s * LARGE.gap_s),
        )
        self.pools = self._pools()

    def _pools(self) -> list[Pool]:
        scenario = self.scenario
        lists: list[People] = []
        seats: list[Seat] = []
        sizes = scenario.list_sizes()
        for code, has in scenario.centres.items():
            lists.append(self._people(sizes[code], code))
            first = len(seats)
            seats += [Seat(first + n, code) for n in range(has)]
        self.seats = seats
        if scenario.pooled and len(lists) > 1:
            self.seating = Seating(seats, self.campaign, scenario.tree)
        if scenario.pooled or len(lists) == 1:
            return [self._pool(self.campaign, lists, seats)]
        return [
            self._pool(
                replace(self.campaign, campaign_id=pool_id(self.campaign, one.centre)),
                [one],
                [seat for seat in seats if seat.centre == one.centre],
            )
            for one in lists
        ]

    def _pool(self, campaign: Campaign, lists: list[People], seats: list[Seat]) -> Pool:
        has_survey = self.scenario.survey is not None
        return Pool(campaign, self._learned(), lists, seats, has_survey)

    def _learned(self) -> Learned:
        cap = self.scenario.caps.abandonment_target
        if self.scenario.known is None:
            return Learned(cap)
        return Learned.from_json(self.scenario.known, cap)[0]

    def _people(self, count: int, code: CentreCode) -> People:
        return People(
            count,
            code,
            self.campaign,
            self.trunk,
            self.law,
            self.begins,
            self.scenario.zone,
        )

    # The heap

    def play(self) -> Run:
        """Play until the list is done, or the days are over."""
        if not self.never_opens:
            self.after(0.0, Event.OPENS, None)
        acts: dict[Event, Callable[..., None]] = {
            Event.TALK_OVER: self._talk_over,
            Event.WRAP_OVER: self._wrap_over,
            Event.BACK: self._back,
            Event.RESOLVES: self.resolves,
            Event.GREETED: self.greeted,
            Event.ASKED: self.asked,
            Event.DECIDES: self.decides,
            Event.KEPT: self.kept,
            Event.GIVES_UP: self.gives_up,
            Event.LEAVES: self.leaves,
            Event.PAUSE: self._pause,
            Event.CLOSES: self._closes,
            Event.OPENS: self._opens,
            Event.DECIDE: self._decide,
            Event.LOOK: self._look,
            Event.LEVEL: self.level,
        }
        heap = self.heap
        while heap and heap[0][0] <= self._end_s and self.finished_s is None:
            self.now_s, kind, _, what = heappop(heap)
            acts[kind](what)
        return self._run()

    # Deciding and dialling

    def ask(self, pool: Pool, at_s: float) -> None:
        """Have a decision made then, if none is due before."""
        at_s = max(at_s, pool.decided_s + self.step(pool).gap_s)
        if pool.asked_s <= self.now_s or at_s < pool.asked_s:
            pool.asked_s = at_s
            self.at(at_s, Event.DECIDE, pool)

    def _decide(self, pool: Pool) -> None:
        now_s = self.now_s
        if pool.asked_s != now_s or self.opened_at_s is None or pool.stopped:
            return  # an earlier one took its place
        pool.asked_s, pool.decided_s = -1.0, now_s
        if not pool.has_due(now_s):
            self._nobody_is_due(pool)
            return
        mode = pool.mode()
        if isinstance(mode, Refused):
            pool.stopped = mode.rule
            return
        if mode is Mode.PROGRESSIVE and pool.spare <= 0:
            self.rest_is_over(pool)
            return  # as it would be decided, until something happens
        self._learn(pool, self.step(pool).look_s)
        free = max(0, self.scenario.lines - self.lines_up)
        tokens = self._tokens.available(self.moment())
        wanted = self._wanted(pool, mode, free, tokens)
        placed = self._place(pool, wanted)
        if not pool.has_due(now_s) and not placed:  # the law put them all off
            self._nobody_is_due(pool)
            return
        self.rest_is_over(pool)
        if placed or not tokens:
            self.ask(pool, now_s + self.step(pool).gap_s)
        elif mode is Mode.PREDICTIVE:  # its odds change with time, others' do not
            self.ask(pool, now_s + self.step(pool).quiet_s)

    def _wanted(self, pool: Pool, mode: Mode, free: int, tokens: int) -> int:
        if mode is Mode.PREVIEW:  # whoever is free asks for a dial
            return max(0, min(pool.spare, free, tokens))
        if not (free and tokens):
            return 0  # as it would be decided
        self.tally.decisions += 1
        view = pool.view(mode, self.now_s, free, tokens)
        return pool.learned.decide(view).dial

    def step(self, pool: Pool) -> Step:
        return self._step or step_of(pool, len(self.seats))

    def _look(self, pool: Pool) -> None:
        """Look, if no decision has come to it in time."""
        if self.opened_at_s is not None and self.step(pool).look_s is not None:
            self._learn(pool, LOOK_S)
            self.at(pool.looked_s + LOOK_S, Event.LOOK, pool)

    def _learn(self, pool: Pool, least_s: float | None) -> None:
        """Learn from what goes on, as the controller does before it decides."""
        if least_s is not None and self.now_s >= pool.looked_s + least_s:
            pool.looks(self.now_s)

    def _nobody_is_due(self, pool: Pool) -> None:
        dues = [at for one in pool.lists if (at := one.due_at_s()) is not None]
        if dues:
            self.ask(pool, max(min(dues), self.now_s + self.step(pool).gap_s))
        if not pool.up:
            self.rest_begins(pool)

    def _place(self, pool: Pool, count: int) -> int:
        placed = 0
        if count <= 0:
            return 0
        law = replace(self.law, abandonment=pool.counts)
        for people in self._whose_turn(pool, count):
            person = people.take(self.now_s, law)
            if person is not None:
                self.dial(pool, people, person)
                placed += 1
        self._tokens, _ = self._tokens.take(self.moment(), placed)
        return placed

    def _whose_turn(self, pool: Pool, count: int) -> list[People]:
        if self.seating is None:
            return [pool.lists[0]] * count
        return self.seating.whose_turn(pool, count, self.now_s)

    # The end

    def _run(self) -> Run:
        tally = self.tally
        self.count_work()
        lists = [people for pool in self.pools for people in pool.lists]
        done = sum(sum(people.done.values()) for people in lists)
        return Run(
            seed=self.seed,
            people=self.scenario.people,
            done=done,
            finished_s=self.finished_s,
            opened_s=self.opened_s,
            placed=tally.placed,
            ended=tally.ended,
            up=self.lines_up,
            answered=tally.answered,
            wanted=tally.wanted,
            connected=tally.connected,
            abandoned=tally.abandoned,
            busy_s=tally.busy_s,
            work_s=tally.work_s,
            rest_s=tally.rest_s,
            most_lines=tally.most_lines,
            line_s=tally.line_s,
            decisions=tally.decisions,
            own=tally.own,
            stopped=self._stopped(),
            ends=dict(tally.ends),
            hours=dict(tally.hours),
        )

    def _stopped(self) -> str:
        """Return why dialling stopped for good, and in how many pools; or ""."""
        stopped = [pool.stopped for pool in self.pools if pool.stopped]
        if not stopped:
            return ""
        if len(self.pools) == 1:
            return stopped[0]
        return f"{len(stopped)} of {len(self.pools)} centres: {stopped[0]}"
