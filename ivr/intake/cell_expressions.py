"""What is done to whole columns of cells at once, as Polars expressions.

Each takes and gives columns of text without nulls, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from ivr.intake.sensitive import sensitive_cell

# What no cell needs: control signs and odd spaces; and marks without a shape, but for
# the two joiners that Devanagari is written with.
_SPACES = r"[\p{Cc}\p{Z}]+"
_SHAPELESS = r"[\p{Cf}--[\u{200c}\u{200d}]]+"
_UNTIDY = r"[\p{Cc}\p{Cf}\p{Z}--[ \u{200c}\u{200d}]]|^ | $|  "
_NOT_ASCII = r"[^\x00-\x7f]"
_DEVANAGARI = [chr(0x966 + digit) for digit in range(10)]
_ASCII = [str(digit) for digit in range(10)]
_DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_DIGIT = "[0-9०-९]"
_FOUR_DIGITS = _DIGIT + "{4}"
_PERHAPS_SENSITIVE = (
    f"{_DIGIT}{{4}}[ -]?{_DIGIT}{{4}}[ -]?{_DIGIT}{{4}}|[A-Za-z]{{3}}{_DIGIT}{{7}}"
    "|[A-Za-z]{4}0[A-Za-z0-9]{6}|[A-Za-z]{2}/[0-9]{1,3}/[0-9]{1,3}/[0-9]{4}"
)


def tidy(column: pl.Series) -> pl.Series:
    """Return one spelling (NFC) of the cells, on one line, without hidden signs."""
    if column.str.contains(_NOT_ASCII).any():
        column = column.str.normalize("NFC")
    if not column.str.contains(_UNTIDY).any():
        return column
    shaped = column.str.replace_all(_SHAPELESS, "")
    return shaped.str.replace_all(_SPACES, " ").str.strip_chars(" ")


def ascii_digits(cells: pl.Expr) -> pl.Expr:
    """Return the cells with Devanagari digits in ASCII."""
    return cells.str.replace_many(_DEVANAGARI, _ASCII)


def age_in_years(cells: pl.Expr) -> pl.Expr:
    """Return the age written first in each cell, null where there is none."""
    return ascii_digits(cells).str.extract(r"^([0-9]{1,3})\b", 1).cast(pl.Int64)


def born_after(cells: pl.Expr, day: date) -> pl.Expr:
    """Return whether each cell is a date after `day`; false where it is no date."""
    digits = ascii_digits(cells)
    dates = [
        digits.str.to_datetime(form, time_unit="us", strict=False).dt.date()
        for form in _DATE_FORMATS
    ]
    return (pl.coalesce(dates) > day).fill_null(False)


def seat_number(cells: pl.Expr) -> pl.Expr:
    """Return the constituency's number, "" where only a name is written."""
    digits = ascii_digits(cells).str.extract(r"([0-9]{1,3})", 1).fill_null("")
    return digits.str.strip_chars_start("0")


def json_object(fields: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return one JSON object a row, of the cells that are not empty.

    The cells are tidied, so only quotes and backslashes need an escape.
    """
    members = []
    for name, cells in fields.items():
        escaped = cells.str.replace_all("\\", "\\\\", literal=True).str.replace_all(
            '"', '\\"', literal=True
        )
        member = pl.concat_str(pl.lit(f'"{name}": "'), escaped, pl.lit('"'))
        members.append(pl.when(cells != "").then(member))
    if not members:
        return pl.lit("{}")
    inside = pl.concat_str(members, separator=", ", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}"))


def without_sensitive(
    frame: pl.DataFrame, columns: Sequence[str]
) -> tuple[pl.DataFrame, int]:
    """Return `frame` with identity and bank numbers blanked, and how many were."""
    blanked = 0
    for name in columns:
        cells = frame[name]
        perhaps = cells.filter(cells.str.contains(_FOUR_DIGITS)).unique()
        perhaps = perhaps.filter(perhaps.str.contains(_PERHAPS_SENSITIVE))
        found = [cell for cell in perhaps.to_list() if sensitive_cell(cell)]
        if found:
            blanked += int(cells.is_in(found).sum())
            frame = frame.with_columns(
                pl.when(pl.col(name).is_in(found))
                .then(pl.lit(""))
                .otherwise(name)
                .alias(name)
            )
    return frame, blanked
