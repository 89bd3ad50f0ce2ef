"""Many centres as one pool: core's routing and list turns, on a forecast's seats.

Which desks core is shown is narrowed first, to no other outcome: one that is free in
the voter's own centre wins over all others, and only a nearer one that is coming back
can make a voter wait for it, so busy desks of other divisions are left out. (All
telecallers of a scenario speak one language and have the same skills.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from ivr.core.desk import Desk
from ivr.core.list_turns import OwnBalance, turns
from ivr.core.model import Campaign, CentreCode, DeskState, TelecallerId
from ivr.core.organisation import Tree
from ivr.core.routing import Turn, Voter, assign, opens_in_s
from ivr.simulation.forecast.people import People
from ivr.simulation.forecast.pool import Call, Pool, Seat

BEGINS = datetime(2000, 1, 1, tzinfo=UTC)  # desks' times are only compared
AHEAD_S = 14.0  # when a call placed now is typically answered
FRESH_S = 60.0  # how old a chance that a desk gets free may be


class Seating:
    """One pool's. Asked who serves whom, and from whose list to dial."""

    def __init__(self, seats: Iterable[Seat], campaign: Campaign, tree: Tree) -> None:
        self._campaign = campaign
        self._tree = tree
        self._desks: dict[int, Desk] = {}
        self._near: dict[CentreCode, list[Seat]] = defaultdict(list)  # by division
        for seat in seats:
            self._near[self._division(seat.centre)].append(seat)
        self._chances: dict[tuple[DeskState, int, float], float] = {}
        self._chances_at_s = 0.0

    def _division(self, centre: CentreCode) -> CentreCode:
        above = self._tree.get(centre)
        return (above.parent if above else None) or centre

    def pairs(self, pool: Pool, now_s: float) -> list[tuple[Call, int]]:
        """Return who of those waiting is served now, and by which seat."""
        if not pool.ready or not pool.waiting:
            return []
        calls = list(pool.waiting.values())
        voters = [self._voter(call, now_s) for call in calls]
        desks = self._shown(pool, calls, now_s)
        self._forget(now_s)

        def chance_free(desk: Desk, within_s: float) -> float:
            return self._chance(pool, desk, within_s, now_s)

        found = assign(voters, desks, self._tree, chance_free)
        return [(calls[index], int(desk.telecaller_id)) for index, desk in found]

    def looks_again_in_s(self, call: Call, now_s: float) -> float | None:
        """Return when a farther level opens for who waits; None: all are open."""
        return opens_in_s(self._voter(call, now_s))

    def whose_turn(self, pool: Pool, count: int, now_s: float) -> list[People]:
        """Return from whose list each of so many calls is placed."""
        estimates = pool.learned.estimates
        free: Counter[CentreCode] = Counter()
        ages_s = np.array([now_s - since for since in pool.talking.values()])
        chances = estimates.free(ages_s, np.array([AHEAD_S]))[0]
        expected: defaultdict[CentreCode, float] = defaultdict(float)
        for number, chance in zip(pool.talking, chances, strict=True):
            expected[pool.by_number[number].centre] += float(chance)
        for number in pool.wrapping:  # it is over by then
            free[pool.by_number[number].centre] += 1
        for number in pool.ready:
            free[pool.by_number[number].centre] += 1
        rate = estimates.answer_rate()
        wanting = Counter(call.people.centre for call in pool.waiting.values())
        balances = [
            OwnBalance(
                one.centre,
                free[one.centre] + expected[one.centre],
                wanting[one.centre] + rate * pool.ringing_of[one.centre],
                one.has_due(now_s),
            )
            for one in pool.lists
        ]
        found = turns(balances, count, rate)
        return [pool.list_of[centre] for centre in found]

    def _shown(self, pool: Pool, calls: list[Call], now_s: float) -> list[Desk]:
        ready = [pool.by_number[number] for number in pool.ready]
        if len(calls) == 1:
            own = [s for s in ready if s.centre == calls[0].people.centre]
            if own:
                return [self._desk(pool, seat, now_s) for seat in own]
        shown = {seat.number: seat for seat in ready}
        for division in {self._division(call.people.centre) for call in calls}:
            shown |= {seat.number: seat for seat in self._near[division]}
        return [self._desk(pool, seat, now_s) for seat in shown.values()]

    def _desk(self, pool: Pool, seat: Seat, now_s: float) -> Desk:
        """Return the seat as core knows desks; made anew when its state is."""
        state, since_s = DeskState.PAUSED, 0.0
        if seat.number in pool.ready:
            state, since_s = DeskState.READY, seat.free_s
        elif seat.number in pool.talking:
            state, since_s = DeskState.TALKING, pool.talking[seat.number]
        elif seat.number in pool.wrapping:
            state, since_s = DeskState.WRAP_UP, pool.wrapping[seat.number]
        since = BEGINS + timedelta(seconds=since_s)
        kept = self._desks.get(seat.number)
        if kept is None or kept.state is not state or kept.since != since:
            who = TelecallerId(f"{seat.number:06}")
            kept = self._desks[seat.number] = Desk(who, seat.centre, since, state)
        return kept

    def _voter(self, call: Call, now_s: float) -> Voter:
        turn = Turn.ABANDONED if call.person.last_abandoned_at else Turn.IN_TURN
        contact = call.people.contact
        return Voter(contact, self._campaign, now_s - call.wanted_s, turn)

    def _forget(self, now_s: float) -> None:
        if now_s - self._chances_at_s > FRESH_S:
            self._chances.clear()
            self._chances_at_s = now_s

    def _chance(self, pool: Pool, desk: Desk, within_s: float, now_s: float) -> float:
        """Return core's chance; the same for ages of the same second, for a minute."""
        age_s = int(max(0.0, now_s - (desk.since - BEGINS).total_seconds()))
        key = (desk.state, age_s, round(within_s, 1))
        if key not in self._chances:
            estimates = pool.learned.estimates
            wraps = desk.state is DeskState.WRAP_UP
            asked = estimates.p_wrap_free if wraps else estimates.p_free
            self._chances[key] = asked(float(age_s), key[2])
        return self._chances[key]
