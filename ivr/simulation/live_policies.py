"""The policies that `bench live` can drive the dial loop by, each a Pacer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.core.model import Mode, PacingDecision
from ivr.core.pacer import Fact, PacingView, Told
from ivr.simulation.lab.issabel import Issabel
from ivr.simulation.lab.policy import Outcome, Policy, View, What
from ivr.simulation.lab.vicidial import Method, adaptive

# The bench's clock says noon; ViciDial's latest time is 21:00.
HOURS_LEFT = 9.0

_WHAT: Mapping[Told, What] = {
    Told.ANSWERED: What.ANSWERED,
    Told.BUSY: What.BUSY,
    Told.NO_ANSWER: What.NO_ANSWER,
    Told.FAILED: What.FAILED,
    Told.CONNECTED: What.CONNECTED,
    Told.ABANDONED: What.ABANDONED,
    Told.TALK_OVER: What.TALK_OVER,
    Told.WRAP_UP_OVER: What.WRAP_OVER,
}


@dataclass(frozen=True, slots=True)
class FixedRatio:
    """So many calls for each free telecaller; 1 is progressive dialling.

    Once the ladder forbids predictive, it is one, or none.
    """

    ratio: float

    def decide(self, view: PacingView) -> PacingDecision:
        if view.mode is Mode.PREVIEW:
            return PacingDecision(0, "preview: only when a telecaller asks")
        ratio = self.ratio if view.mode is Mode.PREDICTIVE else min(1.0, self.ratio)
        coming = len(view.ringing_s) + view.in_flow + view.waiting
        dial = max(0, round(ratio * view.ready) - coming)
        because = f"{ratio:g} calls for each of {view.ready} free, {coming} out"
        return PacingDecision(_within(dial, view), because)

    def saw(self, fact: Fact) -> None:
        """It learns nothing."""


@dataclass(slots=True)
class Borrowed:
    """A policy of the laboratory: sees and is told what it is there.

    Once the ladder forbids predictive, it is not asked. They launch all at once every
    few seconds; what the trunk's rate does not take at once follows by the tick.
    """

    policy: Policy
    _left: int = 0  # of the last launch
    _begun_s: float | None = None
    _answered: int = 0
    _abandoned: int = 0
    _one_to_one: FixedRatio = field(default_factory=lambda: FixedRatio(1.0))

    def decide(self, view: PacingView) -> PacingDecision:
        if view.mode is not Mode.PREDICTIVE:
            return self._one_to_one.decide(view)
        seen = View(
            now_s=self._since(view.now_s),
            ready=view.ready,
            talking_s=view.talking_s,
            wrapping_s=view.wrapping_s,
            ringing_s=view.ringing_s,
            # Whoever is on the way to a telecaller waits for one, to them.
            waiting=view.in_flow + view.waiting,
            logged_in=view.logged_in,
            answered=self._answered,
            abandoned=self._abandoned,
        )
        self._left = self.policy.decide(seen) or self._left
        because = f"{self.policy.name} wants {self._left}"
        dial = _within(self._left, view)
        self._left -= dial
        return PacingDecision(dial, because)

    def saw(self, fact: Fact) -> None:
        self._answered += fact.told is Told.ANSWERED
        self._abandoned += fact.told is Told.ABANDONED
        what = _WHAT.get(fact.told)
        if what is not None:
            self.policy.saw(Outcome(what, fact.seconds, self._since(fact.at_s)))

    def _since(self, at_s: float) -> float:
        """Their clocks begin with the campaign."""
        if self._begun_s is None:
            self._begun_s = at_s
        return at_s - self._begun_s


def vicidial(method: Method) -> Borrowed:
    return Borrowed(adaptive(method, HOURS_LEFT))


def issabel() -> Borrowed:
    return Borrowed(Issabel())


def _within(dial: int, view: PacingView) -> int:
    own = view.campaign_channels_free
    room = view.channels_free if own is None else min(own, view.channels_free)
    return max(0, min(dial, room, view.tokens))
