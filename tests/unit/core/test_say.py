"""Templates made into clips."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.digits import all_block_texts
from ivr.core.flow_model import Clip, NodeKind
from ivr.core.say import (
    Slot,
    as_date,
    as_decimal,
    clips,
    parse,
    prompt_texts,
    slots,
)
from ivr.errors import BadInput, OurBug
from tests.fakes.flow_files import flow, hang_up, node, play


def said(template: str, language: str = "hi", **fields: str) -> list[str]:
    return [c.text for c in clips({language: template}, fields, language)]


def test_text_is_split_at_its_placeholders() -> None:
    assert parse("नमस्ते {name} जी, {amount:rupees}।") == (
        "नमस्ते",
        Slot("name"),
        "जी,",
        Slot("amount", "rupees"),
    )


@pytest.mark.parametrize(
    "template", ["{name", "name}", "{Name}", "{a:dat}", "{}", "{नाम}"]
)
def test_a_wrong_placeholder_is_refused(template: str) -> None:
    with pytest.raises(BadInput):
        parse(template)


@given(st.text())
def test_any_text_is_either_parsed_or_refused(text: str) -> None:
    try:
        parts = parse(text)
    except BadInput:
        return
    assert all(part for part in parts)


def test_a_name_is_a_field_and_money_is_blocks() -> None:
    made = clips(
        {"hi": "{name}: {amount:rupees}"}, {"name": "सीता", "amount": "5"}, "hi"
    )
    assert made == (
        Clip("hi", "सीता", "field"),
        Clip("hi", "पाँच", "block"),
        Clip("hi", "रुपये", "block"),
    )


def test_every_form_is_spoken() -> None:
    assert said("{x:number}", x="12") == ["बारह"]
    assert said("{x:digits}", x="12") == ["एक", "दो"]
    assert said("{x:phone}", x="+9112") == ["एक", "दो"]
    assert said("{x:date}", x="2026-01-02") == ["दो", "जनवरी", "दो", "हज़ार", "छब्बीस"]
    assert said("{x:number}", "en", x="1,20,000") == [
        "one",
        "lakh",
        "twenty",
        "thousand",
    ]


def test_the_organisation_is_spoken_with_the_weight_of_a_prompt() -> None:
    made = clips({"en": "From {organisation}."}, {"organisation": " जन संवाद "}, "en")
    assert made == (Clip("en", "From"), Clip("hi", "जन संवाद", "prompt"))


def test_no_call_goes_on_without_saying_who_calls() -> None:
    with pytest.raises(OurBug, match="organisation"):
        said("{organisation} की ओर से", organisation=" ")


@pytest.mark.parametrize(
    "form", ["", ":rupees", ":number", ":date", ":digits", ":phone"]
)
def test_what_is_missing_is_left_out(form: str) -> None:
    assert said(f"राशि {{x{form}}} है") == ["राशि", "है"]


@pytest.mark.parametrize("form", [":rupees", ":number", ":date"])
def test_what_is_no_number_or_date_is_left_out(form: str) -> None:
    assert said(f"राशि {{x{form}}} है", x="पता नहीं") == ["राशि", "है"]


def test_a_language_without_text_is_spoken_in_hindi() -> None:
    say = {"en": "Hello", "hi": "नमस्ते"}
    assert clips(say, {}, "bns") == (Clip("hi", "नमस्ते"),)
    assert clips({"en": "Hello"}, {}, "bns") == (Clip("en", "Hello"),)
    assert clips({}, {}, "hi") == ()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("6000", "6000"),
        ("₹6,000.50", "6000.50"),
        ("Rs. 1,20,000/-", "120000"),
        ("रु. 500", "500"),
        ("६०००", "6000"),
        ("INR 7", "7"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert as_decimal(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "NA", "nan", "inf", "1.2.3", "सौ"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert as_decimal(text) is None


@pytest.mark.parametrize(
    "text",
    ["2026-11-24", "24/11/2026", "24-11-2026", "24.11.2026", " 2026-11-24T00:00:00"],
)
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert as_date(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text", ["", "24 नवंबर", "2026-13-01", "31/02/2026", "24/11/26"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert as_date(text) is None


def test_slots_of_every_language_are_found() -> None:
    say = {"hi": "{a} है", "en": "{b:number}"}
    assert list(slots(say)) == [Slot("a"), Slot("b", "number")]


def test_prompt_texts_hold_every_fixed_clip_and_no_name() -> None:
    part = flow(
        node("busy", NodeKind.PLAY, say={"hi": "व्यस्त {x:digits}", "en": "Busy"}),
        name="person",
    )
    whole = flow(
        play(),
        hang_up(say="{name} जी, धन्यवाद"),
        parts=[part],
    )
    texts = prompt_texts(whole, " जन संवाद ")
    prompts = {clip.text for clip in texts if clip.kind == "prompt"}
    assert prompts == {"नमस्ते।", "की ओर से कॉल है।", "जी, धन्यवाद", "व्यस्त", "जन संवाद"}
    assert {c.text for c in texts if c.kind == "block"} == set(
        all_block_texts("hi")[:10]
    )


def test_a_flow_that_speaks_money_needs_every_block() -> None:
    texts = prompt_texts(flow(play(say="{x:rupees}")))
    assert {clip.text for clip in texts} == set(all_block_texts("hi"))


def test_a_read_back_without_words_of_its_own_needs_the_shipped_ones() -> None:
    collect = node("ref", NodeKind.COLLECT, say="अंक", read_back=True, next="bye")
    assert Clip("hi", "आपने दबाया") in prompt_texts(flow(collect, hang_up()))
