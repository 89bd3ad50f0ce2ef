"""Issabel's call centre, written anew from what its source publishes.

Source: `setup/dialer_process/dialer/CampaignProcess.class.php` (campaigns are
looked at every 3 s) and `Predictor.class.php` of IssabelFoundation/callcenter, with
predictive behaviour and overcommitment on, and its usual 97 % service.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import exp

from ivr.simulation.lab.policy import Outcome, View, What

LOOK_EVERY_S = 3.0
SAMPLES = 10  # talks before it predicts; calls before it overcommits
SERVICE = 0.97  # how sure it must be that a telecaller will have finished
ANSWER_S = 8.0  # how long people take to answer, before it has seen any
HISTORY_S = 1800.0
RATE_FLOOR = 0.20
_REACHED = frozenset({What.ANSWERED, What.MACHINE})
# To its answer rate a machine is an answer; only these are not.
_MISSED = frozenset({What.BUSY, What.FAILED, What.NO_ANSWER})


def finishing(talking_s: tuple[float, ...], answer_s: float, mean_s: float) -> int:
    """Return how many talks it takes to be over when the next person answers.

    By an Erlang distribution of one stage: 1 - exp(-t / mean). The longer somebody
    has talked, the surer it is; that the tail is heavy it does not know.
    """
    return sum(1 - exp(-(age_s + answer_s) / mean_s) >= SERVICE for age_s in talking_s)


@dataclass(slots=True)
class Issabel:
    name: str = "issabel"
    _look_at_s: float = 0.0
    _talks: int = 0
    _talk_s: float = 0.0
    _answers: int = 0
    _answer_s: float = 0.0
    _calls: deque[tuple[float, bool]] = field(default_factory=deque)  # at, answered
    _reached: int = 0  # of those

    def decide(self, view: View) -> int:
        if view.now_s < self._look_at_s:
            return 0
        self._look_at_s = view.now_s + LOOK_EVERY_S
        soon = 0
        if self._talks >= SAMPLES:
            answer_s = self._answer_s / self._answers if self._answers else ANSWER_S
            soon = finishing(view.talking_s, answer_s, self._talk_s / self._talks)
        wanted = max(0, view.ready + soon - view.waiting)
        wanted = max(0, wanted - len(view.ringing_s))
        return self._overcommitted(wanted, view.now_s)

    def saw(self, outcome: Outcome) -> None:
        if outcome.what is What.TALK_OVER:
            self._talks += 1
            self._talk_s += outcome.seconds
        elif outcome.what is What.ANSWERED:
            self._answers += 1
            self._answer_s += outcome.seconds
        if outcome.what in _REACHED:
            self._calls.append((outcome.at_s, True))
            self._reached += 1
        elif outcome.what in _MISSED:
            self._calls.append((outcome.at_s, False))

    def _overcommitted(self, wanted: int, now_s: float) -> int:
        while self._calls and self._calls[0][0] < now_s - HISTORY_S:
            self._reached -= self._calls.popleft()[1]
        if len(self._calls) < SAMPLES or not self._reached:
            return wanted
        rate = max(RATE_FLOOR, self._reached / len(self._calls))
        return round(wanted / rate)
