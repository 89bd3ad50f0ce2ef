"""Numbers as people write them: which one is meant, or why none may be dialled."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.model import PhoneNumber
from ivr.core.numbers import (
    REMEDIES,
    CellNumbers,
    NumberProblem,
    NumberReason,
    NumberRules,
    parse_cell,
    parse_number,
)

RULES = NumberRules(std_codes=frozenset({"755", "7562", "731"}))
MOBILE = PhoneNumber("+919827123456")
BHOPAL = PhoneNumber("+917552551234")


@pytest.mark.parametrize(
    "written",
    [
        "9827123456",
        "९८२७१२३४५६",  # Devanagari
        "９８２７１２３４５６",  # full width
        "+91 98271 23456",
        "+91-9827-123-456",
        "0091 9827123456",
        "919827123456",
        "09827123456",
        "091 98271 23456",
        "+91 (0)98271 23456",
        "(98271) 23456",
        "98271.23456",
        "98271\u201123456",  # non-breaking hyphen
        "98271\u221223456",  # minus sign
        "98271\u00a023456",  # non-breaking space
        "\ufeff98\u200b27\u200c1234\u200d56",  # marks without a shape
        " 9827123456\r\n",
        "tel:+919827123456",
        "Mob. 9827123456",
        "मो. ९८२७१२३४५६",
        "'9827123456",
        '="9827123456"',
        "9827123456.0",
        "9.827123456E+09",
        "9.827123456e9",
    ],
)
def test_a_mobile_number_is_known_however_it_is_written(written: str) -> None:
    assert parse_number(written, RULES) == MOBILE


@pytest.mark.parametrize(
    "written",
    [
        "0755-2551234",
        "(0755) 2551234",
        "0755 2551234",
        "07552551234",
        "755 2551234",
        "7552551234",
        "+91-755-2551234",
        "0755-255-1234",
        "+91 (0)755 2551234",
    ],
)
def test_a_landline_is_known_with_its_area_code(written: str) -> None:
    assert parse_number(written, RULES) == BHOPAL


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", NumberReason.MISSING),
        ("   ", NumberReason.MISSING),
        ("-", NumberReason.MISSING),
        ("0", NumberReason.MISSING),
        ("0000000000", NumberReason.MISSING),
        ("NA", NumberReason.NOT_A_NUMBER),
        ("नहीं है", NumberReason.NOT_A_NUMBER),
        ("${SHELL(id)}", NumberReason.NOT_A_NUMBER),
        ("9827123456 ext 5", NumberReason.NOT_A_NUMBER),
        ("98271+23456", NumberReason.NOT_A_NUMBER),
        ("राम" * 2_000, NumberReason.NOT_A_NUMBER),
        ("9.82712E+09", NumberReason.DIGITS_LOST),
        ("9.83E9", NumberReason.DIGITS_LOST),
        ("9E+09", NumberReason.DIGITS_LOST),
        ("12", NumberReason.TOO_SHORT),
        ("982712345", NumberReason.TOO_SHORT),
        ("9827123", NumberReason.TOO_SHORT),
        ("98271234567", NumberReason.TOO_LONG),
        ("9" * 5_000, NumberReason.TOO_LONG),
        ("2551234", NumberReason.STD_MISSING),
        ("25512345", NumberReason.STD_MISSING),
        ("0755-1551234", NumberReason.BAD_LANDLINE),
        ("0755-255123", NumberReason.BAD_LANDLINE),
        ("+91 00827123456", NumberReason.BAD_START),
        ("9999999999", NumberReason.SAME_DIGITS),
        ("9999999123", NumberReason.SAME_DIGITS),
        ("9898999990", NumberReason.SAME_DIGITS),
        ("9876543210", NumberReason.STRAIGHT_RUN),
        ("1234567890", NumberReason.STRAIGHT_RUN),
        ("6789012345", NumberReason.STRAIGHT_RUN),
        ("+1 202 555 0123", NumberReason.FOREIGN),
        ("0044 20 7946 0958", NumberReason.FOREIGN),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(
    written: str, reason: NumberReason
) -> None:
    assert parse_number(written, RULES) == NumberProblem(reason)


@pytest.mark.parametrize(
    "written",
    [
        "100",
        "101",
        "102",
        "104",
        "108",
        "112",
        "139",
        "181",
        "1090",
        "1091",
        "1097",
        "1098",
        "1909",
        "1930",
        "1950",
        "14567",
        "155260",
        "140",
        "160",
        "0108",
        "+91 1930",
        "1800 233 0123",
        "18002330123",
        "1860 500 1234",
        "1600123456",
        "1409876543",
        "011-23456789",
        "255123",
    ],
)
def test_emergency_service_and_short_numbers_are_never_dialled(written: str) -> None:
    assert parse_number(written, RULES) == NumberProblem(NumberReason.NEVER_DIAL)


def test_a_protected_number_is_never_dialled_however_it_is_written() -> None:
    rules = NumberRules(protected=frozenset({MOBILE}))
    assert parse_number("098271 23456", rules) == NumberProblem(NumberReason.NEVER_DIAL)
    assert parse_number("9827123457", rules) == "+919827123457"


def test_a_series_that_no_operator_has_is_refused() -> None:
    rules = NumberRules(allotted=re.compile(r"98\d{8}"))
    assert parse_number("9827123456", rules) == MOBILE
    refused = parse_number("9727123456", rules)
    assert refused == NumberProblem(NumberReason.NOT_ALLOTTED)


@pytest.mark.parametrize(
    "between",
    ["/", ", ", "; ", " / ", "।", " | ", " ", "  ", "\n", " या ", " or ", "&"],
)
def test_of_two_numbers_in_a_cell_the_first_is_dialled_first(between: str) -> None:
    cell = f"98271 23456{between}+91-98930-12346"
    assert parse_cell(cell, RULES) == CellNumbers(MOBILE, PhoneNumber("+919893012346"))


def test_a_bad_number_before_a_good_one_does_not_cost_the_person() -> None:
    assert parse_cell("108 / 9827123456", RULES) == CellNumbers(MOBILE)


def test_the_same_number_twice_is_one_number() -> None:
    assert parse_cell("9827123456/09827123456", RULES) == CellNumbers(MOBILE)


def test_the_commas_of_a_spreadsheet_do_not_cut_a_number() -> None:
    assert parse_cell("9,82,71,23,456", RULES) == CellNumbers(MOBILE)


def test_two_bad_numbers_are_refused_for_the_first_one_s_reason() -> None:
    assert parse_cell("108, 98271", RULES) == NumberProblem(NumberReason.NEVER_DIAL)


def test_twenty_digits_in_a_row_are_not_cut_by_guess() -> None:
    refused = parse_cell("98271234569893012346", RULES)
    assert refused == NumberProblem(NumberReason.TOO_LONG)


def test_every_reason_has_a_remedy_in_both_languages() -> None:
    for reason in NumberReason:
        remedy = NumberProblem(reason).remedy
        assert remedy is REMEDIES[reason]
        assert re.search("[\u0900-\u097f]", remedy.hi)
        assert remedy.en.isascii()


@given(st.text(max_size=40))
def test_any_text_gives_a_dialable_number_or_a_reason(written: str) -> None:
    found = parse_cell(written, RULES)
    if isinstance(found, CellNumbers):
        for number in filter(None, (found.number, found.alt_number)):
            assert re.fullmatch(r"\+91[2-9]\d{9}", number)
        assert found.number != found.alt_number


@given(st.from_regex(r"[6-9]\d{9}", fullmatch=True), st.sampled_from(["", "+91", "0"]))
def test_the_phonenumbers_library_reads_the_same_number(ten: str, before: str) -> None:
    found = parse_number(before + ten)
    library = phonenumbers.parse(before + ten, "IN")
    if not isinstance(found, NumberProblem):
        assert found == phonenumbers.format_number(
            library, phonenumbers.PhoneNumberFormat.E164
        )
    else:
        assert found.reason in (NumberReason.SAME_DIGITS, NumberReason.STRAIGHT_RUN)
