"""The wizard's forms, made into the keys of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ivr.web.campaign_form import STEPS, merged, question_rows, slug, step_of, word


def said(step: int, form: Mapping[str, Sequence[str]], **before: Any) -> dict[str, Any]:
    return merged(before, step, lambda name: form.get(name, []))


def test_an_empty_field_takes_the_key_away() -> None:
    form = {"title_en": ["Roads"], "class": ["electoral"]}
    found = said(1, form, note="old", starts_on="2026-12-01")
    assert found == {
        "campaign": "roads",
        "title": {"en": "Roads"},
        "class": "electoral",
    }


def test_no_day_off_is_a_choice_and_not_a_gap() -> None:
    assert said(4, {"off_days_given": ["yes"]})["off_days"] == ()
    assert "off_days" not in said(4, {})
    form = {"off_days": ["sunday"], "off_dates": ["2026-12-31, 2027-01-01"]}
    assert said(4, form)["off_days"] == ["sunday", "2026-12-31", "2027-01-01"]


def test_a_number_that_is_none_stays_to_be_refused() -> None:
    found = said(4, {"calls_per_s": ["fast"], "channels": ["12"], "wrap_up_s": ["1.5"]})
    assert found["caps"] == {"calls_per_s": "fast", "channels": 12}
    assert found["wrap_up_s"] == 1.5


def test_what_no_form_shows_is_kept() -> None:
    before = {"retry": {"busy": {"attempts": 2, "delay": "1 h"}}}
    routing = {"division_after_s": 1.0}
    found = said(4, {"skills": ["pension women"]}, routing=routing, **before)
    assert found["retry"] == before["retry"]
    assert found["routing"] == {"division_after_s": 1.0, "skills": ["pension", "women"]}


def test_a_question_keeps_its_words_for_results_when_others_change() -> None:
    form = {
        "question_0_hi": ["नया सवाल"],
        "question_1_hi": ["काम रुका है?"],
        "question_1_options": ["हाँ | Yes\nपता नहीं"],
    }
    known = {
        "id": "held_up",
        "hi": "काम रुका है?",
        "options": [{"value": "y", "hi": "हाँ", "en": "Yes"}],
    }
    first, second = said(3, form, questions=[known])["questions"]
    assert first == {"id": "question_1", "hi": "नया सवाल"}
    assert second["id"] == "held_up"
    assert second["options"] == [
        {"value": "y", "hi": "हाँ", "en": "Yes"},
        {"value": "option_2", "hi": "पता नहीं"},
    ]
    rows = question_rows({"questions": [known]})
    assert rows[0]["options"] == "हाँ | Yes"
    assert rows[1] == {"hi": "", "en": "", "options": ""}


def test_no_two_questions_have_the_same_word_for_results() -> None:
    before = [{"id": f"question_{n}", "hi": hindi} for n, hindi in ((1, "क"), (3, "ग"))]
    form = {
        "question_0_hi": ["क"],
        "question_1_hi": ["ग"],
        "question_2_hi": ["घ"],
        "question_3_hi": ["ङ"],
        "question_3_en": ["Well?"],
        "question_4_hi": ["च"],
        "question_4_en": ["Well"],
        "question_5_hi": ["क"],  # the same words again
    }
    found = said(3, form, questions=before)["questions"]
    assert [one["id"] for one in found] == [
        "question_1",
        "question_3",
        "question_4",
        "well",
        "well_2",
        "question_6",
    ]


def test_no_two_options_have_the_same_word_for_results() -> None:
    options = [
        {"value": f"option_{n}", "hi": hindi} for n, hindi in ((1, "क"), (3, "ग"))
    ]
    form = {
        "question_0_hi": ["सवाल"],
        "question_0_options": ["क\nग\nघ\nहाँ | Yes\nजी | Yes"],
    }
    before = [{"id": "q", "hi": "सवाल", "options": options}]
    (one,) = said(3, form, questions=before)["questions"]
    values = [row["value"] for row in one["options"]]
    assert values == ["option_1", "option_3", "option_4", "yes", "yes_2"]


def test_there_is_room_for_twelve_questions_and_no_more() -> None:
    questions = [{"id": f"q{n}", "hi": "क"} for n in range(12)]
    assert len(question_rows({"questions": questions})) == 12


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Feedback on roads!", "feedback-on-roads"),
        ("राय", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_short_name_is_made_of_the_title(title: str, name: str) -> None:
    assert slug(title) == name


def test_words_for_results_begin_with_a_letter() -> None:
    assert word("Did not say") == "did_not_say"
    assert word("2 months") == ""


def test_every_key_is_of_one_step() -> None:
    keys = [key for step in STEPS for key in step.keys]
    assert len(keys) == len(set(keys))
    assert (step_of("title.hi"), step_of("caps"), step_of("retry")) == (1, 4, 5)
