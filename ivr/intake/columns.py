"""Which column of a list is what: good guesses, each with its reason, to be shown.

Reads headers in Hindi, English or a mix; where headers say nothing, the values do.
It changes no value and drops nothing itself: `Column.use` says what is to be done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ivr.core.numbers import NumberProblem, NumberRules, parse_cell
from ivr.errors import BadInput
from ivr.intake.header_words import (
    CONTACT_WORDS,
    EXTRA_WORDS,
    NAME_WORDS,
    SERIAL_WORDS,
    equal_to,
    holding,
)
from ivr.intake.places import fold
from ivr.intake.sensitive import Sensitive, sensitive_header, sensitive_values


class Use(StrEnum):
    """What becomes of a column."""

    CONTACT = "contact"  # a field that every contact has
    EXTRA = "extra"  # kept under its own name, for flows and filters
    DROPPED = "dropped"  # must not come in
    IGNORED = "ignored"  # a serial number, or empty


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file and what was made of it."""

    index: int
    header: str
    use: Use
    field: str  # "" when not kept
    why: str
    sensitive: Sensitive | None = None


NUMBER = "number"
CONTACT_FIELDS = frozenset(CONTACT_WORDS)
_PHONE_SHARE = 0.6  # of the values must be numbers, where no header says so
_LOOK_AT = 300  # values a column
_DROP_WORDS = ("", "-", "drop", "ignore")
_EXTRA_NAME = re.compile(r"^[\w\u0900-\u097f]{1,40}$")


def plan_columns(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    *,
    overrides: Mapping[str | int, str],
    rules: NumberRules,
) -> list[Column]:
    """Return what each column is for.

    `sample` holds the first rows; `overrides` maps headers, or places from 0, to fields
    and wins over every guess, except that sensitive columns stay out. Raises BadInput
    when no column holds telephone numbers.
    """
    values = [_filled(sample, index) for index in range(len(headers))]
    given = _given(headers, overrides)
    columns = [
        _override(index, header, given[index], values[index])
        if index in given
        else _by_header(index, header)
        for index, header in enumerate(headers)
    ]
    columns = _by_values(columns, values, rules)
    return _distinct(columns, headers)


def knows_header(text: str) -> bool:
    """Return whether `text` is a header that people give to a column."""
    column = _by_header(0, text)
    return column.use is not Use.EXTRA or column.field in EXTRA_WORDS


def _filled(sample: Sequence[Sequence[str]], index: int) -> list[str]:
    cells = (row[index].strip() for row in sample if index < len(row))
    return [cell for cell in cells if cell][:_LOOK_AT]


def _given(
    headers: Sequence[str], overrides: Mapping[str | int, str]
) -> dict[int, str]:
    places: dict[str | int, int] = {index: index for index in range(len(headers))}
    places |= {fold(header): index for index, header in enumerate(headers)}
    given: dict[int, str] = {}
    for header, name in overrides.items():
        place = places.get(fold(header) if isinstance(header, str) else header)
        if place is None:
            raise BadInput(
                f'there is no column "{header}"',
                where="--map",
                remedy="the file has: " + ", ".join(headers),
            )
        if name not in _DROP_WORDS and not _EXTRA_NAME.match(name):
            raise BadInput(
                f'"{name}" is no name for a field',
                where="--map",
                remedy="letters, digits and _ only; known: "
                + ", ".join(sorted(CONTACT_FIELDS)),
            )
        given[place] = name
    return given


def _override(index: int, header: str, name: str, values: list[str]) -> Column:
    if name in _DROP_WORDS:
        return Column(index, header, Use.IGNORED, "", "you said so with --map")
    if name in CONTACT_FIELDS:
        return Column(index, header, Use.CONTACT, name, "you said so with --map")
    found = sensitive_header(header) or sensitive_values(values)
    if found:
        return _dropped(index, header, found, "stays out, whatever --map says")
    return Column(index, header, Use.EXTRA, name, "you said so with --map")


def _by_header(index: int, header: str) -> Column:
    key = fold(header)
    if not key or key in SERIAL_WORDS:
        return Column(index, header, Use.IGNORED, "", "a serial number, or no header")
    found = sensitive_header(header)
    if found:
        return _dropped(index, header, found, "its header says so")
    for pick in (equal_to, holding):
        for use, known in ((Use.EXTRA, EXTRA_WORDS), (Use.CONTACT, CONTACT_WORDS)):
            name = pick(key, known)
            if name:
                return Column(index, header, use, name, f'header "{header}"')
    # "नाम" in a longer header: only when nothing more exact was found.
    if any(word in key for word in NAME_WORDS):
        return Column(index, header, Use.CONTACT, "name", f'header "{header}"')
    return Column(index, header, Use.EXTRA, extra_name(header), "kept as it is")


def extra_name(header: str) -> str:
    """Return the name under which an unknown column is kept: letters, digits, _."""
    return re.sub(r"[^\w\u0900-\u097f]+", "_", header.strip()).strip("_")[:40].lower()


def _dropped(index: int, header: str, kind: Sensitive, why: str) -> Column:
    return Column(index, header, Use.DROPPED, "", f"{kind}: {why}", kind)


def _by_values(
    columns: list[Column], values: list[list[str]], rules: NumberRules
) -> list[Column]:
    """Let the values speak where headers did not."""
    if not any(column.field == NUMBER for column in columns):
        columns = _find_number(columns, values, rules)
    for column in columns:
        if column.use is Use.EXTRA and not values[column.index]:
            columns[column.index] = replace(
                column, use=Use.IGNORED, field="", why="empty"
            )
        elif column.use is Use.EXTRA and column.field not in EXTRA_WORDS:
            found = sensitive_values(values[column.index])
            if found:
                columns[column.index] = _dropped(
                    column.index, column.header, found, "its values look like it"
                )
    return columns


def _find_number(
    columns: list[Column], values: list[list[str]], rules: NumberRules
) -> list[Column]:
    best, share = None, 0.0
    for column in columns:
        here = _number_share(values[column.index], rules)
        if column.use in (Use.EXTRA, Use.IGNORED) and here > share:
            best, share = column, here
    if best is None or share < _PHONE_SHARE:
        raise BadInput(
            "no column holds telephone numbers",
            remedy='say which one does: --map "COLUMN=number"; the file has: '
            + ", ".join(column.header or "(no header)" for column in columns),
        )
    columns[best.index] = replace(
        best,
        use=Use.CONTACT,
        field=NUMBER,
        why=f"{share:.0%} of its values are telephone numbers",
    )
    return columns


def _number_share(values: list[str], rules: NumberRules) -> float:
    good = sum(not isinstance(parse_cell(v, rules), NumberProblem) for v in values)
    return good / len(values) if values else 0.0


def _distinct(columns: list[Column], headers: Sequence[str]) -> list[Column]:
    """Give every field to one column: a second telephone column is the alternative."""
    taken: set[str] = set()
    for column in columns:
        name = column.field
        if not name:
            continue
        if name == NUMBER and name in taken:
            name = "alt_number"
        if name in taken:
            base = extra_name(headers[column.index]) or "column"
            base = f"{base}_" if base in CONTACT_FIELDS else base
            name = next(
                n
                for n in (base, *(f"{base}_{i}" for i in range(2, 999)))
                if n not in taken
            )
            column = replace(column, use=Use.EXTRA)
        taken.add(name)
        columns[column.index] = replace(column, field=name)
    return columns
