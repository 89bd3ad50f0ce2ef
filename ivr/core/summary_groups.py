"""Reach by division, district and scheme, of what the database counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from ivr.core.model import Disposition
from ivr.core.results import GroupReach, Words
from ivr.core.shares import share_of
from ivr.core.tallies import FURTHEST, Names, PeopleCount, PlaceName, Tallies

NO_GROUP = ""  # people of no known district, or with no scheme
_NO_PLACE = Words("ज़िला दर्ज नहीं", "no district given")
_NO_SCHEME = Words("कोई योजना दर्ज नहीं", "no scheme given")


def districts(tallies: Tallies, names: Names) -> tuple[GroupReach, ...]:
    return _reach(
        tallies.by_district,
        lambda code: (code,),
        lambda code: district_words(names, code),
        tallies.enrolled,
    )


def divisions(tallies: Tallies, names: Names) -> tuple[GroupReach, ...]:
    enrolled: Counter[str] = Counter()
    for code, count in tallies.enrolled.items():
        enrolled[division_of(names, code)] += count
    return _reach(
        tallies.by_district,
        lambda code: (division_of(names, code),),
        lambda code: division_words(names, code),
        enrolled,
    )


def schemes(tallies: Tallies, names: Names) -> tuple[GroupReach, ...]:
    """A person with two schemes counts in both."""
    return _reach(
        tallies.by_schemes,
        tags_of,
        lambda tag: scheme_words(names, tag),
        None,
    )


def tags_of(schemes: str) -> tuple[str, ...]:
    return tuple(schemes.split()) or (NO_GROUP,)


def division_of(names: Names, district: str) -> str:
    place = names.districts.get(district)
    return place.division if place else NO_GROUP


def district_words(names: Names, code: str) -> Words:
    return _words(names.districts, code, _NO_PLACE)


def division_words(names: Names, code: str) -> Words:
    return _words(names.divisions, code, _NO_PLACE)


def scheme_words(names: Names, tag: str) -> Words:
    return _words(names.schemes, tag, _NO_SCHEME)


def _words(named: Mapping[str, PlaceName], code: str, nothing: Words) -> Words:
    if code == NO_GROUP:
        return nothing
    place = named.get(code)
    return Words(place.hi, place.en) if place else Words(code, code)


def _reach(
    rows: Iterable[PeopleCount],
    groups_of: Callable[[str], tuple[str, ...]],
    words_of: Callable[[str], Words],
    enrolled: Mapping[str, int] | None,
) -> tuple[GroupReach, ...]:
    """Return every group that has people, the most tried first."""
    reached: dict[str, Counter[int]] = {code: Counter() for code in enrolled or ()}
    for row in rows:
        for code in groups_of(row.group):
            reached.setdefault(code, Counter())[row.furthest] += row.count
    result = [
        _group(
            code,
            words_of(code),
            None if enrolled is None else enrolled.get(code, 0),
            ranks,
        )
        for code, ranks in reached.items()
    ]
    result.sort(key=lambda row: (row.code == NO_GROUP, -row.tried, row.code))
    return tuple(result)


def _group(
    code: str, words: Words, enrolled: int | None, ranks: Counter[int]
) -> GroupReach:
    silent = FURTHEST[Disposition.SILENT]
    spoke = sum(count for rank, count in ranks.items() if rank > silent)
    ends = (Disposition.COMPLETED, Disposition.TALKED)
    return GroupReach(
        code=code,
        words=words,
        enrolled=enrolled,
        tried=ranks.total(),
        spoke=share_of(spoke, ranks.total()),
        to_the_end=sum(ranks[FURTHEST[ended]] for ended in ends),
        opted_out=ranks[FURTHEST[Disposition.OPTED_OUT]],
    )
