"""A world in which a voter hears a survey, and a policy gates the offer of a person.

Five questions of about 8 s; 3 of 100 hang up at each. Before the first question and
after every one the policy is asked whether to offer a telecaller now; the voter takes
3 s to decide and half accept. Who declined is not asked again. Who accepted hears the
next question until a telecaller is free, and leaves after 20 s of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.policy import Policy, Score, View, What
from ivr.simulation.lab.world import Event, World

QUESTIONS = 5
QUESTION_S = (6.0, 10.0)
HANGS_UP = 0.03  # at each question
OFFER_S = 3.0
ACCEPTS = 0.5
PATIENCE_S = 20.0


@runtime_checkable
class Gate(Protocol):
    """What a Policy has besides, if it gates the offer."""

    def may_offer(self, view: View) -> bool:
        """Return whether to offer one voter a telecaller now."""


@dataclass(slots=True)
class _Voter:
    answered_s: float
    rng: random.Random  # the voter's own: the same whichever policy meets them
    heard: int = 0  # questions
    declined: bool = False


class SurveyWorld(World):
    """Lines are held while somebody hears the survey, as while they talk."""

    def __init__(self, scenario: Scenario, policy: Policy, gate: Gate) -> None:
        super().__init__(scenario, policy)
        self._gate = gate
        self._flow: dict[int, _Voter] = {}
        self._offers: dict[int, float] = {}  # call: since

    def acts(self) -> dict[Event, Callable[[int], None]]:
        return super().acts() | {
            Event.ASKED: self._asked,
            Event.DECIDES: self._decides,
        }

    def view(self) -> View:
        flow = [one for n, one in self._flow.items() if n not in self._offers]
        return replace(
            super().view(),
            in_flow_s=tuple([self.now_s - one.answered_s for one in flow]),
            promised_s=tuple([self.now_s - since for since in self._offers.values()]),
        )

    def lines_up(self) -> int:
        return super().lines_up() + len(self._flow)

    def person_answered(self, number: int) -> None:
        rng = random.Random(f"{self.scenario.seed}:survey:{number}")
        self._flow[number] = _Voter(self.now_s, rng)
        self._go_on(number)

    def _go_on(self, number: int) -> None:
        """Offer a telecaller, or ask the next question, or say goodbye."""
        voter = self._flow[number]
        if not voter.declined and self._gate.may_offer(self.view()):
            self._offers[number] = self.now_s
            self.after(OFFER_S, Event.DECIDES, number)
        elif voter.heard < QUESTIONS:
            voter.heard += 1
            self.after(voter.rng.uniform(*QUESTION_S), Event.ASKED, number)
        else:
            self._leaves(number)

    def _asked(self, number: int) -> None:
        if self._flow[number].rng.random() < HANGS_UP:
            self._leaves(number)
        else:
            self._go_on(number)

    def _decides(self, number: int) -> None:
        del self._offers[number]
        voter = self._flow[number]
        accepts = voter.rng.random() < ACCEPTS
        age_s = self.now_s - voter.answered_s
        self.tell(What.ACCEPTED if accepts else What.DECLINED, age_s)
        if accepts:
            del self._flow[number]
            self.wants(number, PATIENCE_S)
        else:
            voter.declined = True
            self._go_on(number)

    def _leaves(self, number: int) -> None:
        voter = self._flow.pop(number)
        self.tell(What.LEFT, self.now_s - voter.answered_s)


def run(scenario: Scenario, policy: Policy) -> Score:
    """Play a scenario in the world that the policy is made for."""
    if isinstance(policy, Gate):
        return SurveyWorld(scenario, policy, policy).play()
    return World(scenario, policy).play()
