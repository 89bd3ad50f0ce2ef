"""Asks core whether a voter may be offered a telecaller now, and who was promised one.

A promise is counted in every later decision until it is kept, declined or the call is
over. Decides nothing: core.offer does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock
from ivr.core.call import CallState
from ivr.core.flow_graph import gated
from ivr.core.flow_model import (
    Flow,
    FlowEvent,
    MayOffer,
    OfferAllowed,
    OfferAnswered,
    OfferHeld,
    When,
)
from ivr.core.learned import Learned
from ivr.core.model import CallId, Campaign
from ivr.core.offer import OFFER_S, Desks, OfferSnapshot, Promised, decide
from ivr.core.pacer import Fact, Offering, PacingView, Told

log = structlog.get_logger(__name__)

ViewOf = Callable[[Campaign], PacingView]
LearnedOf = Callable[[Campaign], Learned]
Tell = Callable[[Fact], None]
HasDesk = Callable[[CallId], bool]  # one reserved for the call


@dataclass(slots=True)
class _Promise:
    live: LiveCall
    chance: float
    due_s: float  # on the steady clock: when they can take one


class Offers:
    """The gate of every campaign. One for a controller."""

    def __init__(
        self,
        clock: Clock,
        *,
        view_of: ViewOf,
        learned_of: LearnedOf,
        tell: Tell,
        has_desk: HasDesk,
    ) -> None:
        self._clock = clock
        self._view_of = view_of
        self._learned_of = learned_of
        self._tell = tell
        self._has_desk = has_desk
        self._promises: dict[CallId, _Promise] = {}
        self._declined: set[CallId] = set()  # of the calls in a flow

    def may_offer(self, live: LiveCall, command: MayOffer) -> FlowEvent:
        """Return whether this voter may be offered a telecaller; yes is a promise.

        For whom a desk is reserved since the dial, it is yes.
        """
        if self._has_desk(live.call.call_id):
            return OfferAllowed()
        learned, now_s = self._learned_of(live.campaign), self._clock.steady_s()
        view = self._view_of(live.campaign)
        segment = live.due.contact.district
        chance = 1.0
        if command.asks:
            chance = learned.estimates.p_accept(command.node, segment)
        is_free_only = command.when is When.FREE
        decision = decide(
            OfferSnapshot(
                estimates=learned.estimates,
                desks=Desks(view.ready, view.talking_s, view.wrapping_s),
                chance=chance,
                threshold=0.0 if is_free_only else learned.offers.threshold(),
                needed_in_s=OFFER_S if command.asks else 0.0,
                promised=(
                    *(Promised(1.0) for _ in range(view.waiting)),
                    *self._others(live.call.call_id, now_s),
                ),
            )
        )
        log.debug(
            "Offer asked for",
            call_id=live.call.call_id,
            node=command.node,
            yes=decision.yes,
            because=decision.because,
        )
        if not decision.yes:
            return OfferHeld()
        due_s = now_s + (OFFER_S if command.asks else 0.0)
        self._promises[live.call.call_id] = _Promise(live, chance, due_s)
        return OfferAllowed()

    def answered(self, live: LiveCall, command: OfferAnswered) -> None:
        """Learn whether an offer was taken; who declined is promised nothing."""
        told = Told.OFFER_TAKEN if command.accepted else Told.OFFER_DECLINED
        self._tell(
            Fact(
                live.campaign.campaign_id,
                told,
                at_s=self._clock.steady_s(),
                node=command.node,
                segment=live.due.contact.district,
            )
        )
        if command.accepted:
            self.promised(live)
        else:
            self.over(live)
            self._declined.add(live.call.call_id)

    def promised(self, live: LiveCall) -> None:
        """Count that the voter has accepted, and is to have a telecaller now."""
        promise = _Promise(live, 1.0, self._clock.steady_s())
        self._promises[live.call.call_id] = promise

    def offering(
        self, campaign: Campaign, flow: Flow, calls: Iterable[LiveCall]
    ) -> Offering | None:
        """Return what a campaign's flow offers, for pacing; None if it asks no gate."""
        nodes = gated(flow)
        if not nodes:
            return None
        undecided = sum(
            one.state is CallState.IN_FLOW
            and one.call.wanted_at is None
            and one.call.call_id not in self._promises
            and one.call.call_id not in self._declined
            for one in calls
            if one.campaign.campaign_id == campaign.campaign_id
        )
        asking = tuple(name for name, node in nodes if node.offer_say)
        promised = tuple(self._others(None, self._clock.steady_s()))
        return Offering(asking, promised, undecided)

    def left(self, live: LiveCall) -> None:
        """Forget all of a call that left its flow."""
        self.over(live)
        self._declined.discard(live.call.call_id)

    def over(self, live: LiveCall) -> None:
        """Forget the promise: it was kept, declined or cannot be kept."""
        self._promises.pop(live.call.call_id, None)

    def _others(self, call_id: CallId | None, now_s: float) -> list[Promised]:
        """Return what is promised to others who do not wait in the queue.

        Of whatever campaign: they may share desks, and counting too many errs on the
        side of the next question.
        """
        ended = [
            key
            for key, promise in self._promises.items()
            if promise.live.state in (CallState.ENDED, CallState.TALKING)
        ]
        for key in ended:
            del self._promises[key]
        return [
            Promised(promise.chance, max(0.0, promise.due_s - now_s))
            for key, promise in self._promises.items()
            if key != call_id and promise.live.state is not CallState.WAITING
        ]
