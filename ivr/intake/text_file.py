"""CSV and TSV files as people really save them: encodings, delimiters, bad quotes.

Yields records one by one and holds no more than a few. A file whose bytes are no
text is refused with the place; a record that is broken is only told as broken.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from ivr.errors import BadInput

DELIMITERS = ",;\t|"
_SNIFF_BYTES = 64 * 1024
_HIGH_BYTES = 0.7  # of the bytes of a script are alike in UTF-16
# Longer than any honest cell. A quote that is never closed would eat the file.
MAX_RECORD_LINES = 200
MAX_LINE = 1_000_000
BLOCK_RECORDS = 5_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Broken(list[str]):
    """The cells of a record that cannot be trusted: a quote in it stays open."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A delimited text file and how to read it."""

    path: Path
    encoding: str
    delimiter: str

    @property
    def kind(self) -> str:
        """Return the kind of file, in words for the screen."""
        names = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
        return f"text, {self.encoding}, {names[self.delimiter]} separated"

    def blocks(
        self, width: int = 0, on_bytes: Callable[[int], None] | None = None
    ) -> Iterator[list[list[str]]]:
        """Yield every record, the header and blank lines among them, many at a time.

        With the `width` known, a record over several lines that does not have it is
        taken for a quote left open: its first line is broken, the others are read anew.
        """
        with open(self.path, "rb", buffering=1 << 20) as raw:
            text = io.TextIOWrapper(raw, self.encoding, newline="")
            try:
                records = _records(_Lines(text), self.delimiter, width)
                while block := list(islice(records, BLOCK_RECORDS)):
                    yield block
                    if on_bytes:
                        on_bytes(raw.tell())
            except UnicodeError as exc:
                raise _not_text(self.path, self.encoding) from exc


def open_text(path: Path) -> TextFile:
    """Find out how `path` is written. Raises BadInput when it is no text."""
    with open(path, "rb") as raw:
        start = raw.read(_SNIFF_BYTES)
    encoding = _encoding(start)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    if "\0" in text:
        raise BadInput(
            "this is no text file", where=str(path), remedy="save the list as CSV UTF-8"
        )
    if text.lstrip()[:200].lower().startswith(("<html", "<table", "<!doctype")):
        raise BadInput(
            "this is a web page with another ending",
            where=str(path),
            remedy="open it in a spreadsheet and save it as CSV UTF-8 or XLSX",
        )
    return TextFile(path, encoding, _delimiter(text))


def _encoding(start: bytes) -> str:
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    # UTF-16 without its mark: of every two bytes one is 0 (Latin) or 9 (Devanagari).
    for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = start[place::2]
        if 0 in high and high.count(0) + high.count(9) > len(high) * _HIGH_BYTES:
            return name
    return "utf-8"


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts most lines into the same number of cells."""
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line]

    def regularity(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines[:200]]
        usual = max(set(counts) - {0}, key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(DELIMITERS, key=regularity)


def _not_text(path: Path, encoding: str) -> BadInput:
    """Find the first line that is not in `encoding`, and say so."""
    width = 2 if encoding.startswith("utf-16") else 1
    offset = 0
    with open(path, "rb") as raw:
        for number, line in enumerate(raw, start=1):
            try:
                if width == 1:
                    line.decode("utf-8")
            except UnicodeDecodeError as exc:
                return BadInput(
                    f"byte {offset + exc.start} (0x{line[exc.start]:02x}) is no UTF-8",
                    where=f"{path}: line {number}",
                    remedy="save the list again as CSV UTF-8: in another encoding"
                    " names would come out wrong",
                )
            offset += len(line)
    return BadInput(
        f"the bytes are no {encoding}", where=str(path), remedy="save it as CSV UTF-8"
    )


class _Lines:
    """The physical lines, with those of the record being read kept for a second try."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        # A line that never ends comes in pieces, not as one giant.
        self._text = iter(partial(text.readline, MAX_LINE), "")
        self._again: list[str] = []
        self.held: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._text)
        self.held.append(line)
        if len(self.held) > MAX_RECORD_LINES:
            raise _NeverClosed
        return line.replace("\0", "")

    def again(self, lines: list[str]) -> None:
        """Read `lines` once more before anything else."""
        self._again.extend(reversed(lines))
        self.held.clear()


class _NeverClosed(Exception):
    """A quoted cell went on and on."""


def _records(lines: _Lines, delimiter: str, width: int) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_LINE * 2)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_NeverClosed, csv.Error):
            pass
        held = lines.held
        if cells is None or (
            len(held) > 1 and (width not in (0, len(cells)) or _is_open(held))
        ):
            yield Broken([held[0].strip()])
            lines.again(held[1:])
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        held.clear()
        yield cells


def _is_open(held: list[str]) -> bool:
    """Whether the file ended inside a quoted cell that runs over several lines."""
    return "".join(held).count('"') % 2 == 1
