"""How a practice is scored: each criterion, its steps, and the whole sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.model import CallId, TelecallerId
from ivr.core.practice import CRITERIA, Practice, marks, score
from ivr.core.practice_card import practice_card
from ivr.core.results import Words
from tests.fakes.practices import SCENARIO

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
GOOD = Practice(
    practice_id="p-1",
    telecaller_id=TelecallerId("tc-1"),
    scenario_id="pension",
    title=Words("पेंशन", "Pension"),
    began_at=AT,
    lines=4,
    expected={"since": "months", "linked": "yes"},
    expected_outcome="needs_help",
    ended_at=AT + timedelta(seconds=60),
    first_word_s=2.0,
    spoke_s=20.0,
    heard_s=20.0,
    lines_heard=4,
    answers={"since": "months", "linked": "yes"},
    outcome="needs_help",
    noted_at=AT + timedelta(seconds=90),
)


def points(practice: Practice, word: str) -> int:
    return next(mark.points for mark in marks(practice) if mark.word == word)


def test_all_criteria_make_a_hundred() -> None:
    assert sum(one.points for one in CRITERIA) == 100
    assert score(GOOD) == 100


@pytest.mark.parametrize(
    ("changed", "word", "expected"),
    [
        ({"first_word_s": 3.0}, "first_word", 15),
        ({"first_word_s": 4.5}, "first_word", 8),  # half of 15
        ({"first_word_s": 6.1}, "first_word", 0),
        ({"first_word_s": None}, "first_word", 0),
        ({"spoke_s": 30.0, "heard_s": 10.0}, "listening", 8),  # speaks 75 %
        ({"spoke_s": 39.0, "heard_s": 1.0}, "listening", 0),
        ({"spoke_s": 0.0, "heard_s": 0.0}, "listening", 0),
        ({"lines_heard": 1}, "heard_out", 5),  # a quarter of 20
        ({"lines": 0}, "heard_out", 20),
        ({"answers": {"since": "months", "linked": "no"}}, "answers", 12),
        ({"answers": {}}, "answers", 0),
        ({"expected": {}}, "answers", 25),  # nothing was to be found out
        ({"outcome": "resolved"}, "outcome", 0),
        ({"outcome": ""}, "outcome", 0),
        ({"noted_at": AT + timedelta(seconds=120)}, "wrap_up", 10),  # just in time
        ({"noted_at": AT + timedelta(seconds=180)}, "wrap_up", 5),
        ({"noted_at": AT + timedelta(seconds=181)}, "wrap_up", 0),
        ({"noted_at": None}, "wrap_up", 0),
        ({"noted_at": AT + timedelta(seconds=30)}, "wrap_up", 10),  # while talking
    ],
)
def test_each_criterion_has_its_steps(
    changed: dict[str, object], word: str, expected: int
) -> None:
    assert points(replace(GOOD, **changed), word) == expected  # type: ignore[arg-type]


def test_a_practice_in_which_nothing_was_said_has_no_share() -> None:
    silent = replace(GOOD, spoke_s=0.0, heard_s=0.0)
    assert silent.share is None and GOOD.share == 0.5


def test_the_card_is_one_like_any_other_and_shows_no_number() -> None:
    card = practice_card(SCENARIO, "p-1", "सुनीता")
    assert card.call_id == CallId("p-1")
    assert card.script == ("नमस्ते शांति बाई जी",)
    assert "•••••" in card.number and card.questions == SCENARIO.questions


def test_each_line_has_a_name_of_its_own() -> None:
    assert SCENARIO.line_names == ("pension-1", "pension-2")
    assert SCENARIO.silence_name == "pension-silence"
