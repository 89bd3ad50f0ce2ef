"""The ladder: predictive, progressive, preview, stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lawful_values import CAMPAIGN

from ivr.core.abandonment import allowed_mode, share
from ivr.core.law import NOBODY_ABANDONED, Abandoned
from ivr.core.model import Caps, Mode, Refused

M = Mode


def step(answered: int, lost: int, mode: Mode = M.PREDICTIVE) -> Mode | str:
    allowed = allowed_mode(
        replace(CAMPAIGN, mode=mode), Abandoned(answered, lost, answered, lost)
    )
    return allowed.reason if isinstance(allowed, Refused) else allowed


@pytest.mark.parametrize(
    ("lost", "mode"),
    [
        (9, M.PREDICTIVE),
        (10, M.PROGRESSIVE),  # 1 %
        (19, M.PROGRESSIVE),
        (20, M.PREVIEW),  # 2 %
        (29, M.PREVIEW),
        (30, "abandonment_stop"),  # 3 %
    ],
)
def test_each_per_cent_of_a_thousand_answers_is_a_step_down(
    lost: int, mode: Mode | str
) -> None:
    assert step(1000, lost) == mode


@pytest.mark.parametrize(
    ("answered", "lost", "mode"),
    [
        (0, 0, M.PREDICTIVE),
        (20, 1, M.PREDICTIVE),  # counts as 1 of 200
        (20, 2, M.PROGRESSIVE),
        (20, 6, M.PROGRESSIVE),  # 6 - 3 of 200
        (20, 7, M.PREVIEW),
        (20, 9, "abandonment_stop"),
        (499, 17, M.PREVIEW),  # 14 of 499
        (499, 18, "abandonment_stop"),
        (500, 15, "abandonment_stop"),
    ],
)
def test_few_answers_are_no_rate_yet_but_nine_people_always_are(
    answered: int, lost: int, mode: Mode | str
) -> None:
    assert step(answered, lost) == mode


def test_progressive_goes_down_and_preview_and_broadcast_stay_until_the_stop() -> None:
    assert step(1000, 15, M.PROGRESSIVE) is M.PROGRESSIVE
    assert step(1000, 25, M.PROGRESSIVE) is M.PREVIEW
    assert step(1000, 25, M.BROADCAST) is M.BROADCAST
    assert step(1000, 25, M.PREVIEW) is M.PREVIEW
    assert step(1000, 30, M.BROADCAST) == "abandonment_stop"
    assert step(1000, 30, M.PREVIEW) == "abandonment_stop"


def test_a_campaign_may_be_stricter_but_never_laxer_than_three_per_cent() -> None:
    counts = Abandoned(1000, 12, 500, 6)
    strict = replace(CAMPAIGN, caps=Caps(abandonment_stop=0.012))
    assert isinstance(allowed_mode(strict, counts), Refused)
    lax = replace(CAMPAIGN, caps=Caps(abandonment_target=0.5, abandonment_stop=0.9))
    assert isinstance(allowed_mode(lax, Abandoned(1000, 30, 500, 0)), Refused)


def test_the_worse_of_thirty_days_and_the_last_answers_counts() -> None:
    assert share(Abandoned(10_000, 10, 500, 10)) == 0.02
    assert share(Abandoned(10_000, 300, 500, 0)) == 0.03
    assert share(NOBODY_ABANDONED) == 0
