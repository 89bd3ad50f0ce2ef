"""Ten centres as one pool: the laboratory's world, with core's routing in it. Seeded.

Each centre has its own telecallers and its own lists. A call is placed from the list
of the centre that will have desks to spare (core.list_turns); who answers is given
to a desk by core.routing, with its delays by level. Everything else is the world's:
the same luck, so that one group of as many telecallers is the measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from ivr.core.desk import Desk
from ivr.core.desk_forecast import desk_forecast
from ivr.core.estimates import Estimates
from ivr.core.list_turns import OwnBalance, turns
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    DeskState,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Routing,
    TelecallerId,
    TrunkName,
)
from ivr.core.organisation import Level, Tree
from ivr.core.routing import Voter, assign, opens_in_s, served_at
from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.policy import Policy
from ivr.simulation.lab.world import Event, World

BEGINS = datetime(2026, 11, 24, 10, tzinfo=UTC)
AHEAD_S = 14.0  # when a call placed now is typically answered


@dataclass(frozen=True, slots=True)
class Layout:
    """How the telecallers of a scenario are spread over centres and divisions."""

    centres: int
    divisions: int = 1

    def code(self, centre: int) -> CentreCode:
        division = centre * self.divisions // self.centres
        return CentreCode(f"S.D{division}.C{centre}")

    def tree(self) -> Tree:
        codes: dict[CentreCode, CentreCode | None] = {CentreCode("S"): None}
        for centre in range(self.centres):
            code = self.code(centre)
            division = CentreCode(code.rpartition(".")[0])
            codes |= {division: CentreCode("S"), code: division}
        return {c: Centre(c, c, c, parent) for c, parent in codes.items()}


class PooledWorld(World):
    """`play` it once; then `served` tells by level who served whom."""

    def __init__(
        self,
        scenario: Scenario,
        policy: Policy,
        layout: Layout,
        estimates: Estimates,
        routing: Routing,
    ) -> None:
        super().__init__(scenario, policy)
        self.served: Counter[Level] = Counter()
        self._estimates = estimates
        self._chance_free = desk_forecast(estimates, self._age_s)
        self._tree = layout.tree()
        self._codes = [layout.code(n) for n in range(layout.centres)]
        self._campaign = replace(CAMPAIGN, routing=routing)
        self._people = {code: _person(code) for code in self._codes}
        self._centre_of: dict[int, CentreCode] = {}  # call: whose list it is from
        self._free_since: dict[int, float] = {}  # desk
        self._seats = [
            Desk(
                TelecallerId(f"t{n:03}"),
                self._codes[n * layout.centres // scenario.telecallers],
                BEGINS,
                DeskState.READY,
            )
            for n in range(scenario.telecallers)
        ]

    # Whose list

    def _place(self, count: int) -> None:
        before = self.placed
        super()._place(count)
        placed = self.placed - before
        if placed:
            rate = self._estimates.answer_rate()
            found = turns(self._balances(), placed, rate)
            self._centre_of.update(zip(range(before, self.placed), found, strict=True))

    def _balances(self) -> list[OwnBalance]:
        free = dict.fromkeys(self._codes, 0.0)
        wanting = dict.fromkeys(self._codes, 0.0)
        for desk in self.ready:
            free[self._seats[desk].centre] += 1
        ages_s = np.array([self.now_s - since for since in self._talking.values()])
        chances = self._estimates.free(ages_s, np.array([AHEAD_S]))[0]
        for desk, chance in zip(self._talking, chances, strict=True):
            free[self._seats[desk].centre] += float(chance)
        for desk, since in self._wrapping.items():
            free[self._seats[desk].centre] += self._estimates.p_wrap_free(
                self.now_s - since, AHEAD_S
            )
        for call in self.waiting:
            wanting[self._centre_of[call]] += 1
        by_age: dict[int, float] = {}  # many calls are of the same second
        for call, since in self.ringing.items():
            if call in self._centre_of:
                age_s = int(self.now_s - since)
                if age_s not in by_age:
                    by_age[age_s] = self._estimates.p_answer(age_s, AHEAD_S)
                wanting[self._centre_of[call]] += by_age[age_s]
        return [OwnBalance(code, free[code], wanting[code]) for code in self._codes]

    # Who serves

    def wants(self, number: int, patience_s: float) -> None:
        self._wanted += 1
        self.waiting[number] = self.now_s
        self._look()
        if number in self.waiting:
            self.after(patience_s, Event.GIVES_UP, number)
            self._look_again(number)

    def _look_again(self, number: int) -> None:
        """Come back when a farther level opens for who waits."""
        if number in self.waiting:
            opens_s = opens_in_s(self._voter(number))
            if opens_s is not None:
                self.after(opens_s + 1e-6, Event.OPENS, number)

    def _opens(self, number: int) -> None:
        self._look()
        self._look_again(number)

    def acts(self) -> dict[Event, Callable[[int], None]]:
        return super().acts() | {Event.OPENS: self._opens}

    def _is_ready(self, desk: int) -> None:
        self.ready[desk] = None
        self._free_since[desk] = self.now_s
        self._look()

    def _look(self) -> None:
        """Let core's routing give free desks to those who wait."""
        if not self.ready or not self.waiting:
            return
        for desk, seat in enumerate(self._seats):
            self._seats[desk] = self._as_it_is(desk, seat)
        calls = list(self.waiting)
        voters = [self._voter(call) for call in calls]
        for index, seat in assign(voters, self._seats, self._tree, self._chance_free):
            call = calls[index]
            since = self.waiting.pop(call)
            self.waiting = {call: since, **self.waiting}  # whom `_connect` takes
            desk = int(seat.telecaller_id[1:])
            contact = voters[index].contact
            self.served[served_at(seat, contact, self._tree)] += 1
            self._connect(desk)

    def _as_it_is(self, desk: int, seat: Desk) -> Desk:
        state, since_s = DeskState.PAUSED, self.now_s
        if desk in self.ready:
            state, since_s = DeskState.READY, self._free_since.get(desk, 0.0)
        elif desk in self._talking:
            state, since_s = DeskState.TALKING, self._talking[desk]
        elif desk in self._wrapping:
            state, since_s = DeskState.WRAP_UP, self._wrapping[desk]
        return replace(seat, state=state, since=BEGINS + timedelta(seconds=since_s))

    def _voter(self, call: int) -> Voter:
        contact = self._people[self._centre_of[call]]
        return Voter(contact, self._campaign, self.now_s - self.waiting[call])

    def _age_s(self, desk: Desk) -> float:
        return self.now_s - (desk.since - BEGINS).total_seconds()


CAMPAIGN = Campaign(
    campaign_id=CampaignId("lab"),
    title_hi="",
    title_en="",
    organisation="",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.PREDICTIVE,
    flow_id=FlowId("lab"),
    lists=(ListName("lab"),),
    trunk=TrunkName("lab"),
    caller_id=PhoneNumber("+917552550100"),
)


def _person(code: CentreCode) -> Contact:
    number = PhoneNumber("+919827100000")
    return Contact(ContactId(0), ListName("lab"), number, centre=code)
