"""Spreadsheets (xlsx, xls, xlsb, ods) as records of text.

A sheet has at most 1,048,576 rows and is opened whole: that is how the format is
made. Lists beyond that come as CSV, which is read as a stream.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel

from ivr.errors import BadInput

# A full sheet unpacks to well under this; more is a bomb, or no list.
MAX_UNPACKED_BYTES = 4 * 1024**3
_SLICE = 10_000


@dataclass(frozen=True, slots=True)
class SheetFile:
    """One sheet of a workbook."""

    path: Path
    sheet: str
    others: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return the kind of file, in words for the screen."""
        also = f"; not read: {', '.join(self.others)}" if self.others else ""
        return f'spreadsheet, sheet "{self.sheet}"{also}'

    def blocks(
        self, width: int = 0, on_bytes: Callable[[int], None] | None = None
    ) -> Iterator[list[list[str]]]:
        """Yield every row as text, the header and blank rows among them."""
        try:
            sheet = _reader(self.path).load_sheet(
                self.sheet, header_row=None, skip_rows=0, dtypes="string"
            )
        except fastexcel.FastExcelError as exc:
            raise _unreadable(self.path) from exc
        frame = sheet.to_polars()
        size = self.path.stat().st_size
        for start in range(0, frame.height, _SLICE):
            rows = frame.slice(start, _SLICE).fill_null("").rows()
            yield [list(row) for row in rows]
            if on_bytes:
                on_bytes(size * min(start + _SLICE, frame.height) // frame.height)


def open_sheet(path: Path, wanted: str | None) -> SheetFile:
    """Choose the sheet to read. Raises BadInput when the workbook cannot be read."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise BadInput(
                    "it unpacks to more than any list needs",
                    where=str(path),
                    remedy="save the list as CSV UTF-8",
                )
    names = _reader(path).sheet_names
    if not names:
        raise _unreadable(path)
    if wanted and wanted not in names:
        raise BadInput(
            f'there is no sheet "{wanted}"',
            where=str(path),
            remedy="the workbook has: " + ", ".join(names),
        )
    sheet = wanted or names[0]
    return SheetFile(path, sheet, tuple(name for name in names if name != sheet))


def _reader(path: Path) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as exc:
        raise _unreadable(path) from exc


def _unreadable(path: Path) -> BadInput:
    return BadInput(
        "the workbook cannot be read",
        where=str(path),
        remedy="open it, remove a password if it has one, and save it as XLSX",
    )
