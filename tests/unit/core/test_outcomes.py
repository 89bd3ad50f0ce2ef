"""What pacing is told of the calls that ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.core.call import Call
from ivr.core.model import (
    CallId,
    CampaignId,
    ContactId,
    Disposition,
    FlowId,
    PhoneNumber,
    TrunkName,
)
from ivr.core.outcomes import Outcomes

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
UNANSWERED = Call(
    CallId("c-1"),
    CampaignId("a"),
    ContactId(1),
    PhoneNumber("+919827123456"),
    PhoneNumber("+917552550100"),
    TrunkName("carrier"),
    FlowId("f"),
    "v",
    1,
    NOW,
)
ANSWERED = replace(UNANSWERED, answered_at=NOW)
WANTED = replace(ANSWERED, wanted_at=NOW)


def test_half_answered_and_half_of_those_wanting_one_are_counted_so() -> None:
    counts = Outcomes()
    for call, disposition in [
        (UNANSWERED, Disposition.BUSY),
        (UNANSWERED, Disposition.NO_ANSWER),
        (ANSWERED, Disposition.COMPLETED),
        (WANTED, Disposition.TALKED),
    ]:
        counts = counts.fold(call, disposition)
    assert counts.answered / counts.placed == pytest.approx(0.5, abs=0.01)
    assert counts.wanted / counts.left_flow == pytest.approx(0.5, abs=0.01)


def test_the_evening_outweighs_the_morning() -> None:
    counts = Outcomes()
    for _ in range(1000):
        counts = counts.fold(ANSWERED, Disposition.COMPLETED)
    for _ in range(1000):
        counts = counts.fold(UNANSWERED, Disposition.NO_ANSWER)
    assert counts.answered / counts.placed < 0.01


@pytest.mark.parametrize(
    "disposition",
    [Disposition.CANCELLED, Disposition.INTERRUPTED, Disposition.FAILED],
)
def test_calls_that_we_ended_say_nothing_of_people(disposition: Disposition) -> None:
    before = Outcomes(10, 5, 5, 1)
    assert before.fold(UNANSWERED, disposition) == before
