"""What the pages know of lists: how many people, of which kinds. Pure values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivr.core.model import ListName, PhoneNumber
from ivr.core.new_list import ListCounts

FIELD_NAME = re.compile(r"[\w\u0900-\u097f]{1,40}")  # as the intake makes them


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as a reader sees it: `contacts` are those of the reader's centres."""

    name: ListName
    origin: str
    origin_kind: str
    state: str  # importing or ready
    imported_at: datetime | None
    contacts: int
    rows: ListCounts | None = None  # only for who sees all centres


@dataclass(frozen=True, slots=True)
class Segment:
    """Which of a list's contacts are meant; "" means all."""

    district: str = ""
    scheme: str = ""
    constituency: str = ""
    language: str = ""
    field: str = ""  # the name of a column that only this list has
    value: str = ""  # what must be in it

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> Segment:
        """Return the segment that an address asks for; what is odd is left out."""
        names = ("district", "scheme", "constituency", "language", "field", "value")
        given = {name: query.get(name, "").strip()[:200] for name in names}
        if not FIELD_NAME.fullmatch(given["field"]):
            given["field"] = given["value"] = ""
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Some:
    """How many contacts are asked for, and after which one: pages follow each other."""

    limit: int
    after: int = 0  # contact id


Counted = tuple[tuple[str, int], ...]  # a value and how many have it, most first


@dataclass(frozen=True, slots=True)
class Facets:
    """How many a segment has, and how many each other choice would have."""

    total: int
    districts: Counted = ()
    schemes: Counted = ()
    constituencies: Counted = ()
    languages: Counted = ()
    fields: tuple[str, ...] = ()  # names of columns that only this list has
    values: Counted = ()  # of the chosen field


@dataclass(frozen=True, slots=True)
class Barred:
    """A number that is never called."""

    number: PhoneNumber
    since: datetime
    source: str = field(default="")  # key 9, a user, a file, a letter ...
