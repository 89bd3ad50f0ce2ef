"""A part's figures as rows of one long table: what the CSV and XLSX files hold.

The columns are those of as_csv.HEADER.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.part_summary import Cross, CrossRow, PartReport
from ivr.core.results import Choice, Words
from ivr.core.selection import address_of
from ivr.report.as_csv import (
    Row,
    as_text,
    counted_row,
    question_rows,
    reach_rows,
    share_cells,
)
from ivr.report.words import OUTCOMES, STEPS, named

SECTIONS: dict[str, Words] = {
    "about": Words("किस बारे में", "About"),
    "reach": Words("पहुँच", "Reach"),
    "answers": Words("उत्तर", "Answers"),
    "compared": Words("ज़िला × योजना", "District x scheme"),
    "places": Words("ज़िले", "Districts"),
    "drop_off": Words("कहाँ छोड़ी", "Drop-off"),
    "hours": Words("घंटे", "Hours"),
    "telecallers": Words("साथी", "Telecallers"),
}


def part_csv(part: PartReport) -> str:
    """Return the file's text; write it with newline=""."""
    return as_text(row for rows in part_sections(part).values() for row in rows)


def part_sections(part: PartReport) -> dict[str, list[Row]]:
    """Return the rows by section, in the order of SECTIONS."""
    report = part.report
    return {
        "about": list(_about(part)),
        "reach": list(_reach(part)),
        "answers": [row for q in report.questions for row in question_rows(q)],
        "compared": list(_compared(part.cross)) if part.cross else [],
        "places": [
            *reach_rows("divisions", report.divisions),
            *reach_rows("districts", report.districts),
            *reach_rows("schemes", report.schemes),
        ],
        "drop_off": [
            counted_row("drop_off", "", drop.node, drop.words, drop.share)
            for drop in report.drops
        ],
        "hours": list(_hours(part)),
        "telecallers": list(_telecallers(part)),
    }


def _about(part: PartReport) -> Iterator[Row]:
    title = part.report.title
    yield ("campaign", "", title.campaign_id, title.campaign.hi, title.campaign.en)
    yield ("campaign", "organisation", "", title.organisation, title.organisation)
    for name, word in address_of(part.selection).items():
        yield ("filter", "", name, word, word)
    yield ("made", "", title.made_at.isoformat(timespec="seconds"), "", "")


def _reach(part: PartReport) -> Iterator[Row]:
    report = part.report
    for step in report.funnel[2:]:
        words = named(STEPS, step.code)
        share = share_cells(step.of_previous) if step.of_previous else (step.count,)
        yield ("funnel", "", step.code, words.hi, words.en, *share)
    for one in report.furthest:
        words = named(OUTCOMES, one.code)
        yield counted_row("furthest", "", one.code, words, one.share)
    for one in report.outcomes:
        words = named(OUTCOMES, one.code)
        yield counted_row("outcomes", "", one.code, words, one.share)


def _hours(part: PartReport) -> Iterator[Row]:
    for hour in part.report.hours:
        label = f"{hour.hour:02}:00"
        yield ("hours", label, "answered", "", "", *share_cells(hour.answered))
        for code, count in hour.outcomes.items():
            words = named(OUTCOMES, code)
            yield ("hours", label, code, words.hi, words.en, count, hour.calls)
    for day in part.report.days:
        label = day.day.isoformat()
        yield ("days", label, "answered", "", "", *share_cells(day.answered))


def _compared(cross: Cross) -> Iterator[Row]:
    section = f"question {cross.question.node}"
    choices = cross.question.choices
    for row in cross.rows:
        district = f"district {row.code or 'none'}"
        yield from _cross_row(section, district, row, choices)
        for scheme in row.schemes:
            group = f"{district} scheme {scheme.code or 'none'}"
            yield from _cross_row(section, group, scheme, choices)


def _cross_row(
    section: str, group: str, row: CrossRow, choices: tuple[Choice, ...]
) -> Iterator[Row]:
    for choice, share in zip(choices, row.shares, strict=True):
        yield counted_row(section, group, choice.code, choice.words, share)


def _telecallers(part: PartReport) -> Iterator[Row]:
    for row in part.report.telecallers:
        for code, value in (("talks", row.conversations), ("talk_s", row.talk_s)):
            shown = round(value, 1)
            yield ("telecallers", row.telecaller_id, code, row.name, row.name, shown)
