from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.core.erasure import (
    ALARM,
    Erasure,
    ErasureState,
    NumberKey,
    is_chosen,
    reason_of,
)
from ivr.errors import BadInput
from tests.fakes.switch import BEGIN

ASKED = Erasure(7, ErasureState.ASKED, "98•••••345", "letter", "anil", BEGIN)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "left", "late", "alarming"),
    [
        (0, 7, False, False),
        (7, 0, False, False),
        (8, -1, True, False),
        (31, -24, True, True),
    ],
)
def test_a_request_has_seven_days_and_alarms_after_thirty(
    days: int, left: int, late: bool, alarming: bool
):
    now = BEGIN + days * DAY
    assert ASKED.days_left(now) == left
    assert (ASKED.is_late(now), ASKED.is_alarming(now)) == (late, alarming)
    assert timedelta(days=30) == ALARM


def test_the_second_stage_follows_the_first():
    assert ASKED.ends_at(365 * DAY) is None
    masked = Erasure(7, ErasureState.MASKED, "", "x", "a", BEGIN, masked_at=BEGIN)
    assert masked.ends_at(365 * DAY) == BEGIN + 365 * DAY
    assert not masked.is_late(BEGIN + 90 * DAY)


def test_a_stand_in_passes_the_tables_law_and_is_nobodys():
    assert ASKED.stand_in == "+912000000007"
    assert len(ASKED.stand_in) == 13


def test_a_hash_needs_its_key_and_names_it():
    one, other = NumberKey("a"), NumberKey("b")
    assert one.of("+919827112345") == NumberKey("a").of("+919827112345")
    assert one.of("+919827112345") != other.of("+919827112345")
    assert one.of("+919827112345") != one.of("+919827112346")
    assert (one.key_id == NumberKey("a").key_id, one.key_id == other.key_id) == (
        True,
        False,
    )
    assert "9827112345" not in one.of("+919827112345")


@pytest.mark.parametrize(
    ("kind", "value", "stays"),
    [
        ("key", "1", True),
        ("rating", "10", True),
        ("key", "9827112345", False),
        ("digits", "4", False),
        ("speech", "c1-1.wav", False),
        ("telecaller", "yes", False),
    ],
)
def test_only_what_was_chosen_stays(kind: str, value: str, stays: bool):
    assert is_chosen(kind, value) is stays


@pytest.mark.parametrize("text", ["", " \n", "x" * 501, "a\x07b"])
def test_a_reason_says_something(text: str):
    with pytest.raises(BadInput):
        reason_of(text)
