"""How many answer and how soon: learned from ends, and from calls that ring on."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ivr.core.estimates import Estimates, Kind
from ivr.core.hazards import STEP_S, Rings
from ivr.core.spans import Spans

RING_OUT_S = 25.0


def played(
    rings: Rings, rate: float, calls: int, start_s: float = 0.0, seed: int = 1
) -> float:
    """Let calls ring side by side, one placed each half second; return the time."""
    rng = random.Random(seed)
    up: list[tuple[float, float, bool]] = []  # placed, ends at, answered
    now_s, placed = start_s, 0
    while placed < calls or up:
        now_s += STEP_S
        for one in [one for one in up if one[1] <= now_s]:
            up.remove(one)
            rings.ended(one[2], one[1] - one[0], max(0.0, STEP_S - (now_s - one[1])))
        rings.look([now_s - one[0] for one in up], STEP_S)
        if placed < calls:
            placed += 1
            answers = rng.random() < rate
            lasts_s = rng.uniform(4, 14) if answers else rng.choice((3.0, RING_OUT_S))
            up.append((now_s, now_s + lasts_s, answers))
    return now_s


@pytest.mark.parametrize("rate", [0.1, 0.35, 0.7])
def test_the_share_of_answers_is_learned(rate: float) -> None:
    rings = Rings()
    played(rings, rate, 800)
    now = rings.moment()
    assert rings.rate() == pytest.approx(rate, abs=0.06)
    assert 4 <= now.answer_ages_s[0] <= now.answer_ages_s[-1] <= 14.5
    assert now.sides[0].answered[-1] < rings.rate() < now.sides[1].answered[-1]


def test_a_rate_that_leaps_is_noticed_within_some_dozens_of_calls() -> None:
    rings = Rings()
    now_s = played(rings, 0.1, 600)
    played(rings, 0.7, 80, now_s, seed=2)
    assert rings.rate() > 0.5


def test_nobody_answers_and_then_nearly_everybody() -> None:
    rings = Rings()
    now_s = played(rings, 0.0, 1200)  # ten minutes
    assert rings.rate() < 0.02
    played(rings, 0.9, 80, now_s, seed=2)
    assert rings.rate() > 0.6


def test_a_wave_of_calls_that_has_rung_for_a_moment_is_no_low_answer_rate() -> None:
    rings = Rings()
    for _ in range(3):  # seconds
        rings.look([float(_ + 1)] * 300, 1.0)
    assert rings.rate() > 0.4


def test_a_large_team_s_rate_does_not_leap_from_second_to_second() -> None:
    """Sixty calls a second, looked at each second, ends told as they come."""
    rings, rng, rate = Rings(), random.Random(5), 0.2
    up: list[tuple[float, float, bool]] = []  # placed, ends at, answered
    told = []
    for second in range(400):
        now_s = float(second)
        for placed_s, ends_s, answered in sorted(up, key=lambda one: one[1]):
            if ends_s <= now_s:
                since_s = ends_s - (now_s - 1)
                rings.ended(answered, ends_s - placed_s, since_s)
                told.append(rings.rate())
        up = [one for one in up if one[1] > now_s]
        rings.look([now_s - one[0] for one in up], 1.0)
        told.append(rings.rate())
        for _ in range(60):
            at_s = now_s + rng.random()
            answers = rng.random() < rate
            lasts_s = rng.uniform(4, 14) if answers else rng.choice((3.0, RING_OUT_S))
            up.append((at_s, at_s + lasts_s, answers))
        if second == 120:
            told.clear()  # it has learned
    assert 0.75 * rate < min(told)
    assert max(told) < 1.25 * rate


def test_who_rings_on_for_long_is_less_likely_to_answer() -> None:
    estimates = Estimates()
    for n in range(400):
        kind = Kind.ANSWERED if n % 3 == 0 else Kind.NO_ANSWER
        age_s = 6.0 + n % 7 if kind is Kind.ANSWERED else RING_OUT_S
        estimates.saw_outcome(kind, age_s, float(n))
    young, old = estimates.p_answer(2.0, 10.0), estimates.p_answer(16.0, 10.0)
    assert young > 0.25
    assert old < 0.05


def test_shares_by_age_only_grow_and_never_pass_the_whole() -> None:
    rings = Rings()
    played(rings, 0.4, 300)
    for curves in rings.moment().sides:
        assert (np.diff(curves.answered) >= 0).all()
        assert (np.diff(curves.ringing) <= 1e-12).all()
        assert (curves.answered + curves.ringing <= 1 + 1e-9).all()


def test_a_month_of_ringing_forgets_down_to_the_prior_and_no_further() -> None:
    rings = Rings()
    played(rings, 0.1, 200)
    for _ in range(1000):  # hours
        rings.look([1.0], 3600.0)
    rings.ended(is_answered=False, age_s=25.0, since_s=1.0)
    assert (rings.exposed_s > 1e-6).all()
    assert 0.05 < rings.rate() < 0.8
    assert np.isfinite(rings.moment().mean.answered).all()


def test_to_be_asked_changes_nothing() -> None:
    asked, silent = Rings(), Rings()
    for n in range(200):
        for rings in (asked, silent):
            rings.ended(n % 3 == 0, 5.0 + n % 9, 1.0)
            rings.look([1.0, 2.0, 9.0], 1.0)
        asked.moment()
    assert asked.rate() == silent.rate()
    assert (asked.weights == silent.weights).all()


def test_a_long_talk_may_last_longer_still() -> None:
    """Heavy tails: of 100 talks, 90 end within ten seconds and ten last minutes."""
    talks = Spans(60.0, 2.0, 0.999)
    for n in range(400):
        talks.ended(300.0 + n if n % 10 == 0 else 5.0 + n % 5, 1e9)

    def within(age_s: float, seconds: float) -> float:
        lasts = talks.cumulated(np.array([age_s, age_s + seconds]))
        return float(1 - np.exp(lasts[0] - lasts[1]))

    assert within(0.0, 10.0) > 0.7
    assert within(60.0, 10.0) < 0.2
    assert within(60.0, 600.0) > 0.5


def test_a_talk_that_goes_on_is_counted_before_it_ends() -> None:
    silent, seen = (Spans(60.0, 2.0, 0.999) for _ in range(2))
    for second in range(1, 301):
        seen.look([float(second)], 1.0)
    assert seen.mean_s() > silent.mean_s()
