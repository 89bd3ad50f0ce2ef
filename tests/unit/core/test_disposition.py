"""How an attempt ended, from the network's words and the flow's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.core.call import Call, CallState
from ivr.core.disposition import (
    BY_CAUSE,
    BY_DIAL_STATUS,
    BY_SIP_CODE,
    REFUSED_BY_SWITCH,
    dispose,
)
from ivr.core.model import (
    CallId,
    CampaignId,
    ContactId,
    Disposition,
    FlowId,
    PhoneNumber,
    TrunkName,
)

D = Disposition
T0 = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PLACED = Call(
    CallId("c1"),
    CampaignId("demo"),
    ContactId(1),
    PhoneNumber("+919827112345"),
    PhoneNumber("+917552550100"),
    TrunkName("carrier"),
    FlowId("scheme-feedback"),
    "abc",
    1,
    T0,
    state=CallState.ENDED,
)
RANG = replace(PLACED, rang_at=T0 + timedelta(seconds=2))
ANSWERED = replace(RANG, answered_at=T0 + timedelta(seconds=9))


@pytest.mark.parametrize(("code", "meaning"), BY_SIP_CODE.items())
def test_a_sip_code_outweighs_cause_and_dial_status(
    code: int, meaning: Disposition
) -> None:
    call = replace(PLACED, sip_code=code, cause=16, dial_status="CONGESTION")
    assert dispose(call) is meaning


@pytest.mark.parametrize(("cause", "meaning"), BY_CAUSE.items())
def test_a_cause_outweighs_the_dial_status(cause: int, meaning: Disposition) -> None:
    assert dispose(replace(PLACED, cause=cause, dial_status="BUSY")) is meaning


@pytest.mark.parametrize(("status", "meaning"), BY_DIAL_STATUS.items())
def test_the_dial_status_decides_when_nothing_better_is_known(
    status: str, meaning: Disposition
) -> None:
    assert dispose(replace(PLACED, dial_status=status)) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (488, D.FAILED),  # 4xx not listed: our own request was wrong
        (599, D.CONGESTION),
        (699, D.REJECTED),
        (700, D.NO_ANSWER),  # no final response at all: the cause decides
        (200, D.NO_ANSWER),
    ],
)
def test_an_unlisted_sip_code_means_what_its_class_means(
    code: int, meaning: Disposition
) -> None:
    assert dispose(replace(PLACED, sip_code=code, cause=16)) is meaning


@pytest.mark.parametrize("code", [480, 408])
def test_a_phone_that_rang_was_not_out_of_reach(code: int) -> None:
    assert dispose(replace(PLACED, sip_code=code)) is D.UNREACHABLE
    assert dispose(replace(RANG, sip_code=code)) is D.NO_ANSWER


def test_a_call_of_which_nothing_was_heard_failed() -> None:
    assert dispose(PLACED) is D.FAILED
    assert dispose(RANG) is D.NO_ANSWER
    assert dispose(replace(PLACED, cause=127)) is D.UNREACHABLE


def test_a_dial_that_the_switch_refused_failed() -> None:
    assert dispose(replace(PLACED, dial_status=REFUSED_BY_SWITCH)) is D.FAILED


def test_a_call_that_we_dropped_before_an_answer_was_cancelled() -> None:
    assert dispose(replace(RANG, cancelled="opted_out", cause=16)) is D.CANCELLED


def test_a_call_cut_by_a_crash_was_interrupted_answered_or_not() -> None:
    assert dispose(replace(RANG, cancelled="interrupted: restart")) is D.INTERRUPTED
    cut = replace(ANSWERED, cancelled="interrupted", keys=3)
    assert dispose(cut) is D.INTERRUPTED
    assert dispose(replace(cut, completed=True)) is D.COMPLETED


# From the weightiest to the lightest: each outweighs all that follow.
WEIGHTS: list[tuple[dict[str, Any], Disposition]] = [
    ({"opted_out": True}, D.OPTED_OUT),
    ({"callback": True}, D.CALLBACK),
    ({"joined_at": T0}, D.TALKED),
    ({"abandoned": True}, D.ABANDONED),
    ({"completed": True}, D.COMPLETED),
    ({"answers": 1}, D.PARTIAL),
    ({"keys": 1}, D.PARTIAL),
    ({}, D.SILENT),
]


@pytest.mark.parametrize("rank", range(len(WEIGHTS)))
def test_of_all_that_an_answered_person_did_the_weightiest_counts(rank: int) -> None:
    facts = {k: v for what, _ in WEIGHTS[rank:] for k, v in what.items()}
    assert dispose(replace(ANSWERED, **facts)) is WEIGHTS[rank][1]
