"""Makes the smallest workbooks that a spreadsheet would open."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_SHAPES = "http://schemas.openxmlformats.org"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'<Types xmlns="{_SHAPES}/package/2006/content-types">'
    f'<Default Extension="xml" ContentType="{_KIND}.worksheet+xml"/>'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    "</Types>"
)
_RELATIONS = (
    f'<Relationships xmlns="{_SHAPES}/package/2006/relationships">{{}}</Relationships>'
)
_RELATION = (
    f'<Relationship Id="rId{{}}"'
    f' Type="{_SHAPES}/officeDocument/2006/relationships/{{}}" Target="{{}}"/>'
)

Cell = str | int | float | None


def write_workbook(path: Path, **sheets: Sequence[Sequence[Cell]]) -> Path:
    """Write a workbook with these sheets, each a list of rows; None: an empty cell."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>'
        for i, name in enumerate(names, start=1)
    )
    related = "".join(
        _RELATION.format(i, "worksheet", f"worksheets/sheet{i}.xml")
        for i in range(1, len(names) + 1)
    )
    root = _RELATION.format(1, "officeDocument", "xl/workbook.xml")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _RELATIONS.format(root))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SHAPES}/spreadsheetml/2006/main"'
            f' xmlns:r="{_SHAPES}/officeDocument/2006/relationships">'
            f"<sheets>{listed}</sheets></workbook>",
        )
        book.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(related))
        for i, name in enumerate(names, start=1):
            book.writestr(f"xl/worksheets/sheet{i}.xml", _sheet(sheets[name]))
    return path


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f'<row r="{r}">{"".join(_cell(r, c, cell) for c, cell in enumerate(row))}</row>'
        for r, row in enumerate(rows, start=1)
    )
    return (
        f'<worksheet xmlns="{_SHAPES}/spreadsheetml/2006/main">'
        f"<sheetData>{body}</sheetData></worksheet>"
    )


def _cell(row: int, column: int, cell: Cell) -> str:
    if cell is None:
        return ""
    where = f"{chr(ord('A') + column)}{row}"
    if isinstance(cell, str):
        text = f'<t xml:space="preserve">{escape(cell)}</t>'
        return f'<c r="{where}" t="inlineStr"><is>{text}</is></c>'
    return f'<c r="{where}"><v>{cell!r}</v></c>'
