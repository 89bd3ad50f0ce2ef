"""A world in which a voter hears a survey, and a policy gates the offer of a person.

Five questions of about 8 s; 3 of 100 hang up at each. Before the first question and
after every one the policy is asked whether to offer a telecaller now; the voter takes
3 s to decide and half accept. Who declined is not asked again. Who accepted hears a
message until a telecaller is free; if that takes longer, the policy has it go on or
gives the next question, and they are connected after it. 3 of 100 hang up at that
question as at any other, and are lost; so is who has heard messages for 20 s in all.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ivr.core.offer import AGAIN_S, KEEP_S
from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.policy import Policy, Score, View, What
from ivr.simulation.lab.world import Event, World

QUESTIONS = 5
QUESTION_S = (6.0, 10.0)
HANGS_UP = 0.03  # at each question
OFFER_S = 3.0
ACCEPTS = 0.5
MESSAGE_S = KEEP_S
PATIENCE_S = 20.0


@runtime_checkable
class Gate(Protocol):
    """What a Policy has besides, if it gates the offer."""

    def may_offer(self, view: View) -> bool:
        """Return whether to offer one voter a telecaller now."""

    def message_again(self, view: View, heard_s: float) -> bool:
        """Return whether one who waits hears a message again, or a question.

        `heard_s`: how long they heard messages.
        """


@dataclass(slots=True)
class _Voter:
    answered_s: float
    rng: random.Random  # the voter's own: the same whichever policy meets them
    heard: int = 0  # questions
    declined: bool = False
    accepted_s: float | None = None
    since_s: float = 0.0  # a message or question began
    messages_s: float = 0.0  # heard since they accepted
    questions_s: float = 0.0  # the same


class SurveyWorld(World):
    """Lines are held while somebody hears the survey, as while they talk."""

    def __init__(self, scenario: Scenario, policy: Policy, gate: Gate) -> None:
        super().__init__(scenario, policy)
        self._gate = gate
        self._flow: dict[int, _Voter] = {}
        self._offers: dict[int, float] = {}  # call: since
        self._kept: dict[int, _Voter] = {}  # who accepted and waits or is held
        self._message_s = self._question_s = self._waited_s = 0.0

    def acts(self) -> dict[Event, Callable[[int], None]]:
        return super().acts() | {
            Event.ASKED: self._asked,
            Event.DECIDES: self._decides,
            Event.KEPT: self._message_over,
        }

    def view(self) -> View:
        now_s = self.now_s
        flow = [one for n, one in self._flow.items() if n not in self._offers]
        held = [one for n, one in self._kept.items() if n not in self.waiting]

        def ages(since: dict[int, float]) -> tuple[float, ...]:
            # Who asked for a break is not free afterwards, and has said so.
            return tuple(
                now_s - at_s
                for n, at_s in since.items()
                if self.desks[n].break_at_s > now_s
            )

        return replace(
            super().view(),
            talking_s=ages(self._talking),
            wrapping_s=ages(self._wrapping),
            in_flow_s=tuple([now_s - one.answered_s for one in flow]),
            promised_s=tuple([now_s - since for since in self._offers.values()]),
            held_s=tuple([now_s - one.since_s for one in held]),
            offerable=sum(not one.declined for one in flow),
        )

    def lines_up(self) -> int:
        held = len(self._kept) - len(self.waiting)
        return super().lines_up() + len(self._flow) + held

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
            self._ask(number, voter)
        else:
            self._leaves(number)

    def _ask(self, number: int, voter: _Voter) -> None:
        voter.heard += 1
        voter.since_s = self.now_s
        self.after(voter.rng.uniform(*QUESTION_S), Event.ASKED, number)

    def _asked(self, number: int) -> None:
        kept = self._kept.get(number)
        voter = kept or self._flow[number]
        hangs_up = voter.rng.random() < HANGS_UP
        if kept is not None:
            kept.questions_s += self.now_s - kept.since_s
            if hangs_up:
                self._is_lost(number, kept)
            else:
                self._wait(number, kept)
        elif hangs_up:
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
            self._wanted += 1
            voter.accepted_s = self.now_s
            self._kept[number] = voter
            self._wait(number, voter)
        else:
            voter.declined = True
            self._go_on(number)

    def _wait(self, number: int, voter: _Voter) -> None:
        """Give who accepted a telecaller, or a message while they wait for one."""
        voter.since_s = self.now_s
        self.waiting[number] = _accepted_s(voter)
        # Who is back from a question has waited longer than who accepted since.
        self.waiting = dict(sorted(self.waiting.items(), key=lambda one: one[1]))
        if self.ready:
            self._connect(next(iter(self.ready)))
        else:
            self._message(number, voter, MESSAGE_S)

    def _message(self, number: int, voter: _Voter, lasts_s: float) -> None:
        voter.since_s = self.now_s
        left_s = PATIENCE_S - voter.messages_s
        if voter.heard < QUESTIONS and left_s > lasts_s:
            self.after(lasts_s, Event.KEPT, number)
        else:
            self.after(max(0.0, left_s), Event.GIVES_UP, number)

    def _message_over(self, number: int) -> None:
        if number not in self.waiting:
            return  # somebody took the call
        voter = self._kept[number]
        self._heard_message(voter)
        if self._gate.message_again(self.view(), voter.messages_s):
            self._message(number, voter, AGAIN_S)
        else:
            del self.waiting[number]
            self._ask(number, voter)

    def _heard_message(self, voter: _Voter) -> None:
        voter.messages_s += self.now_s - voter.since_s

    def _waited(self, voter: _Voter) -> float:
        """Count how somebody's wait was spent, now that it is over."""
        waited_s = self.now_s - _accepted_s(voter)
        self._waited_s += waited_s
        self._message_s += voter.messages_s
        self._question_s += voter.questions_s
        return waited_s

    def _connect(self, desk: int) -> None:
        number = next(iter(self.waiting))
        voter = self._kept.pop(number)
        self._heard_message(voter)
        self._waited(voter)
        super()._connect(desk)

    def _gives_up(self, number: int) -> None:
        if self.waiting.pop(number, None) is None:
            return  # somebody took the call
        self._heard_message(self._kept[number])
        self._is_lost(number, self._kept[number])

    def _is_lost(self, number: int, voter: _Voter) -> None:
        """Count who accepted, and left before a telecaller came."""
        del self._kept[number]
        self._abandoned += 1
        self.tell(What.ABANDONED, self._waited(voter))

    def _leaves(self, number: int) -> None:
        voter = self._flow.pop(number)
        self.tell(What.LEFT, self.now_s - voter.answered_s)

    def _score(self) -> Score:
        # Who still waits at the end counts neither way.
        return replace(
            super()._score(),
            waited_s=self._waited_s,
            message_s=self._message_s,
            question_s=self._question_s,
        )


def _accepted_s(voter: _Voter) -> float:
    return voter.answered_s if voter.accepted_s is None else voter.accepted_s


def run(scenario: Scenario, policy: Policy) -> Score:
    """Play a scenario in the world that the policy is made for."""
    if isinstance(policy, Gate):
        return SurveyWorld(scenario, policy, policy).play()
    return World(scenario, policy).play()
