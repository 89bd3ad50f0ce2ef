"""So many calls for each free telecaller, whatever becomes of them."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.simulation.lab.policy import Outcome, View


@dataclass(slots=True)
class FixedRatio:
    """A ratio of 1 is progressive dialling: one call for one free telecaller."""

    ratio: float
    name: str

    def decide(self, view: View) -> int:
        coming = len(view.ringing_s) + view.waiting
        return max(0, round(self.ratio * view.ready) - coming)

    def saw(self, outcome: Outcome) -> None:
        """It learns nothing."""


def progressive() -> FixedRatio:
    return FixedRatio(1.0, "progressive")


def ratio2() -> FixedRatio:
    return FixedRatio(2.0, "ratio2")
