"""The fast way through a column of numbers gives the pure function's verdicts."""

from __future__ import annotations

import phonenumbers
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.model import PhoneNumber
from ivr.core.numbers import CellNumbers, NumberRules, parse_cell
from ivr.intake.number_column import indian_series, parse_column

PROTECTED = frozenset({PhoneNumber("+919827123456")})
RULES = NumberRules(frozenset({"755", "7562"}), indian_series(), PROTECTED)
NO_SERIES = NumberRules(frozenset({"755"}))

digits = st.text("0123456789०१२३४५६७८९", min_size=8, max_size=12)
prefixes = st.sampled_from(
    ["", "+91", "+91 ", "0091", "91-", "0", "00", "+", " ", "tel:"]
)
signs = st.text(" -.()/,+\u00a0\u200b\u2011E\n'", max_size=3)
written_numbers = st.builds(
    lambda before, head, middle, tail, after: before + head + middle + tail + after,
    prefixes,
    st.text("6789०९0123", min_size=1, max_size=5),
    signs,
    st.one_of(digits, st.from_regex(r"[0-9]{5,6}", fullmatch=True)),
    signs,
)
well_known = st.sampled_from(
    ["9827123456", "9876543210", "9999999999", "0755-2551234", "9.82712E+09", "108", ""]
)


@settings(max_examples=400)
@given(st.lists(st.one_of(written_numbers, well_known, st.text(max_size=20))))
def test_a_column_is_judged_as_its_cells_are(cells: list[str]) -> None:
    for rules in (RULES, NO_SERIES):
        column = parse_column(pl.Series(cells, dtype=pl.String), rules)
        found = list(zip(column.number, column.alt_number, column.reason, strict=True))
        assert found == [_verdict(cell, rules) for cell in cells]


def _verdict(cell: str, rules: NumberRules) -> tuple[str | None, str | None, str]:
    found = parse_cell(cell, rules)
    if isinstance(found, CellNumbers):
        return found.number, found.alt_number, ""
    return None, None, found.reason.value


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_the_series_are_those_of_the_phonenumbers_library(ten: str) -> None:
    library = phonenumbers.is_valid_number(phonenumbers.parse(f"+91{ten}"))
    assert bool(indian_series().fullmatch(ten)) == library
