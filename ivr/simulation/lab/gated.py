"""Ours with the offer gate: core.offer, driven by the laboratory's survey.

It knows what the flow's author knows: how long a question and an offer last. It
learns when calls are answered, how long talks are and how many accept.
"""

from __future__ import annotations

from ivr.core.estimates import Estimates, Kind
from ivr.core.offer import (
    Desks,
    LaunchSnapshot,
    OfferAccount,
    OfferSnapshot,
    Promised,
    decide,
    launch,
    message_again,
)
from ivr.simulation.lab.policy import Outcome, View, What
from ivr.simulation.lab.survey import OFFER_S, QUESTION_S

NAME = "ours-gated"
QUESTION_MEAN_S = sum(QUESTION_S) / 2
NODE = "offer"
LOOK_EVERY_S = 0.5  # for calls to place
ROOM = 10_000  # the laboratory's trunk has a limit of its own
_KINDS = {
    What.ANSWERED: Kind.ANSWERED,
    What.MACHINE: Kind.MACHINE,
    What.BUSY: Kind.BUSY,
    What.FAILED: Kind.FAILED,
    What.NO_ANSWER: Kind.NO_ANSWER,
}


class Gated:
    """Gates the offer by the odds; calls so many that the flow has enough voters."""

    name = NAME

    def __init__(self) -> None:
        self.estimates = Estimates()
        self.account = OfferAccount()
        self._looked_s = -LOOK_EVERY_S

    def decide(self, view: View) -> int:
        self.estimates.saw_now(
            view.now_s, view.ringing_s, view.talking_s, view.wrapping_s
        )
        if view.now_s - self._looked_s < LOOK_EVERY_S:
            return 0
        self._looked_s = view.now_s
        return launch(
            LaunchSnapshot(
                self.estimates,
                _desks(view),
                self._chance(),
                self._promised(view),
                view.offerable,
                view.ringing_s,
                QUESTION_MEAN_S,
                OFFER_S,
                ROOM,
                ROOM,
            )
        ).dial

    def may_offer(self, view: View) -> bool:
        return decide(
            OfferSnapshot(
                self.estimates,
                _desks(view),
                self._chance(),
                self.account.threshold(),
                OFFER_S,
                promised=self._promised(view),
            )
        ).yes

    def message_again(self, view: View, heard_s: float) -> bool:
        ahead = view.waiting - 1
        return message_again(self.estimates, _desks(view), ahead, heard_s).yes

    def saw(self, outcome: Outcome) -> None:
        what, seconds, at_s = outcome.what, outcome.seconds, outcome.at_s
        if what in _KINDS:
            self.estimates.saw_outcome(_KINDS[what], seconds, at_s)
        elif what is What.TALK_OVER:
            self.estimates.saw_talk(seconds, at_s)
        elif what is What.WRAP_OVER:
            self.estimates.saw_wrap(seconds, at_s)
        elif what in {What.ACCEPTED, What.DECLINED}:
            self.estimates.saw_offer(NODE, "", what is What.ACCEPTED)
        elif what in {What.CONNECTED, What.ABANDONED}:
            self.account = self.account.saw(seconds, what is What.CONNECTED)

    def _chance(self) -> float:
        return self.estimates.p_accept(NODE)

    def _promised(self, view: View) -> tuple[Promised, ...]:
        chance = self._chance()
        offered = [
            Promised(chance, max(0.0, OFFER_S - age_s)) for age_s in view.promised_s
        ]
        held = [
            Promised(1.0, max(0.0, QUESTION_MEAN_S - age_s)) for age_s in view.held_s
        ]
        return (*[Promised(1.0)] * view.waiting, *held, *offered)


def _desks(view: View) -> Desks:
    return Desks(view.ready, view.talking_s, view.wrapping_s)


def policy() -> Gated:
    """Return a new one."""
    return Gated()
