"""A day of telecallers in a forecast: windows, talks, wrap-ups, pauses, as events.

`core.hours` says when the day begins and ends, `core.routing` who serves whom.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import IntEnum
from heapq import heappush
from random import Random
from typing import Any

from ivr.core.hours import at_local, next_open, open_windows, zone_of
from ivr.core.law import LawFacts
from ivr.core.model import Disposition
from ivr.core.pacer import Told
from ivr.simulation.forecast.pool import Call, Pool, Seat
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.seating import Seating
from ivr.simulation.forecast.tally import Hour, Tally


class Event(IntEnum):
    """What the heap holds, in the order in which it happens at one moment."""

    TALK_OVER = 0
    WRAP_OVER = 1
    BACK = 2  # from a pause
    RESOLVES = 3  # a call stops ringing
    GREETED = 4  # ... and its greeting is over
    ASKED = 5  # a survey's question is over
    DECIDES = 6  # who was offered a telecaller
    KEPT = 7  # ... and accepted: a message is over
    GIVES_UP = 8  # the two seconds are over
    LEAVES = 9  # the flow, or the apology, is over
    PAUSE = 10
    CLOSES = 11  # the window
    OPENS = 12
    DECIDE = 13
    LEVEL = 14  # a farther centre may serve who waits
    LOOK = 15  # learn from what goes on


class Floor:
    """Where telecallers sit. What calls do is `world.World`'s."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.tally = Tally()
        self.now_s = 0.0
        self.campaign = scenario.campaign()
        self.law = LawFacts(calendar=scenario.calendar)
        self.zone = zone_of(scenario.zone)
        self.seats: list[Seat] = []
        self.seating: Seating | None = None  # of many centres in one pool
        self.pools: list[Pool] = []
        midnight = at_local(scenario.starts_on, time.min, self.zone)
        begins = next_open(self.campaign, scenario.zone, self.law, midnight)
        self.begins = begins or midnight
        self.never_opens = begins is None
        self.opened_at_s: float | None = None  # None: the window is closed
        self.opened_s = 0.0
        self.heap: list[tuple[float, Event, int, Any]] = []
        self._count = 0
        self._pause_rng = Random(f"{seed}:pauses")

    def ask(self, pool: Pool, at_s: float) -> None:
        raise NotImplementedError

    def over(self, pool: Pool, call: Call, how: Disposition) -> None:
        raise NotImplementedError

    def after(self, seconds: float, event: Event, what: Any) -> None:
        self.at(self.now_s + seconds, event, what)

    def at(self, at_s: float, event: Event, what: Any) -> None:
        self._count += 1
        heappush(self.heap, (at_s, event, self._count, what))

    def moment(self) -> datetime:
        return self.begins + timedelta(seconds=self.now_s)

    def hour(self) -> Hour:
        return self.tally.hours[int(self.now_s // 3600)]

    # The day

    def _opens(self, _: object) -> None:
        self.opened_at_s = self.now_s
        self.after(self._window_end_s() - self.now_s, Event.CLOSES, None)
        for pool in self.pools:
            for seat in pool.seats:
                seat.is_in = True
                if seat.number not in pool.talking and seat.number not in pool.wrapping:
                    self._comes(pool, seat)
                else:  # from the window before
                    self.clock(pool, 1)
                    self._plan_pause(pool, seat)
            self.ask(pool, self.now_s)
            self.after(0.0, Event.LOOK, pool)

    def _comes(self, pool: Pool, seat: Seat) -> None:
        """Have them log in within the first minutes: not all at once."""
        late_s = self.scenario.arrive_s * self._pause_rng.random()
        seat.paused_s = self.now_s
        self.after(late_s, Event.BACK, (pool, seat, self.now_s))

    def _window_end_s(self) -> float:
        now = self.moment()
        local = now.astimezone(self.zone)
        campaign = self.campaign
        windows = open_windows(campaign.windows, campaign.mode, campaign.ring_timeout)
        closes = next(w.closes for w in windows if local.time() < w.closes)
        at = at_local(local.date(), closes, self.zone)
        return (at - self.begins).total_seconds()

    def _closes(self, _: object) -> None:
        self.count_work()
        self.opened_at_s = None
        for pool in self.pools:
            pool.ready.clear()
            for seat in pool.seats:
                seat.is_in = False
                seat.since_s = self.now_s
        if any(pool.left and not pool.stopped for pool in self.pools):
            later = self.moment() + timedelta(seconds=1)
            opens = next_open(self.campaign, self.scenario.zone, self.law, later)
            if opens is not None:
                self.after(
                    (opens - self.begins).total_seconds() - self.now_s,
                    Event.OPENS,
                    None,
                )

    def count_work(self) -> None:
        """Add up the window that ends now."""
        if self.opened_at_s is None:
            return
        self.opened_s += self.now_s - self.opened_at_s
        for pool in self.pools:
            self.rest_is_over(pool)
            self.clock(pool, -pool.present)
            for seat in pool.seats:
                seat.paused_s = None

    def clock(self, pool: Pool, more: int = 0) -> None:
        """Add up the time since the last change, of those who are at work.

        `more` of them come (or leave) now.
        """
        worked_s = pool.present * (self.now_s - pool.clock_s)
        if pool.rests:
            self.tally.rest_s += worked_s
        else:
            self.tally.work_s += worked_s
        pool.clock_s = self.now_s
        pool.present += more

    def rest_begins(self, pool: Pool) -> None:
        """Nobody is to be called, and no call is up."""
        if not pool.rests:
            self.clock(pool)
            pool.rests = True

    def rest_is_over(self, pool: Pool) -> None:
        if pool.rests:
            self.clock(pool)
            pool.rests = False

    # Telecallers

    def serve(self, pool: Pool) -> None:
        """Give those who wait to those who are free."""
        seating = self.seating
        if seating is None:  # of one centre: the longest free, the longest waiting
            while pool.waiting and pool.ready:
                call = pool.waiting[next(iter(pool.waiting))]
                self._connect(pool, call, pool.by_number[next(iter(pool.ready))])
            return
        for call, number in seating.pairs(pool, self.now_s):
            self._connect(pool, call, pool.by_number[number])

    def look_again(self, what: tuple[Pool, Call]) -> None:
        """Come back when a farther level opens for who still waits."""
        pool, call = what
        if self.seating is None or call.number not in pool.waiting:
            return
        in_s = self.seating.looks_again_in_s(call, self.now_s)
        if in_s is not None:
            self.after(in_s + 1e-6, Event.LEVEL, what)

    def level(self, what: tuple[Pool, Call]) -> None:
        pool, call = what
        if call.number in pool.waiting:
            self.serve(pool)
            self.look_again(what)

    def _connect(self, pool: Pool, call: Call, seat: Seat) -> None:
        del pool.ready[seat.number], pool.waiting[call.number]
        self.tally.connected += 1
        self.hour().connected += 1
        self.tally.own += seat.centre == call.people.centre
        pool.counted(False, self.now_s)
        seat.call = call
        pool.talking[seat.number] = self.now_s
        self.after(call.talk_s, Event.TALK_OVER, (pool, seat))

    def _talk_over(self, what: tuple[Pool, Seat]) -> None:
        pool, seat = what
        talked_s = self.now_s - pool.talking.pop(seat.number)
        pool.saw(Told.TALK_OVER, talked_s, self.now_s)
        self.tally.busy_s += talked_s
        pool.wrapping[seat.number] = self.now_s
        call = seat.call
        assert call is not None
        self.after(call.wrap_s, Event.WRAP_OVER, what)
        self.over(pool, call, Disposition.TALKED)

    def _wrap_over(self, what: tuple[Pool, Seat]) -> None:
        pool, seat = what
        wrapped_s = self.now_s - pool.wrapping.pop(seat.number)
        pool.saw(Told.WRAP_UP_OVER, wrapped_s, self.now_s)
        self.tally.busy_s += wrapped_s
        if not seat.is_in:
            self.tally.work_s += self.now_s - seat.since_s  # past the window's end
        elif seat.pause_at_s <= self.now_s:
            self._leave(pool, seat)
        else:
            self._is_ready(pool, seat)

    def _is_ready(self, pool: Pool, seat: Seat) -> None:
        pool.ready[seat.number] = None
        seat.free_s = self.now_s
        self.serve(pool)
        self.ask(pool, self.now_s)

    def _plan_pause(self, pool: Pool, seat: Seat) -> None:
        every_s = self.scenario.pause_every_s
        if every_s <= 0:
            return
        after_s = every_s * self._pause_rng.uniform(2 / 3, 4 / 3)
        seat.pause_at_s = self.now_s + after_s
        self.after(after_s, Event.PAUSE, (pool, seat, seat.pause_at_s))

    def _pause(self, what: tuple[Pool, Seat, float]) -> None:
        """Leave if idle; who talks or wraps up leaves afterwards."""
        pool, seat, planned_s = what
        if seat.pause_at_s == planned_s and seat.number in pool.ready:
            del pool.ready[seat.number]
            self._leave(pool, seat)

    def _leave(self, pool: Pool, seat: Seat) -> None:
        lasts_s = self.scenario.pause_s * self._pause_rng.uniform(0.6, 1.4)
        seat.paused_s = self.now_s
        self.clock(pool, -1)
        seat.pause_at_s = float("inf")
        self.after(lasts_s, Event.BACK, (pool, seat, self.now_s))

    def _back(self, what: tuple[Pool, Seat, float]) -> None:
        pool, seat, since_s = what
        if seat.paused_s != since_s:
            return  # the day ended in between
        seat.paused_s = None
        self.clock(pool, 1)
        self._plan_pause(pool, seat)
        self._is_ready(pool, seat)
