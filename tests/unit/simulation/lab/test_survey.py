"""The world in which the offer of a telecaller is gated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.fixed import progressive
from ivr.simulation.lab.policy import Outcome, Score, View, What
from ivr.simulation.lab.survey import MESSAGE_S, PATIENCE_S, QUESTION_S, run


@dataclass
class Crude:
    """One call every `every_s`; offers while fewer are promised than are free."""

    every_s: float = 1.0
    offers: bool = True
    name: str = "crude"
    dares: float = 0.0  # so many desks more than there are
    views: list[View] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    next_s: float = 0.0

    def decide(self, view: View) -> int:
        self.views.append(view)
        if view.now_s < self.next_s:
            return 0
        self.next_s += self.every_s
        return 1

    def saw(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def may_offer(self, view: View) -> bool:
        spare = view.ready - 0.5 * len(view.promised_s)
        return self.offers and spare >= 0.5 - self.dares

    def message_again(self, view: View, heard_s: float) -> bool:
        return False

    def count(self, what: What) -> int:
        return Counter(one.what for one in self.outcomes)[what]


SCENARIO = Scenario(6, 0.5, hours=1.0)


def test_the_same_seed_gives_the_same_run() -> None:
    assert run(SCENARIO, Crude()) == run(SCENARIO, Crude())


def test_a_policy_without_a_gate_plays_the_direct_world() -> None:
    score = run(SCENARIO, progressive())
    assert score.wanted == score.answered


def test_half_of_those_offered_a_telecaller_want_one() -> None:
    policy = Crude()
    score = run(SCENARIO, policy)
    accepted, declined = policy.count(What.ACCEPTED), policy.count(What.DECLINED)
    assert score.wanted == accepted
    assert accepted / (accepted + declined) == pytest.approx(0.5, abs=0.06)
    assert score.connected > 200


def test_everybody_who_answered_is_accounted_for() -> None:
    policy = Crude()
    score = run(SCENARIO, policy)
    last = policy.views[-1]
    up = len(last.in_flow_s) + len(last.promised_s)
    gone = score.wanted + policy.count(What.LEFT)
    assert abs(score.answered - gone - up) <= 2  # between the last look and the end


def test_without_offers_nobody_comes_to_want_a_telecaller() -> None:
    policy = Crude(offers=False)
    score = run(SCENARIO, policy)
    assert (score.wanted, score.connected, score.abandonment) == (0, 0, 0.0)
    # Who hears it all out takes five questions of 6-10 s; some hang up before.
    stays = [one.seconds for one in policy.outcomes if one.what is What.LEFT]
    assert 30.0 <= max(stays) <= 50.0
    hung_up = sum(stay < 30 for stay in stays) / len(stays)
    assert hung_up == pytest.approx(1 - 0.97**4, abs=0.06)


@pytest.fixture(scope="module")
def crowded() -> tuple[Crude, Score]:
    """More voters than six telecallers can serve, by far."""
    policy = Crude(every_s=0.5, dares=2.0)
    return policy, run(replace(SCENARIO, hours=0.25), policy)


def test_who_accepted_waits_with_messages_for_no_longer_than_their_patience(
    crowded: tuple[Crude, Score],
) -> None:
    policy, score = crowded
    waits = [one.seconds for one in policy.outcomes if one.what is What.CONNECTED]
    questions = int(PATIENCE_S / MESSAGE_S)  # between messages that use it up
    assert max(waits) <= PATIENCE_S + questions * QUESTION_S[1] + 1e-9
    assert 0.0 <= score.wait_p95_s <= max(waits)


def test_who_waits_longer_than_a_message_hears_the_next_question(
    crowded: tuple[Crude, Score],
) -> None:
    policy, score = crowded
    assert score.abandoned > 0  # some hang up at it, as at any question
    waits = [one.seconds for one in policy.outcomes if one.what is What.CONNECTED]
    assert [wait for wait in waits if wait >= MESSAGE_S + QUESTION_S[0]]
    assert max(len(view.held_s) for view in policy.views) > 0


def test_who_accepted_never_hears_silence(crowded: tuple[Crude, Score]) -> None:
    _, score = crowded
    assert score.waited_s > 100
    assert score.message_s > 0
    assert score.question_s > 0
    assert score.silence_s == pytest.approx(0.0, abs=1e-6)


def test_who_asked_for_a_break_is_not_shown_as_a_desk_that_will_be_free() -> None:
    @dataclass
    class Counts(Crude):
        gone: int = 0

        def decide(self, view: View) -> int:
            busy = len(view.talking_s) + len(view.wrapping_s)
            self.gone += busy + view.ready < view.logged_in
            return super().decide(view)

    with_breaks, without = Counts(), Counts()
    run(SCENARIO, with_breaks)
    run(replace(SCENARIO, breaks=False), without)
    assert with_breaks.gone > 0
    assert without.gone == 0


def test_the_view_tells_the_survey_apart_from_the_offers() -> None:
    policy = Crude(every_s=0.5)
    run(SCENARIO, policy)
    assert max(len(view.in_flow_s) for view in policy.views) > 3
    assert max(len(view.promised_s) for view in policy.views) >= 1
    ages = [age for view in policy.views for age in view.promised_s]
    assert max(ages) <= 3.0
