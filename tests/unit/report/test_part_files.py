"""A part's figures as CSV and XLSX; and what people's words cannot do in them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from ivr.core.model import Disposition
from ivr.core.part_summary import PartReport, summarise_part
from ivr.core.selection import Selection
from ivr.report.as_xlsx import part_xlsx
from ivr.report.part_rows import SECTIONS, part_csv, part_sections
from tests.fakes.counted import CAMPAIGN, NAMES, NOON, block, calls, part, talks

INDIA = ZoneInfo("Asia/Kolkata")
BAD = "=cmd|' /C calc'!A0"
LINK = "http://example.org/x"


@pytest.fixture
def found() -> PartReport:
    tallies = part(
        campaign=replace(CAMPAIGN, title_hi=BAD, title_en=LINK),
        attempts=(calls(Disposition.COMPLETED, 30),),
        blocks=(block("SEH", "pm_kisan", "water", 25), block("SEH", "", BAD, 20)),
        talks=(talks("tc-1", BAD, 1),),
    )
    chosen = Selection(district="SEH", question="need")
    return summarise_part(tallies, NAMES, chosen, NOON, INDIA)


def test_the_csv_has_every_section_and_no_formula(found: PartReport):
    rows = list(csv.DictReader(io.StringIO(part_csv(found).removeprefix("\ufeff"))))
    sections = {row["section"] for row in rows}
    assert {"campaign", "filter", "funnel", "hours", "telecallers"} <= sections
    cells = [cell for row in rows for cell in row.values() if cell]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "|"))]
    assert f"'{BAD}" in cells
    [water] = [
        row
        for row in rows
        if row["group"] == "district SEH scheme pm_kisan" and row["code"] == "water"
    ]
    assert (water["count"], water["of"]) == ("25", "25")


def test_the_workbook_holds_text_as_text_and_numbers_as_numbers(found: PartReport):
    with zipfile.ZipFile(io.BytesIO(part_xlsx(found))) as book:
        names = book.namelist()
        sheets = [
            book.read(name).decode() for name in names if "worksheets/sheet" in name
        ]
        strings = book.read("xl/sharedStrings.xml").decode()
        titles = book.read("xl/workbook.xml").decode()
    assert len(sheets) == len(SECTIONS)
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert not [name for name in names if "external" in name.lower()]
    assert "=cmd|" in strings and LINK in strings
    assert any(re.search(r"<v>45</v>", sheet) for sheet in sheets)
    assert "साथी Telecallers" in titles


def test_every_section_has_a_name_for_its_sheet(found: PartReport):
    assert list(part_sections(found)) == list(SECTIONS)
    for words in SECTIONS.values():
        name = f"{words.hi} {words.en}"
        assert len(name) <= 31 and not set(name) & set("[]:*?/\\'")


def test_an_empty_part_makes_files_too():
    empty = summarise_part(part(), NAMES, Selection(), NOON, INDIA)
    assert part_csv(empty).startswith("\ufeffsection,")
    assert part_xlsx(empty).startswith(b"PK")
