"""A list counted once by all that people filter by; every segment is a sum of it. Pure.

A list of a million has some ten thousand different rows of this kind, so a filter that
is chosen is answered at once instead of by walking all its people again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ivr.core.list_facts import Counted, Segment

MOST_VALUES = 60  # of one facet


class Cell(NamedTuple):
    """How many people of a list are alike in this."""

    district: str
    constituency: str
    schemes: str  # tags separated by single spaces
    language: str
    people: int


@dataclass(frozen=True, slots=True)
class Sums:
    """How many a segment has, and each other choice beside the others chosen."""

    total: int
    districts: Counted
    schemes: Counted
    constituencies: Counted
    languages: Counted


def sums(cells: Iterable[Cell], segment: Segment) -> Sums:
    """Return the sums of a segment; its field and value are not looked at."""
    total = 0
    districts, schemes = Counter[str](), Counter[str]()
    constituencies, languages = Counter[str](), Counter[str]()
    for cell in cells:
        tags = cell.schemes.split()
        others = (
            segment.district not in ("", cell.district),
            bool(segment.scheme) and segment.scheme not in tags,
            segment.constituency not in ("", cell.constituency),
            segment.language not in ("", cell.language),
        )
        against = sum(others)  # by how many filters it is left out
        if not against:
            total += cell.people
        if against > 1:
            continue  # no one choice would bring it in
        if others[0] or not against:
            districts[cell.district] += cell.people
        if others[1] or not against:
            for tag in tags:
                schemes[tag] += cell.people
        if others[2] or not against:
            constituencies[cell.constituency] += cell.people
        if others[3] or not against:
            languages[cell.language] += cell.people
    return Sums(
        total, most(districts), most(schemes), most(constituencies), most(languages)
    )


def most(counts: Mapping[str, int]) -> Counted:
    """Return the values that are most frequent, those first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple((value, count) for value, count in ordered if value)[:MOST_VALUES]
