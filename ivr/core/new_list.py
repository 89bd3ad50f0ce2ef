"""A list of people on its way in: what the reader hands to the store, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ivr.core.model import ListName, PhoneNumber
from ivr.core.origin import OriginKind, origin_refusal
from ivr.errors import BadInput

MAX_LIST_NAME = 60  # letters
MAX_ORIGIN = 500


@dataclass(frozen=True, slots=True)
class NewList:
    """A list that is about to be imported."""

    name: ListName
    origin: str  # where the numbers come from, in words
    kind: OriginKind


def new_list(
    name: str, origin: str, kind: OriginKind, *, is_government: bool
) -> NewList:
    """Return the list as it will be called. Raises BadInput, `where`: the option."""
    clean = " ".join(name.split())
    if not clean or len(clean) > MAX_LIST_NAME or not clean.isprintable():
        raise BadInput(
            f'"{name}" is no name for a list',
            where="--list",
            remedy=f"one line of at most {MAX_LIST_NAME} letters",
        )
    refused = origin_refusal(kind, origin, tenant_is_government=is_government)
    if refused:
        raise BadInput(
            f"a list of this origin is not imported ({refused.reason})",
            where="--origin",
            remedy=refused.rule,
        )
    return NewList(ListName(clean), " ".join(origin.split())[:MAX_ORIGIN], kind)


class ContactRow(NamedTuple):
    """A cleaned row, in the form in which it is stored (millions pass: a tuple)."""

    number: PhoneNumber
    alt_number: PhoneNumber | None
    name: str
    district: str
    centre: str | None
    constituency: str
    schemes: str  # tags separated by single spaces
    language: str
    fields: str  # every other column, as one JSON object


@dataclass(frozen=True, slots=True)
class Added:
    """What became of some rows that the store was given."""

    duplicates: frozenset[PhoneNumber]  # in this list already: not added again
    in_other_lists: int = 0  # added, and known from another list
    on_do_not_call: int = 0  # added, and never to be dialled
    erased: frozenset[PhoneNumber] = frozenset()  # whose owner was erased: not added


@dataclass(frozen=True, slots=True)
class ListCounts:
    """Every row of the file, told once."""

    read: int
    kept: int
    refused: int
    duplicate: int
    blank: int

    @property
    def adds_up(self) -> bool:
        """Return whether no row is missing and none is told twice."""
        return self.read == self.kept + self.refused + self.duplicate + self.blank
