"""The report as CSV, JSON and terminal tables; and what people cannot do to it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from ivr.core.model import Disposition
from ivr.core.results import Note, Report
from ivr.core.summary import summarise
from ivr.report import words
from ivr.report.as_csv import as_csv, safe
from ivr.report.as_json import as_json
from ivr.report.tables import as_tables
from tests.fakes.counted import (
    CAMPAIGN,
    NAMES,
    NOON,
    calls,
    counted,
    people,
    said,
    talks,
)

INDIA = ZoneInfo("Asia/Kolkata")
BAD = "=HYPERLINK('http://x','y')<script>alert(1)</script>[red]"


def report_of(**changes: Any) -> Report:
    return summarise(counted(**changes), NAMES, NOON, INDIA)


@pytest.fixture
def report() -> Report:
    return report_of(
        campaign=replace(CAMPAIGN, title_hi=BAD),
        attempts=(calls(Disposition.COMPLETED, 30), calls(Disposition.BUSY, 10)),
        by_district=(people("SEH", Disposition.COMPLETED, 30), people("SEH", None, 10)),
        answers_by_district=(
            said("INR", "water", 30),
            said("SEH", "water", 30),
            said("VID", "roads", 4),
        ),
        talks=(talks(BAD, BAD, 1),),
    )


def rows_of(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(report).removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n", "|calc", "%0", "＝1"],
)
def test_no_cell_is_a_formula_to_a_spreadsheet(cell: str):
    shown = safe(cell)
    assert isinstance(shown, str)
    assert shown.startswith("'") or not cell.strip()


@pytest.mark.parametrize("cell", ["सीहोर", "", "a=b", 3, -1.5, None])
def test_other_cells_stay_as_they_are(cell: str | float | None):
    assert safe(cell) == cell


def test_a_name_that_is_a_formula_is_made_harmless_in_the_csv(report: Report):
    names = {row["hi"] for row in rows_of(report) if row["section"] == "telecallers"}
    assert names == {f"'{BAD}"}


def test_the_csv_opens_in_excel(report: Report):
    text = as_csv(report)
    assert text.startswith("\ufeffsection,group,code,hi,en,count,of,share,")
    assert text.count("\n") == text.count("\r\n")
    widths = {len(row) for row in csv.reader(io.StringIO(text))}
    assert widths == {10}


def test_the_csv_adds_up(report: Report):
    rows = rows_of(report)
    outcomes = [int(r["count"]) for r in rows if r["section"] == "outcomes"]
    hours = [int(r["count"]) for r in rows if r["section"] == "hours"]
    assert sum(outcomes) == sum(hours) == 40


def test_a_small_groups_opinions_are_in_no_rendering(report: Report):
    rows = [r for r in rows_of(report) if r["group"] == "district VID"]
    assert [(r["code"], r["count"]) for r in rows] == [("withheld", "< 20")]
    data = json.loads(as_json(report))
    [vidisha] = [d for d in data["questions"][0]["districts"] if d["code"] == "VID"]
    assert (vidisha["of"], vidisha["shares"], vidisha["mean"]) == (None, [], None)


def test_the_json_has_every_field_and_unrounded_shares(report: Report):
    data = json.loads(as_json(report))
    assert data["format"] == 1
    assert data["title"]["campaign"]["hi"] == BAD
    assert data["title"]["made_at"] == "2026-11-24T12:00:00+05:30"
    assert data["figures"]["spoke"]["value"] == 0.75
    assert data["hours"][0]["outcomes"] == {"busy": 10, "completed": 30}
    missing = set(Report.__dataclass_fields__) - set(data)
    assert not missing


def test_the_terminal_shows_names_as_text_not_as_markup(report: Report):
    console = Console(width=200, file=io.StringIO())
    with console.capture() as printed:
        console.print(as_tables(report))
    assert "[red]" in printed.get()
    assert "सबसे ज़रूरी काम" in printed.get()


def test_an_empty_report_can_be_shown_in_every_way():
    empty = report_of()
    with Console(width=100, file=io.StringIO()).capture():
        Console(file=io.StringIO()).print(as_tables(empty))
    assert "no_calls" in as_csv(empty)
    assert json.loads(as_json(empty))["figures"]["spoke"]["value"] is None


def test_every_outcome_has_words_and_one_colour():
    for disposition in Disposition:
        assert str(disposition) in words.OUTCOMES
    for code in words.OUTCOMES:
        assert sum(code in codes for _, _, codes in words.BANDS) == 1


def test_a_note_is_a_sentence_with_grouped_numbers():
    sentence = words.sentence(Note("live", 1_234_567, 2_000_000))
    assert "12,34,567" in sentence.hi
    assert sentence.en.startswith("12,34,567 of 20,00,000 calls")


def test_a_code_without_words_stands_for_itself():
    assert words.named(words.OUTCOMES, "some_new_thing").en == "some new thing"


def test_a_code_may_be_written_with_spaces():
    assert words.named(words.OPT_OUT_SOURCES, "key 9").en == "pressed 9 in the call"
