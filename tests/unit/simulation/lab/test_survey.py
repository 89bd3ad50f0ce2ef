"""The world in which the offer of a telecaller is gated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.fixed import progressive
from ivr.simulation.lab.policy import Outcome, View, What
from ivr.simulation.lab.survey import PATIENCE_S, run


@dataclass
class Crude:
    """One call every `every_s`; offers while fewer are promised than are free."""

    every_s: float = 1.0
    offers: bool = True
    name: str = "crude"
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
        return self.offers and view.ready - 0.5 * len(view.promised_s) >= 0.5

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


def test_who_accepted_waits_no_longer_than_their_patience() -> None:
    policy = Crude(every_s=0.3)
    score = run(SCENARIO, policy)
    waits = [one.seconds for one in policy.outcomes if one.what is What.CONNECTED]
    assert max(waits) <= PATIENCE_S + 1e-9
    assert 0.0 <= score.wait_p95_s <= PATIENCE_S


def test_the_view_tells_the_survey_apart_from_the_offers() -> None:
    policy = Crude(every_s=0.5)
    run(SCENARIO, policy)
    assert max(len(view.in_flow_s) for view in policy.views) > 3
    assert max(len(view.promised_s) for view in policy.views) >= 1
    ages = [age for view in policy.views for age in view.promised_s]
    assert max(ages) <= 3.0
