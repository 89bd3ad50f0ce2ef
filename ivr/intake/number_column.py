"""A column of telephone numbers at once, with the verdicts of ivr/core/numbers.py.

Well-written numbers are recognised by vectorised expressions; every other cell goes to
the pure function itself. A property test holds the two to the same answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
import polars as pl

from ivr.core.numbers import (
    SAME_DIGITS_LIMIT,
    STRAIGHT_RUNS,
    NumberProblem,
    NumberRules,
    parse_cell,
)

# A mobile or ten digits as one block or five and five, with a usual prefix. Anything
# else (STD codes, two numbers, labels, brackets) is for the pure function.
_WELL_WRITTEN = (
    r"^[ \u{a0}]*(?:(?:\+|00)?91[ \u{a0}-]?|0)?"
    r"[6-9][0-9]{4}[ \u{a0}-]?[0-9]{5}[ \u{a0}]*$"
)
_DEVANAGARI = [chr(0x966 + digit) for digit in range(10)]
_ASCII = [str(digit) for digit in range(10)]


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Verdicts in the order of the cells: number, alternative, reason."""

    number: pl.Series  # null: there is none
    alt_number: pl.Series  # null: there is none
    reason: pl.Series  # "" or a NumberReason


def indian_series() -> re.Pattern[str]:
    """Return the pattern of all ten-digit numbers that an Indian operator has.

    It comes from the phonenumbers library's own tables, so it is as new as that is.
    """
    plan = phonenumbers.PhoneMetadata.metadata_for_region("IN")
    assert plan is not None and plan.mobile is not None and plan.fixed_line is not None
    mobile = plan.mobile.national_number_pattern
    return re.compile(f"{mobile}|{plan.fixed_line.national_number_pattern}")


def parse_column(cells: pl.Series, rules: NumberRules) -> NumberColumn:
    """Judge every cell as `parse_cell` would."""
    frame = (
        cells.alias("cell")
        .to_frame()
        .with_columns(
            pl.when(_is_well_written())
            .then(_national())
            .otherwise(None)
            .alias("national")
        )
    )
    frame = frame.with_columns(
        pl.when(_is_fine(rules))
        .then(pl.concat_str(pl.lit("+91"), pl.col("national")))
        .otherwise(None)
        .alias("number")
    )
    rest = frame.filter(pl.col("number").is_null()).get_column("cell").unique()
    verdicts = _one_by_one(rest.to_list(), rules)
    frame = frame.join(verdicts, on="cell", how="left", maintain_order="left")
    done = frame.select(
        pl.coalesce("number", "slow_number").alias("number"),
        pl.col("alt_number"),
        pl.col("reason").fill_null(""),
    )
    return NumberColumn(done["number"], done["alt_number"], done["reason"])


def _plain_digits() -> pl.Expr:
    return pl.col("cell").str.replace_many(_DEVANAGARI, _ASCII)


def _is_well_written() -> pl.Expr:
    return _plain_digits().str.contains(_WELL_WRITTEN)


def _national() -> pl.Expr:
    return _plain_digits().str.replace_all("[^0-9]", "").str.tail(10)


def _is_fine(rules: NumberRules) -> pl.Expr:
    national = pl.col("national")
    most = pl.max_horizontal(
        [national.str.count_matches(digit, literal=True) for digit in _ASCII]
    )
    fine = (most < SAME_DIGITS_LIMIT) & ~national.is_in(STRAIGHT_RUNS)
    if rules.protected:
        protected = [number.removeprefix("+91") for number in rules.protected]
        fine &= ~national.is_in(protected)
    if rules.allotted is not None:
        fine &= national.str.contains(f"^(?:{rules.allotted.pattern})$")
    return fine


def _one_by_one(cells: list[str], rules: NumberRules) -> pl.DataFrame:
    numbers: list[str | None] = []
    alternatives: list[str | None] = []
    reasons: list[str] = []
    for cell in cells:
        verdict = parse_cell(cell, rules)
        if isinstance(verdict, NumberProblem):
            numbers.append(None)
            alternatives.append(None)
            reasons.append(verdict.reason)
        else:
            numbers.append(verdict.number)
            alternatives.append(verdict.alt_number)
            reasons.append("")
    return pl.DataFrame(
        {
            "cell": cells,
            "slow_number": numbers,
            "alt_number": alternatives,
            "reason": reasons,
        },
        schema=dict.fromkeys(
            ("cell", "slow_number", "alt_number", "reason"), pl.String
        ),
    )
