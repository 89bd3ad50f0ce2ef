"""The policies that `bench live` can drive the dial loop by, each a Pacer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.core.model import PacingDecision
from ivr.core.pacer import Fact, PacingView


@dataclass(frozen=True, slots=True)
class FixedRatio:
    """So many calls for each free telecaller, whatever becomes of them.

    1 is progressive dialling. The ladder, when it forbids predictive, is heeded by
    whoever asks: `mode` decides here too, for one call to each is what it leaves.
    """

    ratio: float

    def decide(self, view: PacingView) -> PacingDecision:
        coming = len(view.ringing_s) + view.in_flow + view.waiting
        dial = max(0, round(self.ratio * view.ready) - coming)
        room = max(0, min(dial, view.channels_free, view.tokens))
        because = f"{self.ratio:g} calls for each of {view.ready} free, {coming} out"
        return PacingDecision(room, because)

    def saw(self, fact: Fact) -> None:
        """It learns nothing."""
