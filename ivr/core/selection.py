"""Which part of a campaign's results is asked for, and which part may be seen. Pure.

A `Selection` is what a reader chose; it stands in the page's address. A `CentreScope`
is what the reader may see at all: every question of the store takes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from ivr.core.access import User, centres_under
from ivr.core.model import YEARS, CentreCode
from ivr.core.organisation import Tree
from ivr.errors import BadInput

LONGEST_WORD = 80  # letters of a code in the address
FIELDS = ("centre", "district", "scheme", "from", "to", "question", "choice")


@dataclass(frozen=True, slots=True)
class CentreScope:
    """The centres whose contacts may be seen; None: all, and those of no centre."""

    centres: frozenset[str] | None

    def holds(self, centre: str) -> bool:
        return self.centres is None or centre in self.centres

    def narrowed(self, other: CentreScope) -> CentreScope:
        """Return what both hold."""
        if self.centres is None or other.centres is None:
            return other if self.centres is None else self
        return CentreScope(self.centres & other.centres)


EVERYWHERE = CentreScope(None)


def scope_under(code: str, tree: Tree) -> CentreScope:
    """Return the centre `code` and all that lies under it; nothing if unknown.

    Of the one root it is no restriction: people of no centre are its own.
    """
    under = centres_under(CentreCode(code), tree)
    if under is None:
        return EVERYWHERE
    return CentreScope(frozenset(str(one) for one in under))


def scope_of(user: User, tree: Tree) -> CentreScope:
    """Return what the user may see."""
    return scope_under(user.centre, tree)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a reader chose; "" or None: all. Days are whole, in the report's zone."""

    centre: str = ""  # and what lies under it
    district: str = ""
    scheme: str = ""
    first_day: date | None = None
    last_day: date | None = None
    question: str = ""  # whose answers are compared by district and scheme
    choice: str = ""  # the answer by which districts are put in order

    @property
    def is_filtered(self) -> bool:
        """Return whether people or calls are left out (question, choice leave none)."""
        words = (self.centre, self.district, self.scheme)
        return any(words) or self.first_day is not None or self.last_day is not None


def selection_of(address: Mapping[str, str]) -> Selection:
    """Read the address's words. Raises BadInput for what nobody can have chosen."""
    words = {name: address.get(name, "").strip() for name in FIELDS}
    for name, word in words.items():
        if len(word) > LONGEST_WORD or any(ord(letter) < 32 for letter in word):
            raise BadInput(f"{name}: not a code", remedy="choose it from the list")
    chosen = Selection(
        centre=words["centre"],
        district=words["district"],
        scheme=words["scheme"],
        first_day=_day("from", words["from"]),
        last_day=_day("to", words["to"]),
        question=words["question"],
        choice=words["choice"],
    )
    if chosen.first_day and chosen.last_day and chosen.first_day > chosen.last_day:
        raise BadInput("the first day is after the last", remedy="change the days")
    return chosen


def address_of(selection: Selection) -> dict[str, str]:
    """Return the words that `selection_of` reads, without the empty ones."""
    first, last = selection.first_day, selection.last_day
    words = {
        "centre": selection.centre,
        "district": selection.district,
        "scheme": selection.scheme,
        "from": first.isoformat() if first else "",
        "to": last.isoformat() if last else "",
        "question": selection.question,
        "choice": selection.choice,
    }
    return {name: word for name, word in words.items() if word}


def _day(name: str, word: str) -> date | None:
    if not word:
        return None
    try:
        day = date.fromisoformat(word)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise BadInput(f"{name}: {word!r} is no day", remedy="2026-11-24")
    return day


@dataclass(frozen=True, slots=True)
class Slice:
    """A selection as the database is asked: since <= placed < until."""

    centres: CentreScope
    district: str = ""
    scheme: str = ""
    since: datetime | None = None
    until: datetime | None = None


WHOLE = Slice(EVERYWHERE)


def slice_of(selection: Selection, tree: Tree, zone: tzinfo) -> Slice:
    centres = scope_under(selection.centre, tree) if selection.centre else EVERYWHERE
    first, last = selection.first_day, selection.last_day
    return Slice(
        centres=centres,
        district=selection.district,
        scheme=selection.scheme,
        since=_midnight(first, zone) if first else None,
        until=_midnight(last + timedelta(days=1), zone) if last else None,
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
