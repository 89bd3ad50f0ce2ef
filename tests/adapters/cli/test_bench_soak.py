"""How `bench soak` judges: a robust slope, and what is still called flat."""

from __future__ import annotations

import os
import random

import pytest

from ivr.cli.bench_sampling import Held, held
from ivr.cli.bench_trend import Allowed, judged, trend

MEMORY = Allowed("controller_mb", "MB", 20)
HALF_HOUR = range(0, 1800, 5)


def noisy(per_hour: float, noise: float = 2.0) -> list[tuple[float, float]]:
    chance = random.Random(5)
    return [
        (float(at), 300 + per_hour * at / 3600 + chance.gauss(0, noise))
        for at in HALF_HOUR
    ]


def test_a_slope_is_found_under_noise_and_lies_in_its_interval() -> None:
    found = trend(noisy(60))
    assert found.per_hour == pytest.approx(60, abs=3)
    assert found.low < 60 < found.high
    assert found.high - found.low < 6


def test_a_few_samples_that_stand_out_do_not_move_it() -> None:
    samples = [
        (at, value + (500 if place % 20 == 0 else 0))
        for place, (at, value) in enumerate(noisy(0))
    ]
    assert trend(samples).per_hour == pytest.approx(0, abs=3)


def test_what_stays_as_it_is_has_no_slope_at_all() -> None:
    found = trend([(float(at), 7.0) for at in range(10)])
    assert (found.per_hour, found.low, found.high) == (0, 0, 0)


def test_two_samples_are_no_trend() -> None:
    with pytest.raises(ValueError, match="three samples"):
        trend([(0.0, 1.0), (5.0, 2.0)])


@pytest.mark.parametrize(("per_hour", "flat"), [(0, True), (15, True), (60, False)])
def test_flat_is_what_cannot_be_told_from_the_allowed_growth(
    per_hour: float, flat: bool
) -> None:
    one = judged(MEMORY, noisy(per_hour))
    assert one.is_flat is flat
    assert one.last - one.first == pytest.approx(0.4 * per_hour, abs=2)


def test_too_few_samples_to_tell_are_not_called_growth() -> None:
    assert judged(MEMORY, [(0.0, 300.0), (5.0, 290.0), (10.0, 301.0)]).is_flat


def test_a_process_tells_what_it_holds_and_one_that_is_gone_nothing() -> None:
    ours = held(os.getpid())
    assert ours.rss_mb > 10
    assert ours.files >= 3
    assert ours.threads >= 1
    assert held(None) == held(2**22 + 1) == Held()
