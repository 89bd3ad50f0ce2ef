"""The report as one long table for spreadsheets: a row for each figure.

section, group: where the figure stands; code, hi, en: what it counts; count, of,
share, low, high: the figure and its 95 % interval. Opens in Excel as it is: UTF-8
with its mark, CRLF, and no cell that Excel would run as a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ivr.core.results import GroupAnswers, GroupReach, QuestionResult, Report, Words
from ivr.core.shares import Mean, Share
from ivr.core.sheet_cell import harmless
from ivr.report.words import (
    LENGTHS,
    OPT_OUT_SOURCES,
    OUTCOMES,
    STEPS,
    TALK_OUTCOMES,
    named,
    sentence,
)

BYTE_ORDER_MARK = "\ufeff"
HEADER = "section,group,code,hi,en,count,of,share,low_95,high_95".split(",")
TOO_FEW = "< 20"

Cell = str | int | float | None
Row = tuple[Cell, ...]


def as_csv(report: Report) -> str:
    """Return the table; write it with newline=""."""
    return as_text(_rows(report))


def as_text(rows: Iterable[Row]) -> str:
    """Return rows of HEADER's columns, or fewer, as a file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        padded = (*row, *[None] * (len(HEADER) - len(row)))
        writer.writerow([safe(cell) for cell in padded])
    return BYTE_ORDER_MARK + text.getvalue()


def safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula."""
    return harmless(cell) if isinstance(cell, str) else cell


def _rows(report: Report) -> Iterator[Row]:
    title = report.title
    yield ("campaign", "", title.campaign_id, title.campaign.hi, title.campaign.en)
    yield ("campaign", "organisation", "", title.organisation, title.organisation)
    yield ("campaign", "flow", title.flow_version, title.flow.hi, title.flow.en)
    for code, at in (("first_call", title.first_at), ("last_call", title.last_at)):
        yield ("campaign", "period", code, at.isoformat() if at else "", "")
    for step in report.funnel:
        words = named(STEPS, step.code)
        share = share_cells(step.of_previous) if step.of_previous else (step.count,)
        yield ("funnel", "", step.code, words.hi, words.en, *share)
    for held in report.held:
        yield ("held", "", held.gate, held.words.hi, held.words.en, held.count)
    for one in report.furthest:
        yield counted_row(
            "furthest", "", one.code, named(OUTCOMES, one.code), one.share
        )
    for one in report.outcomes:
        yield counted_row(
            "outcomes", "", one.code, named(OUTCOMES, one.code), one.share
        )
    for hour in report.hours:
        label = f"{hour.hour:02}:00"
        for code, count in hour.outcomes.items():
            words = named(OUTCOMES, code)
            yield ("hours", label, code, words.hi, words.en, count, hour.calls)
    for day in report.days:
        yield (
            "days",
            day.day.isoformat(),
            "answered",
            "",
            "",
            *share_cells(day.answered),
        )
    for question in report.questions:
        yield from question_rows(question)
    for drop in report.drops:
        yield counted_row("drop_off", "", drop.node, drop.words, drop.share)
    yield from reach_rows("divisions", report.divisions)
    yield from reach_rows("districts", report.districts)
    yield from reach_rows("schemes", report.schemes)
    yield from rest_rows(report)


def share_cells(share: Share) -> Row:
    return (
        share.count,
        share.of,
        _rounded(share.value),
        _rounded(share.low),
        _rounded(share.high),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def counted_row(section: str, group: str, code: str, words: Words, share: Share) -> Row:
    return (section, group, code, words.hi, words.en, *share_cells(share))


def _mean(section: str, group: str, words: Words, mean: Mean) -> Row:
    low, high = _rounded(mean.low), _rounded(mean.high)
    value = _rounded(mean.value)
    return (section, group, "mean", words.hi, words.en, mean.of, None, value, low, high)


def question_rows(question: QuestionResult) -> Iterator[Row]:
    section = f"question {question.node}"
    yield (section, "", "asked", question.words.hi, question.words.en, question.of)
    for choice in question.choices:
        yield counted_row(section, "", choice.code, choice.words, choice.share)
    if question.mean:
        yield _mean(section, "", question.words, question.mean)
    for axis, groups in (
        ("division", question.divisions),
        ("district", question.districts),
        ("scheme", question.schemes),
    ):
        for group in groups:
            yield from _group(section, axis, question, group)


def _group(
    section: str, axis: str, question: QuestionResult, group: GroupAnswers
) -> Iterator[Row]:
    name = f"{axis} {group.code or 'none'}"
    if group.of is None:
        yield (section, name, "withheld", group.words.hi, group.words.en, TOO_FEW)
        return
    for choice, share in zip(question.choices, group.shares, strict=True):
        yield counted_row(section, name, choice.code, choice.words, share)
    if group.mean:
        yield _mean(section, name, group.words, group.mean)


def reach_rows(section: str, groups: Iterable[GroupReach]) -> Iterator[Row]:
    for group in groups:
        code, words = group.code or "none", group.words
        for figure, count in (
            ("enrolled", group.enrolled),
            ("tried", group.tried),
            ("to_the_end", group.to_the_end),
            ("opted_out", group.opted_out),
        ):
            if count is not None:
                yield (section, code, figure, words.hi, words.en, count)
        yield counted_row(section, code, "spoke", words, group.spoke)


def rest_rows(report: Report) -> Iterator[Row]:
    for one in report.opt_outs:
        words = named(OPT_OUT_SOURCES, one.code)
        yield counted_row("opt_outs", "", one.code, words, one.share)
    calls = report.callbacks
    for code in ("asked", "done", "due", "later", "given_up"):
        yield ("callbacks", "", code, "", "", getattr(calls, code), calls.asked)
    yield ("spoken", "", "recordings", "", "", report.spoken.count)
    yield ("spoken", "", "seconds", "", "", round(report.spoken.total_s, 1))
    for recording in report.spoken.files:
        words, length = recording.question, recording.length_s
        yield ("spoken", "file", recording.file, words.hi, words.en, length)
    yield from _telecallers(report)
    abandonment = report.abandonment
    yield ("abandonment", "", "fcc", "", "", *share_cells(abandonment.fcc))
    yield ("abandonment", "", "ofcom", "", "", *share_cells(abandonment.ofcom))
    for day in report.days:
        label = day.day.isoformat()
        yield ("abandonment", label, "ofcom", "", "", *share_cells(day.abandonment))
    for lengths in report.lengths:
        words = named(LENGTHS, lengths.code)
        for code in ("mean_s", "median_s", "p90_s"):
            value = getattr(lengths, code)
            shown = None if value is None else round(value, 1)
            yield ("lengths", lengths.code, code, words.hi, words.en, shown)
    for row in report.network:
        group = f"SIP {row.sip_code or '?'} cause {row.cause or '?'}"
        words = named(OUTCOMES, row.disposition)
        yield counted_row("network", group, row.disposition, words, row.share)
    for wrong in report.wrong_keys:
        for key, presses in wrong.keys:
            label = f"key {key}" if key else "digits"
            words = wrong.words
            yield ("wrong_keys", wrong.node, label, words.hi, words.en, presses)
    for note in report.notes:
        words = sentence(note)
        yield ("notes", "", note.code, words.hi, words.en, note.count)


def _telecallers(report: Report) -> Iterator[Row]:
    for row in report.telecallers:
        for code in (
            "conversations",
            "talk_s",
            "wrap_up_s",
            "ready_s",
            "paused_s",
        ):
            value = round(getattr(row, code), 1)
            yield ("telecallers", row.telecaller_id, code, row.name, "", value)
        for outcome, count in row.outcomes.items():
            words = named(TALK_OUTCOMES, outcome)
            group = row.telecaller_id
            yield ("talk_outcomes", group, outcome, words.hi, words.en, count)
