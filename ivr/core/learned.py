"""All that pacing keeps of a campaign: estimates and abandonment account. Pure.

Whoever paces, the controller or a simulated world, folds the same facts and views
into it and asks for the same snapshots. Kept as JSON over a restart.
"""

from __future__ import annotations

from ivr.core.budget import AbandonmentBudget
from ivr.core.estimates import Estimates, Kind
from ivr.core.model import Mode, PacingDecision
from ivr.core.offer import (
    OFFER_S,
    Desks,
    LaunchSnapshot,
    OfferAccount,
    Promised,
    launch,
)
from ivr.core.pacer import Fact, Offering, PacingView, Told
from ivr.core.pacing import PacingSnapshot, decide

VERSION = 2  # 1 kept four counts

_ENDS = {
    Told.ANSWERED: Kind.ANSWERED,
    Told.BUSY: Kind.BUSY,
    Told.NO_ANSWER: Kind.NO_ANSWER,
    Told.FAILED: Kind.FAILED,
}


class Learned:
    """One campaign's. Changed in place by what it sees."""

    __slots__ = ("budget", "estimates", "offers")

    def __init__(self, cap: float) -> None:
        self.estimates = Estimates()
        self.budget = AbandonmentBudget(cap)
        self.offers = OfferAccount()

    def saw(self, fact: Fact) -> None:
        """Learn from one fact."""
        told, estimates = fact.told, self.estimates
        if told in _ENDS:
            estimates.saw_outcome(_ENDS[told], fact.seconds, fact.at_s)
        elif told in {Told.WANTED, Told.NOT_WANTED}:
            estimates.saw_flow(told is Told.WANTED)
        elif told is Told.TALK_OVER:
            estimates.saw_talk(fact.seconds, fact.at_s)
        elif told is Told.WRAP_UP_OVER:
            estimates.saw_wrap(fact.seconds, fact.at_s)
        elif told in {Told.OFFER_TAKEN, Told.OFFER_DECLINED}:
            taken = told is Told.OFFER_TAKEN
            estimates.saw_offer(fact.node, fact.segment, taken)
        elif told in {Told.SERVED, Told.MISSED}:
            self.offers = self.offers.saw(fact.seconds, told is Told.SERVED)
        else:
            self.budget = self.budget.saw_answer(told is Told.ABANDONED, fact.at_s)

    def saw_view(self, view: PacingView) -> None:
        """Learn from what goes on and has not ended yet."""
        self.estimates.saw_now(
            view.now_s, view.ringing_s, view.talking_s, view.wrapping_s
        )

    def snapshot(self, view: PacingView) -> PacingSnapshot:
        """Return what `core.pacing.decide` decides on."""
        return PacingSnapshot(
            mode=view.mode,
            estimates=self.estimates,
            budget=self.budget,
            now_s=view.now_s,
            ready=view.ready,
            talking_s=view.talking_s,
            wrapping_s=view.wrapping_s,
            ringing_s=view.ringing_s,
            flow=(self.estimates.p_want(),) * view.in_flow,
            waiting=view.waiting,
            channels_free=view.channels_free,
            campaign_channels_free=view.campaign_channels_free,
            tokens=view.tokens,
        )

    def decide(self, view: PacingView) -> PacingDecision:
        """Return how many to dial: where offers are gated, what the flow can use."""
        if view.mode is Mode.PREDICTIVE and view.offering is not None:
            return launch(self._launch(view, view.offering))
        return decide(self.snapshot(view))

    def _launch(self, view: PacingView, offering: Offering) -> LaunchSnapshot:
        accept = [self.estimates.p_accept(node) for node in offering.nodes]
        free, own = view.channels_free, view.campaign_channels_free
        return LaunchSnapshot(
            estimates=self.estimates,
            desks=Desks(view.ready, view.talking_s, view.wrapping_s),
            chance=sum(accept) / len(accept) if accept else 1.0,
            promised=(*[Promised(1.0)] * view.waiting, *offering.promised),
            in_flow=offering.undecided,
            ringing_s=view.ringing_s,
            decides_s=OFFER_S if offering.nodes else 0.0,
            channels_free=max(0, free if own is None else min(free, own)),
            tokens=view.tokens,
        )

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` understands, for a restart."""
        return {
            "version": VERSION,
            "estimates": self.estimates.to_json(),
            "budget": self.budget.to_json(),
            "offers": self.offers.level,
        }

    @classmethod
    def from_json(cls, state: object, cap: float) -> tuple[Learned, str]:
        """Return what was kept and "", or what could be read of it and why not all."""
        new = cls(cap)
        if not isinstance(state, dict) or state.get("version") != VERSION:
            return new, "what was kept is of another version: learning anew"
        new.estimates, why = Estimates.from_json(state.get("estimates"))
        new.budget, why_not = AbandonmentBudget.from_json(state.get("budget"), cap)
        why_neither = ""
        if "offers" in state:  # there was no gate once
            new.offers, why_neither = OfferAccount.from_json(state["offers"])
        return new, "; ".join(filter(None, (why, why_not, why_neither)))
