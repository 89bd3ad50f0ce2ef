"""Failures hold a name ever longer; a password must be long, not odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.sign_in import (
    FREE_TRIES,
    LONGEST_WAIT,
    Tries,
    failed,
    held_until,
    normalised,
    password_problem,
    wait_after,
)

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def test_four_mistakes_cost_nothing_and_the_fifth_half_a_minute() -> None:
    tries = Tries()
    for _ in range(FREE_TRIES - 1):
        tries = failed(tries, NOON)
        assert held_until(tries, NOON) is None
    tries = failed(tries, NOON)
    assert held_until(tries, NOON) == NOON + timedelta(seconds=30)
    assert held_until(tries, NOON + timedelta(seconds=30)) is None


def test_the_wait_doubles_and_ends_at_an_hour() -> None:
    # 5: 30 s, 6: 60 s, 7: 120 s ... 12: 3,840 s would be more than the hour
    assert [wait_after(n).total_seconds() for n in (4, 5, 6, 7, 11)] == [
        0,
        30,
        60,
        120,
        1920,
    ]
    assert wait_after(12) == wait_after(10_000) == LONGEST_WAIT


def test_an_hour_after_the_wait_all_is_forgotten() -> None:
    tries = Tries(7, NOON)
    later = NOON + timedelta(hours=1, seconds=120)
    assert failed(tries, later) == Tries(1, later)
    assert failed(tries, later - timedelta(seconds=1)).failed == 8


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("नर्मदा के किनारे", None),
        ("correct horse battery", None),
        ("short", "too_short"),
        ("x" * 201, "too_long"),
        ("aaaaaaaaaaaab", "too_few_letters"),
        ("i am Meera 2026", "has_the_name"),
    ],
)
def test_what_a_password_must_be(password: str, problem: str | None) -> None:
    assert password_problem(password, "meera") == problem


def test_the_same_letters_typed_in_two_ways_are_one_password() -> None:
    assert normalised("क़लम") == normalised("\u0958लम")
