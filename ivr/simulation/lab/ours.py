"""Samvad's own pacing in the laboratory: the very core that dials, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.core.estimates import Kind
from ivr.core.learned import Learned
from ivr.core.model import Mode
from ivr.core.pacing import PacingSnapshot, decide
from ivr.simulation.lab.policy import Outcome, View, What

CAP = 0.03
NO_LIMIT = 1_000_000  # the world's trunk limits by itself

_ENDS = {
    What.ANSWERED: Kind.ANSWERED,
    What.MACHINE: Kind.MACHINE,
    What.BUSY: Kind.BUSY,
    What.FAILED: Kind.FAILED,
    What.NO_ANSWER: Kind.NO_ANSWER,
}


@dataclass(slots=True)
class Ours:
    """One campaign's, in predictive mode and with no history."""

    name: str = "ours"
    learned: Learned = field(default_factory=lambda: Learned(CAP))

    def decide(self, view: View) -> int:
        learned = self.learned
        learned.estimates.saw_now(
            view.now_s, view.ringing_s, view.talking_s, view.wrapping_s
        )
        snapshot = PacingSnapshot(
            mode=Mode.PREDICTIVE,
            estimates=learned.estimates,
            budget=learned.budget,
            now_s=view.now_s,
            ready=view.ready,
            talking_s=view.talking_s,
            wrapping_s=view.wrapping_s,
            ringing_s=view.ringing_s,
            waiting=view.waiting,
            channels_free=NO_LIMIT,
            tokens=NO_LIMIT,
        )
        return decide(snapshot).dial

    def saw(self, outcome: Outcome) -> None:
        what, learned = outcome.what, self.learned
        if what in _ENDS:
            learned.estimates.saw_outcome(_ENDS[what], outcome.seconds, outcome.at_s)
        elif what is What.TALK_OVER:
            learned.estimates.saw_talk(outcome.seconds, outcome.at_s)
        elif what is What.WRAP_OVER:
            learned.estimates.saw_wrap(outcome.seconds, outcome.at_s)
        elif what in {What.CONNECTED, What.ABANDONED}:
            learned.budget = learned.budget.saw_answer(
                what is What.ABANDONED, outcome.at_s
            )


def policy() -> Ours:
    return Ours()
