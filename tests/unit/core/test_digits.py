"""Numbers, dates and rupees as words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.digits import (
    ENGLISH_TO_99,
    HINDI_TO_99,
    LARGEST,
    all_block_texts,
    date_clips,
    digits_clips,
    number_clips,
    phone_clips,
    rupees_clips,
    words_to_number,
)
from ivr.core.flow_model import Clip

LANGUAGES = st.sampled_from(["hi", "en"])


def said(clips: tuple[Clip, ...]) -> str:
    return " ".join(clip.text for clip in clips)


def test_hindi_has_a_word_of_its_own_for_each_number_to_99() -> None:
    assert len(HINDI_TO_99) == len(set(HINDI_TO_99)) == 100
    assert len(ENGLISH_TO_99) == len(set(ENGLISH_TO_99)) == 100


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0, "शून्य"),
        (6, "छह"),
        (19, "उन्नीस"),
        (29, "उनतीस"),
        (39, "उनतालीस"),
        (49, "उनचास"),
        (53, "तिरपन"),
        (59, "उनसठ"),
        (63, "तिरसठ"),
        (69, "उनहत्तर"),
        (79, "उनासी"),
        (87, "सतासी"),
        (88, "अठासी"),
        (89, "नवासी"),
        (90, "नब्बे"),
        (95, "पचानवे"),
        (99, "निन्यानवे"),
    ],
)
def test_hindi_words_that_people_get_wrong(number: int, word: str) -> None:
    assert said(number_clips(number)) == word


@pytest.mark.parametrize(
    ("number", "hindi", "english"),
    [
        (100, "एक सौ", "one hundred"),
        (105, "एक सौ पाँच", "one hundred five"),
        (1_000, "एक हज़ार", "one thousand"),
        (6_000, "छह हज़ार", "six thousand"),
        (1_25_000, "एक लाख पच्चीस हज़ार", "one lakh twenty five thousand"),
        (
            1_02_00_789,
            "एक करोड़ दो लाख सात सौ नवासी",
            "one crore two lakh seven hundred eighty nine",
        ),
        (-7, "ऋण सात", "minus seven"),
    ],
)
def test_numbers_are_grouped_the_indian_way(
    number: int, hindi: str, english: str
) -> None:
    assert said(number_clips(number, "hi")) == hindi
    assert said(number_clips(number, "en")) == english


@given(st.integers(-LARGEST, LARGEST), LANGUAGES)
def test_a_number_said_is_the_number_heard(number: int, language: str) -> None:
    words = [clip.text for clip in number_clips(number, language)]
    assert words_to_number(words, language) == number


@given(st.integers(-(10**15), 10**15), LANGUAGES)
def test_everything_said_is_a_block_that_was_built(number: int, language: str) -> None:
    known = set(all_block_texts(language))
    clips = number_clips(number, language) + rupees_clips(number, language)
    assert {clip.text for clip in clips} <= known
    assert all(clip.kind == "block" and clip.language == language for clip in clips)


def test_a_number_too_large_for_words_is_said_digit_by_digit() -> None:
    assert len(number_clips(LARGEST + 1)) == 12


def test_a_word_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no number word"):
        words_to_number(["एक", "आम"])


def test_digits_pass_over_everything_else() -> None:
    assert said(digits_clips("98-27#")) == "नौ आठ दो सात"
    assert said(digits_clips("९८", "en")) == "nine eight"


def test_a_telephone_number_is_said_without_the_country() -> None:
    assert said(phone_clips("+917552550100")) == said(digits_clips("7552550100"))


def test_a_date_is_said_day_month_year() -> None:
    day = date(2026, 11, 24)
    assert said(date_clips(day)) == "चौबीस नवंबर दो हज़ार छब्बीस"
    assert said(date_clips(day, "en")) == (
        "twenty four November two thousand twenty six"
    )


@given(st.dates(), LANGUAGES)
def test_every_date_is_said_from_blocks(day: date, language: str) -> None:
    known = set(all_block_texts(language))
    assert {clip.text for clip in date_clips(day, language)} <= known


@pytest.mark.parametrize(
    ("amount", "hindi"),
    [
        ("0", "शून्य रुपये"),
        ("1", "एक रुपया"),
        ("6000", "छह हज़ार रुपये"),
        ("10.50", "दस रुपये पचास पैसे"),
        ("0.01", "एक पैसा"),
        ("-5", "ऋण पाँच रुपये"),
        ("-0.5", "ऋण पचास पैसे"),
        ("-2.25", "ऋण दो रुपये पच्चीस पैसे"),
    ],
)
def test_money_is_said_in_rupees_and_paise(amount: str, hindi: str) -> None:
    assert said(rupees_clips(Decimal(amount))) == hindi


def test_blocks_are_listed_once_each() -> None:
    for language in ("hi", "en"):
        texts = all_block_texts(language)
        assert len(texts) == len(set(texts)) > 100
