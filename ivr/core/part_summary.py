"""Makes the live page's `PartReport` of what the database counted. Pure.

The same arithmetic as the whole report's (core.summary): a part is given to it as
`Tallies` that hold only what the page shows. Opinions are those of whole blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from ivr.core.model import Disposition
from ivr.core.opinion_blocks import LEFT
from ivr.core.results import Drop, QuestionResult, Report, Words
from ivr.core.selection import Selection
from ivr.core.shares import Share, Spans, share_of
from ivr.core.summary import summarise
from ivr.core.summary_answers import drops
from ivr.core.summary_groups import NO_GROUP, district_words, scheme_words, tags_of
from ivr.core.tallies import (
    AnswerCount,
    AttemptCount,
    BlockCount,
    CallbackCounts,
    Names,
    PartTallies,
    PeopleCount,
    PlaceName,
    Tallies,
)

MIXED = "*"  # people of blocks that differ in it
_MIXED = PlaceName(MIXED, "कई ज़िले मिलाकर", "several districts together", MIXED)
_MIXED_SCHEMES = PlaceName(MIXED, "कई योजनाएँ मिलाकर", "several schemes together")


@dataclass(frozen=True, slots=True)
class CrossRow:
    """What people of one district, or of one scheme in it, answered."""

    code: str
    words: Words
    of: int
    shares: tuple[Share, ...]  # in the order of the question's choices
    schemes: tuple[CrossRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Cross:
    """District x scheme x answer of one question."""

    question: QuestionResult
    choice: str  # by which the districts are in order
    rows: tuple[CrossRow, ...]


@dataclass(frozen=True, slots=True)
class PartReport:
    report: Report  # abandonment, network, keys, desks' times: not of a part
    selection: Selection
    cross: Cross | None  # None: no question has choices


def summarise_part(
    part: PartTallies,
    names: Names,
    selection: Selection,
    now: datetime,
    zone: tzinfo,
) -> PartReport:
    """Return what the page and its exports show."""
    named = _with_mixed(names)
    whole = _as_whole(part)
    report = replace(summarise(whole, named, now, zone), drops=_drops(whole, part))
    return PartReport(
        report=report,
        selection=selection,
        cross=_cross(report, part.blocks, named, selection),
    )


def _with_mixed(names: Names) -> Names:
    return replace(
        names,
        districts={**names.districts, MIXED: _MIXED},
        divisions={**names.divisions, MIXED: _MIXED},
        schemes={**names.schemes, MIXED: _MIXED_SCHEMES},
    )


def _as_whole(part: PartTallies) -> Tallies:
    none = Spans(0, 0, {})
    talks_ms = sum(talk.talk_ms for talk in part.talks)
    return Tallies(
        campaign=part.campaign,
        state=part.state,
        flow=part.flow,
        flow_versions={},
        first_at=part.first_at,
        last_at=part.last_at,
        funnel={"queued": sum(part.enrolled.values())},
        attempts=part.attempts,
        by_district=_people(part, "district"),
        by_schemes=_people(part, "schemes"),
        enrolled=part.enrolled,
        answers_by_district=_answers(part.blocks, "district"),
        answers_by_schemes=_answers(part.blocks, "schemes"),
        spoken=(),
        spoken_files=(),
        hung_up_at={},
        keys=(),
        network=(),
        answered_30d=0,
        wanted=(),
        opt_outs={},
        callbacks=CallbackCounts(),
        talks=part.talks,
        desks=(),
        rings=none,
        rings_unanswered=none,
        calls=none,
        talk_spans=Spans(len(part.talks), talks_ms, {}),
    )


def _people(part: PartTallies, fact: str) -> tuple[PeopleCount, ...]:
    counts: Counter[tuple[str, int]] = Counter()
    for row in part.people:
        group = row.district if fact == "district" else row.schemes
        counts[group, row.furthest] += row.count
    return tuple(PeopleCount(*key, count) for key, count in sorted(counts.items()))


def _answers(blocks: Iterable[BlockCount], fact: str) -> tuple[AnswerCount, ...]:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in blocks:
        group = row.district if fact == "district" else row.schemes
        code = MIXED if group is None else group
        if row.node == LEFT:
            continue
        counts[code, row.node, row.kind, row.choice] += row.count
    return tuple(AnswerCount(*key, count) for key, count in sorted(counts.items()))


def _drops(whole: Tallies, part: PartTallies) -> tuple[Drop, ...]:
    """Where people hung up, of those in whole blocks; people here, not calls."""
    left: Counter[str] = Counter()
    for row in part.blocks:
        if row.node == LEFT:
            left[row.choice] += row.count
    answered = AttemptCount(0, Disposition.COMPLETED, True, left.total())
    del left[""]  # who stayed
    return drops(replace(whole, attempts=(answered,), hung_up_at=left))


# District x scheme x answer


def _cross(
    report: Report, blocks: Iterable[BlockCount], names: Names, selection: Selection
) -> Cross | None:
    asked = [question for question in report.questions if question.choices]
    if not asked:
        return None
    chosen = next((q for q in asked if q.node == selection.question), asked[0])
    codes = [choice.code for choice in chosen.choices]
    choice = selection.choice if selection.choice in codes else codes[0]
    by_place: dict[str, dict[str, Counter[str]]] = {}
    for row in blocks:
        if row.node == chosen.node:
            place = MIXED if row.district is None else row.district
            tags = MIXED if row.schemes is None else row.schemes
            cell = by_place.setdefault(place, {}).setdefault(tags, Counter())
            cell[row.choice] += row.count
    rows = [
        _district_row(code, cells, codes, names) for code, cells in by_place.items()
    ]
    at = codes.index(choice)
    rows.sort(key=lambda r: (r.code in (MIXED, NO_GROUP), -(r.shares[at].value or 0.0)))
    return Cross(chosen, choice, tuple(rows))


def _district_row(
    code: str, cells: Mapping[str, Counter[str]], choices: list[str], names: Names
) -> CrossRow:
    """A person with two schemes counts in both rows, and in the district once."""
    total: Counter[str] = Counter()
    by_tag: dict[str, Counter[str]] = {}
    for tags, chosen in cells.items():
        total += chosen
        for tag in tags_of(tags):
            by_tag.setdefault(tag, Counter()).update(chosen)
    schemes = [
        _row(tag, scheme_words(names, tag), chosen, choices)
        for tag, chosen in by_tag.items()
    ]
    schemes.sort(key=lambda row: (row.code in (MIXED, NO_GROUP), -row.of, row.code))
    whole = _row(code, district_words(names, code), total, choices)
    return replace(whole, schemes=tuple(schemes))


def _row(code: str, words: Words, chosen: Counter[str], choices: list[str]) -> CrossRow:
    of = chosen.total()
    return CrossRow(
        code, words, of, tuple(share_of(chosen[choice], of) for choice in choices)
    )
