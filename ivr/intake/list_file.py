"""A list of people as a file: its header row found, its rows in batches.

Knows nothing of what the columns mean. Rows keep the number that a spreadsheet shows
for them, so that people find a refused one again.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from ivr.core.numbers import NumberProblem, parse_cell
from ivr.errors import BadInput
from ivr.intake.columns import knows_header
from ivr.intake.sheet_file import SheetFile, open_sheet
from ivr.intake.text_file import Broken, TextFile, open_text

BATCH_ROWS = 20_000
_SAMPLE_ROWS = 2_000
_HEADER_WITHIN = 20  # rows: titles, dates and empty rows may come before it
_OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")
# नाम, मोबाइल, जिला, ग्राम in Kruti Dev, a font that draws Latin letters as Hindi ones.
_KRUTI_DEV = ("uke", "eksckbZy", "eksckby", "ftyk", "xzke", ";kstuk")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row whose cells cannot be told apart."""

    row: int
    reason: str
    value: str


@dataclass(slots=True)
class Batch:
    """Some rows that have as many cells as the header, and what was not such a row."""

    rows: list[list[str]] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    broken: list[BrokenRow] = field(default_factory=list)
    blank: int = 0

    @property
    def read(self) -> int:
        """Return how many rows of the file this was."""
        return len(self.rows) + len(self.broken) + self.blank


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file with its header row known."""

    source: TextFile | SheetFile
    headers: tuple[str, ...]
    header_row: int  # 0: the file has none
    sample: tuple[tuple[str, ...], ...]  # the first rows, as they are

    @property
    def kind(self) -> str:
        """Return what kind of file it is, in words for the screen."""
        return self.source.kind

    def batches(
        self, size: int = BATCH_ROWS, on_bytes: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """Yield all rows after the header, `size` or a few more at a time."""
        width = len(self.headers)
        batch, row = Batch(), 1
        for block in self.source.blocks(width, on_bytes):
            after_header = block[max(0, self.header_row + 1 - row) :]
            _sort_block(
                batch, row + len(block) - len(after_header), after_header, width
            )
            row += len(block)
            if batch.read >= size:
                yield batch
                batch = Batch()
        if batch.read:
            yield batch


def _sort_block(
    batch: Batch, first_row: int, block: list[list[str]], width: int
) -> None:
    """Put the rows of `block` where they belong in `batch`."""
    whole = all(len(cells) == width and cells[0].strip() for cells in block)
    if whole and not any(isinstance(cells, Broken) for cells in block):
        batch.rows.extend(block)
        batch.row_numbers.extend(range(first_row, first_row + len(block)))
        return
    for row, cells in enumerate(block, start=first_row):
        _sort_in(batch, row, cells, width)


def _sort_in(batch: Batch, row: int, cells: list[str], width: int) -> None:
    """Put one row where it belongs in `batch`."""
    if not any(cells) or not any(map(str.strip, cells)):
        batch.blank += 1
        return
    is_broken = isinstance(cells, Broken)
    fitted = [] if is_broken else _fitted(cells, width)
    if fitted:
        batch.rows.append(fitted)
        batch.row_numbers.append(row)
        return
    reason = "quote_open" if is_broken else "columns_differ"
    # Only the first cells: what is to be dropped may be among the others.
    start = ", ".join(cells[:4])
    batch.broken.append(BrokenRow(row, reason, start))


def open_list(path: Path, sheet: str | None = None) -> ListFile:
    """Open a list in any format that is known. Raises BadInput with the remedy."""
    if not path.is_file():
        raise BadInput(
            "there is no such file", where=str(path), remedy="check the name"
        )
    if not os.access(path, os.R_OK):
        raise BadInput("it may not be read", where=str(path), remedy="chmod u+r")
    if not path.stat().st_size:
        raise BadInput("the file is empty", where=str(path), remedy="save it again")
    source = open_sheet(path, sheet) if _is_workbook(path) else open_text(path)
    records = chain.from_iterable(source.blocks())
    head = list(islice(records, _SAMPLE_ROWS + _HEADER_WITHIN))
    header_row = _header_row(head)
    width = len(_trimmed(head[header_row - 1])) if header_row else _width(head)
    if not width:
        raise BadInput(
            "there is no row of people in it",
            where=str(path),
            remedy="the first row must name the columns: नाम, मोबाइल, ज़िला",
        )
    headers = head[header_row - 1] if header_row else []
    _refuse_kruti_dev(path, headers)
    rows = (_fitted(cells, width) for cells in head[header_row:])
    return ListFile(
        source,
        tuple(_named(headers, width)),
        header_row,
        tuple(tuple(row) for row in rows if row)[:_SAMPLE_ROWS],
    )


def _is_workbook(path: Path) -> bool:
    with open(path, "rb") as raw:
        start = raw.read(8)
    return start == _OLD_WORKBOOK or zipfile.is_zipfile(path)


def _header_row(head: list[list[str]]) -> int:
    """Return the number of the row that names the columns, 0 when there is none."""
    best, most = 0, 0
    for row, cells in enumerate(head[:_HEADER_WITHIN], start=1):
        known = sum(1 for cell in cells if cell.strip() and knows_header(cell))
        if known > most and not _has_number(cells):
            best, most = row, known
    if most > 1 or (most and len(_trimmed(head[best - 1])) == 1):
        return best
    # No word we know: the first full row, unless it is a person already.
    width = _width(head)
    for row, cells in enumerate(head[:_HEADER_WITHIN], start=1):
        if len([cell for cell in cells if cell.strip()]) >= max(1, width - 1):
            return 0 if _has_number(cells) else row
    return 0


def _has_number(cells: list[str]) -> bool:
    return any(not isinstance(parse_cell(cell), NumberProblem) for cell in cells)


def _width(head: list[list[str]]) -> int:
    widths = [len(_trimmed(cells)) for cells in head if any(map(str.strip, cells))]
    return max(set(widths), key=widths.count, default=0)


def _trimmed(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _fitted(cells: list[str], width: int) -> list[str]:
    """Return `cells` with empty ones at the end cut off; none when they do not fit.

    Too few cells is not filled up: which one is missing cannot be known.
    """
    if len(cells) == width:
        return cells
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    return []


def _named(headers: list[str], width: int) -> list[str]:
    names = [" ".join(header.split()) for header in headers[:width]]
    names += [""] * (width - len(names))
    if not any(names):
        return [f"column {index}" for index in range(1, width + 1)]
    return names


def _refuse_kruti_dev(path: Path, headers: list[str]) -> None:
    written = " ".join(headers)
    if sum(word in written for word in _KRUTI_DEV) >= 2:
        raise BadInput(
            "the Hindi in it is typed in Kruti Dev, which is a font and no text",
            where=str(path),
            remedy="convert the list to Unicode (Mangal) first; यूनिकोड में बदलें",
        )
