"""A forecast's voters in a survey that gates its offers, as events. Seeded.

Before the first question and after each, `core.offer` says whether this voter may be
offered a telecaller now. Who declined is not asked again. Who accepted hears a message
until a desk is free, or `core.offer` has the next question asked meanwhile; who has
none when the questions are over, or hangs up, is abandoned. docs/offer.md.
"""

from __future__ import annotations

from random import Random

from ivr.core.model import Mode
from ivr.core.offer import (
    AGAIN_S,
    KEEP_S,
    Desks,
    OfferSnapshot,
    Promised,
    decide,
    message_again,
)
from ivr.core.pacer import Told
from ivr.simulation.forecast.calls import APOLOGY_S, Calls
from ivr.simulation.forecast.floor import Event
from ivr.simulation.forecast.pool import OFFER_NODE, Call, Pool, Seat
from ivr.simulation.forecast.scenario import Scenario, Survey, mean_s
from ivr.simulation.population import Kind


class Surveyed(Calls):
    """Calls that hear a survey first, where the scenario has one."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(scenario, seed)
        self._luck = f"{seed}:survey"
        self._rngs: dict[int, Random] = {}  # each voter's own: call n is as lucky
        survey = scenario.survey
        self._question_s = 0.0 if survey is None else mean_s(survey.question)

    @property
    def _survey(self) -> Survey:
        assert self.scenario.survey is not None
        return self.scenario.survey

    def greeted(self, what: tuple[Pool, Call]) -> None:
        pool, call = what
        if self.scenario.survey is None or call.kind is not Kind.PERSON:
            super().greeted(what)
            return
        self._rngs[call.number] = Random(f"{self._luck}:{call.number}")
        pool.undecided += 1
        self._go_on(what)

    def _go_on(self, what: tuple[Pool, Call]) -> None:
        """Offer a telecaller, or ask the next question, or say goodbye."""
        pool, call = what
        if not call.declined and self._may_offer(pool):
            pool.undecided -= 1
            due_s = self.now_s + self._survey.offer_s
            pool.promised[call.number] = (self._chance(pool), due_s)
            self.at(due_s, Event.DECIDES, what)
        elif call.heard < self._survey.questions:
            self._ask(what)
        else:
            self._done(what)

    def _may_offer(self, pool: Pool) -> bool:
        if self.opened_at_s is None:
            return False  # who still talks goes home afterwards
        promised = [Promised(1.0)] * len(pool.waiting)
        return decide(
            OfferSnapshot(
                estimates=pool.learned.estimates,
                desks=self._desks(pool),
                chance=self._chance(pool),
                threshold=pool.learned.offers.threshold(),
                needed_in_s=self._survey.offer_s,
                promised=(*promised, *pool.promises(self.now_s)),
            )
        ).yes

    def _chance(self, pool: Pool) -> float:
        return pool.learned.estimates.p_accept(OFFER_NODE)

    def _desks(self, pool: Pool) -> Desks:
        view = pool.view(Mode.PREDICTIVE, self.now_s, 0, 0)
        return Desks(view.ready, view.talking_s, view.wrapping_s)

    def _ask(self, what: tuple[Pool, Call]) -> None:
        _, call = what
        call.heard += 1
        lasts_s = self._survey.question.draw(self._rngs[call.number])
        self.after(lasts_s, Event.ASKED, what)

    def asked(self, what: tuple[Pool, Call]) -> None:
        """A question is over; some hang up at it."""
        pool, call = what
        stays = self._rngs[call.number].random() >= self._survey.hangs_up
        if pool.held.pop(call.number, None) is not None:
            del pool.promised[call.number]
            if stays:
                self._wait(what)
            else:
                self._is_lost(what, 0.0)
        elif stays:
            self._go_on(what)
        else:
            self._done(what)

    def decides(self, what: tuple[Pool, Call]) -> None:
        """Who was offered a telecaller accepts, or goes on."""
        pool, call = what
        del pool.promised[call.number]
        told = Told.OFFER_TAKEN if call.wants else Told.OFFER_DECLINED
        pool.saw(told, 0.0, self.now_s, OFFER_NODE)
        if not call.wants:
            call.declined = True
            self._go_on(what)
            return
        pool.in_flow -= 1
        self.tally.wanted += 1
        pool.saw(Told.WANTED, 0.0, self.now_s)
        call.wanted_s = self.now_s
        self._wait(what)

    def _wait(self, what: tuple[Pool, Call]) -> None:
        """Give who accepted a telecaller, or a message while they wait for one."""
        pool, call = what
        pool.waits(call)
        self.serve(pool)
        if call.number in pool.waiting:
            self.look_again(what)
            self.after(KEEP_S, Event.KEPT, (pool, call, KEEP_S))

    def kept(self, what: tuple[Pool, Call, float]) -> None:
        """A message is over: once more, or the next question, or they are lost."""
        pool, call, lasted_s = what
        if call.number not in pool.waiting:
            return  # somebody took the call
        call.messages_s += lasted_s
        ahead = list(pool.waiting).index(call.number)
        estimates = pool.learned.estimates
        if message_again(estimates, self._desks(pool), ahead, call.messages_s).yes:
            self.after(AGAIN_S, Event.KEPT, (pool, call, AGAIN_S))
            return
        del pool.waiting[call.number]
        if call.heard < self._survey.questions:
            pool.held[call.number] = call
            pool.promised[call.number] = (1.0, self.now_s + self._question_s)
            self._ask((pool, call))
        else:
            self._is_lost((pool, call), APOLOGY_S)

    def _connect(self, pool: Pool, call: Call, seat: Seat) -> None:
        super()._connect(pool, call, seat)
        if self._rngs.pop(call.number, None) is not None:
            pool.saw(Told.SERVED, self.now_s - call.wanted_s, self.now_s)

    def _is_lost(self, what: tuple[Pool, Call], leaves_in_s: float) -> None:
        pool, call = what
        del self._rngs[call.number]
        self.abandon(pool, call)
        pool.saw(Told.MISSED, self.now_s - call.wanted_s, self.now_s)
        self.after(leaves_in_s, Event.LEAVES, what)
        self.ask(pool, self.now_s)

    def _done(self, what: tuple[Pool, Call]) -> None:
        """The voter has no telecaller, and wants none."""
        pool, call = what
        del self._rngs[call.number]
        pool.undecided -= not call.declined
        self.goes_without(what)
