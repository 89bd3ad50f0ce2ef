"""Issabel's predictions, worked by hand from the rules of its source."""

from __future__ import annotations

from math import log

import pytest

from ivr.simulation.lab.issabel import Issabel, finishing
from ivr.simulation.lab.policy import Outcome, View, What


def tell(policy: Issabel, what: What, times: int, seconds: float = 30.0) -> None:
    for _ in range(times):
        policy.saw(Outcome(what, seconds, 0.0))


def test_a_talk_is_taken_to_end_once_97_of_100_would_have() -> None:
    # 1 - exp(-t / 30) >= 0.97 from t = 30 ln(1 / 0.03) = 105.2 s on.
    assert 30 * log(1 / 0.03) == pytest.approx(105.2, abs=0.1)
    assert finishing((97.0, 98.0), answer_s=8.0, mean_s=30.0) == 1


def test_before_ten_talks_and_calls_it_dials_one_to_one() -> None:
    policy = Issabel()
    tell(policy, What.TALK_OVER, 9)
    tell(policy, What.NO_ANSWER, 9)
    view = View(ready=2, talking_s=(500.0, 500.0), ringing_s=(1.0,))
    assert policy.decide(view) == 1


def test_after_ten_talks_it_counts_those_about_to_end() -> None:
    policy = Issabel()
    tell(policy, What.TALK_OVER, 10)
    view = View(ready=2, talking_s=(98.0, 500.0, 3.0), ringing_s=(1.0,), waiting=1)
    assert policy.decide(view) == 2  # 2 + 2 - 1 waiting - 1 ringing


def test_the_time_to_answer_is_learned() -> None:
    policy = Issabel()
    tell(policy, What.TALK_OVER, 10)
    tell(policy, What.ANSWERED, 5, seconds=20.0)
    assert policy.decide(View(talking_s=(86.0, 84.0))) == 1  # 105.2 - 20 = 85.2


@pytest.mark.parametrize(
    ("answered", "machines", "missed", "expected"),
    [
        (5, 0, 5, 6),  # 3 / 0.5
        (3, 2, 5, 6),  # a machine is an answer to it
        (1, 0, 19, 15),  # 3 / 0.2: five times is the most
        (0, 0, 20, 3),  # no answer yet: as if it knew nothing
        (4, 0, 5, 3),  # nine calls are too few
    ],
)
def test_it_overcommits_by_the_answer_rate_of_half_an_hour(
    answered: int, machines: int, missed: int, expected: int
) -> None:
    policy = Issabel()
    tell(policy, What.ANSWERED, answered)
    tell(policy, What.MACHINE, machines)
    tell(policy, What.NO_ANSWER, missed)
    assert policy.decide(View(ready=3)) == expected


def test_calls_older_than_half_an_hour_are_forgotten() -> None:
    policy = Issabel()
    tell(policy, What.ANSWERED, 5)
    tell(policy, What.BUSY, 5)
    assert policy.decide(View(now_s=1800.0, ready=3)) == 6
    assert policy.decide(View(now_s=1810.0, ready=3)) == 3


def test_it_looks_every_three_seconds() -> None:
    policy = Issabel()
    views = [View(now_s=float(n), ready=2) for n in range(5)]
    assert [policy.decide(view) for view in views] == [2, 0, 0, 2, 0]


def test_more_ringing_than_free_places_nothing() -> None:
    assert Issabel().decide(View(ready=2, ringing_s=(1.0, 2.0, 3.0))) == 0
