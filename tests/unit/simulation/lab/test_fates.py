"""What becomes of the laboratory's calls."""

from __future__ import annotations

from collections import Counter
from statistics import mean

import pytest

from ivr.simulation.lab.fates import Calls, Change, End, Luck, Scenario, Talk

LUCK = Luck(person=0.5, answer_s=9.0, other=0.5, talk_s=20.0, wrap_s=5.0)


def test_the_same_seed_gives_the_same_calls_in_whatever_order_they_are_read() -> None:
    forward, backward = Calls(Scenario(3)), Calls(Scenario(3))
    last = backward[40]
    assert [forward[n] for n in range(41)] == [backward[n] for n in range(41)]
    assert forward[40] == last


def test_another_seed_gives_other_calls() -> None:
    assert Calls(Scenario(3, seed=1))[0] != Calls(Scenario(3, seed=2))[0]


@pytest.mark.parametrize("team", [3, 300])
def test_calls_do_not_depend_on_who_takes_them(team: int) -> None:
    assert Calls(Scenario(team))[5] == Calls(Scenario(7))[5]


def test_a_person_who_answers_at_a_low_rate_answers_at_a_higher_one() -> None:
    assert LUCK.ends(0.51) == (End.ANSWERED, 9.0)
    assert LUCK.ends(0.84) == (End.ANSWERED, 9.0)
    assert LUCK.ends(0.49)[0] is not End.ANSWERED


def test_of_100_calls_35_reach_a_person_30_a_machine_20_fail_15_ring_out() -> None:
    calls = Calls(Scenario(3))
    ends = Counter(calls[n].ends(0.35)[0] for n in range(20_000))
    share = {end: count / 20_000 for end, count in ends.items()}
    assert share[End.ANSWERED] == pytest.approx(0.35, abs=0.01)
    assert share[End.MACHINE] == pytest.approx(0.30, abs=0.01)
    assert share[End.BUSY] + share[End.FAILED] == pytest.approx(0.20, abs=0.01)
    assert share[End.NO_ANSWER] == pytest.approx(0.15, abs=0.01)


def test_ringing_ends_between_one_second_and_the_timeout() -> None:
    calls = Calls(Scenario(3))
    ages = [calls[n].ends(0.35) for n in range(5_000)]
    assert all(1.0 <= age_s <= 26.0 for _, age_s in ages)
    assert all(3.0 <= age_s <= 24.0 for end, age_s in ages if end is End.ANSWERED)
    assert {age_s for end, age_s in ages if end is End.NO_ANSWER} == {25.0}


@pytest.mark.parametrize(
    ("talk", "talk_s", "wrap_s"),
    [(Talk.SHORT, 25, 5), (Talk.HEAVY, 90, 10), (Talk.EXPONENTIAL, 60, 10)],
)
def test_talks_and_wrap_ups_have_the_means_they_say(
    talk: Talk, talk_s: float, wrap_s: float
) -> None:
    calls = Calls(Scenario(3, talk=talk))
    drawn = [calls[n] for n in range(40_000)]
    assert mean(luck.talk_s for luck in drawn) == pytest.approx(talk_s, rel=0.06)
    assert mean(luck.wrap_s for luck in drawn) == pytest.approx(wrap_s, rel=0.02)


def test_the_answer_rate_steps_by_quarters_of_the_run() -> None:
    scenario = Scenario(3, rate=0.5, change=Change.CHANGING, hours=4)
    rates = [scenario.rate_at(3600 * hour) for hour in (0, 0.99, 1, 2, 3, 4, 9)]
    assert rates == pytest.approx([0.5, 0.5, 0.3, 0.7, 0.5, 0.5, 0.5])


def test_a_steady_rate_stays() -> None:
    scenario = Scenario(3, rate=0.5, hours=4)
    assert {scenario.rate_at(s) for s in (0, 7000, 14_399, -1)} == {0.5}


def test_a_rate_never_passes_one() -> None:
    scenario = Scenario(3, rate=0.9, change=Change.CHANGING, hours=1)
    assert scenario.rate_at(2000) == 1.0
    assert LUCK.ends(1.0)[0] is End.ANSWERED
