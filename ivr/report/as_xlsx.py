"""A part's figures as a workbook: a sheet for each section, numbers as numbers.

Every word is written as a string, so none is ever taken for a formula or a link.
"""

from __future__ import annotations

import io

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ivr.core.part_summary import PartReport
from ivr.core.sheet_cell import plain
from ivr.report.as_csv import HEADER, Row
from ivr.report.part_rows import SECTIONS, part_sections

MOST_LETTERS = 32_767  # of a cell: a longer one would be left out
WIDTHS = (16, 24, 18, 44, 34, 11, 11, 9, 9, 9)  # of the columns, in letters
SHARES = range(7, 10)  # share, low_95, high_95
# XlsxWriter would else make formulas, links and numbers of text that looks like them.
AS_WRITTEN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def part_xlsx(part: PartReport) -> bytes:
    """Return the file."""
    file = io.BytesIO()
    book = Workbook(file, AS_WRITTEN)
    bold, per_cent = (
        book.add_format({"bold": True, "bottom": 1}),
        book.add_format({"num_format": "0.0%"}),
    )
    for code, rows in part_sections(part).items():
        words = SECTIONS[code]
        sheet = book.add_worksheet(f"{words.hi} {words.en}"[:31])
        _write(sheet, rows, bold, per_cent)
    book.close()
    return file.getvalue()


def _write(sheet: Worksheet, rows: list[Row], bold: Format, per_cent: Format) -> None:
    sheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(HEADER, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at, column, plain(cell)[:MOST_LETTERS])
            elif cell is not None and column in SHARES:
                sheet.write_number(at, column, cell, per_cent)
            elif cell is not None:
                sheet.write_number(at, column, cell)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(HEADER) - 1)
