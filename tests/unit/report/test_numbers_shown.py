"""Numbers, dates and lengths as they are read in India."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.shares import share_of
from ivr.report.numbers import (
    day_en,
    day_hi,
    grouped,
    length,
    margin,
    moment_hi,
    percent,
)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (100_000, "1,00,000"),
        (1_234_567, "12,34,567"),
        (45_000_000, "4,50,00,000"),
        (-1_234, "-1,234"),
    ],
)
def test_digits_are_grouped_in_lakhs_and_crores(number: int, shown: str):
    assert grouped(number) == shown


@given(st.integers())
def test_grouping_changes_no_digit(number: int):
    assert int(grouped(number).replace(",", "")) == number


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (None, 0, "–"),
        (0.0, 0, "0%"),
        (1.0, 0, "100%"),
        (0.478, 0, "48%"),
        (0.001, 0, "<1%"),
        (0.999, 0, ">99%"),
        (0.0104, 2, "1.04%"),
        (0.00001, 2, "<0.01%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(
    value: float | None, places: int, shown: str
):
    assert percent(value, places) == shown


def test_a_margin_is_shown_from_to():
    assert margin(share_of(81, 263)) == "26–37%"
    assert margin(share_of(0, 0)) == "–"


def test_dates_are_told_in_both_languages():
    day = date(2026, 11, 24)
    assert (day_hi(day), day_en(day)) == ("24 नवं 2026", "24 Nov 2026")
    assert moment_hi(datetime(2026, 2, 3, 9, 5, tzinfo=UTC)) == "3 फ़र 2026, 09:05"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (0, "0:00"), (65, "1:05"), (3725.4, "1:02:05")]
)
def test_lengths_are_told_as_on_a_clock(seconds: float | None, shown: str):
    assert length(seconds) == shown
