"""A scope and a slice as conditions of SQL: written once, so that no question forgets.

No questions here.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, false, literal

from ivr.core.selection import CentreScope, Slice
from ivr.store.tables import attempts, contacts


def of_people(scope: CentreScope, part: Slice) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold of a contact; nothing if everybody is meant."""
    who = contacts.c
    yield from is_under(who.centre, scope)
    yield from is_under(who.centre, part.centres)
    if part.district:
        yield who.district == part.district
    if part.scheme:
        yield has_scheme(who.schemes, part.scheme)


def of_calls(part: Slice) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold of an attempt's day."""
    if part.since is not None:
        yield attempts.c.placed_at >= part.since
    if part.until is not None:
        yield attempts.c.placed_at < part.until


def is_under(
    column: ColumnElement[str | None], scope: CentreScope
) -> Iterator[ColumnElement[bool]]:
    if scope.centres is None:
        return
    yield column.in_(sorted(scope.centres)) if scope.centres else false()


def has_scheme(
    column: ColumnElement[str] | ColumnElement[str | None], tag: str
) -> ColumnElement[bool]:
    """Words are kept with single spaces between."""
    spaced = literal(" ") + column + literal(" ")
    return spaced.contains(f" {tag} ", autoescape=True)
