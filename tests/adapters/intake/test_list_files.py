"""Lists as people save them: encodings, delimiters, titles, quotes, workbooks."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from ivr.errors import BadInput
from ivr.intake.list_file import Batch, ListFile, open_list
from ivr.intake.text_file import MAX_RECORD_LINES
from tests.adapters.intake.workbook import write_workbook

HEADER = "नाम,मोबाइल,ज़िला"
PERSON = "राम,९८२७१२३४५६,सीहोर"
CELLS = ["राम", "९८२७१२३४५६", "सीहोर"]


def saved(tmp_path: Path, text: str, encoding: str = "utf-8", bom: bytes = b"") -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(bom + text.encode(encoding))
    return path


def whole(file: ListFile) -> Batch:
    """Return all batches of a file as one."""
    together = Batch()
    for batch in file.batches(2):
        together.rows += batch.rows
        together.row_numbers += batch.row_numbers
        together.broken += batch.broken
        together.blank += batch.blank
    return together


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_delimiter_is_recognised(
    tmp_path: Path, encoding: str, bom: bytes, delimiter: str, line_end: str
) -> None:
    lines = [HEADER, PERSON, PERSON, ""]
    text = line_end.join(lines).replace(",", delimiter)
    file = open_list(saved(tmp_path, text, encoding, bom))
    assert file.headers == ("नाम", "मोबाइल", "ज़िला")
    assert whole(file).rows == [CELLS, CELLS]


def test_bytes_that_are_no_utf_8_are_refused_with_their_place(tmp_path: Path) -> None:
    path = saved(tmp_path, "name,mobile\nRam,9827123456\nJosé,9893012346\n", "cp1252")
    with pytest.raises(BadInput, match=r"line 3: byte 30 \(0xe9\) is no UTF-8.*UTF-8"):
        open_list(path)


def test_bad_bytes_deep_in_the_file_are_found_too(tmp_path: Path) -> None:
    good = f"{HEADER}\n" + f"{PERSON}\n" * 5_000
    path = tmp_path / "list.csv"
    path.write_bytes(good.encode() + b"\xff,9827123456,x\n")
    with pytest.raises(BadInput, match="line 5002"):
        whole(open_list(path))


def test_half_a_utf_16_letter_at_the_end_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, f"{HEADER}\n{PERSON}\n", "utf-16-le", codecs.BOM_UTF16_LE)
    path.write_bytes(path.read_bytes() + b"\x41")
    with pytest.raises(BadInput, match="utf-16"):
        whole(open_list(path))


def test_the_header_is_found_below_a_title(tmp_path: Path) -> None:
    title = "हितग्राही सूची नवंबर 2026,,\n,,\nकार्यालय सीहोर,,\n"
    file = open_list(saved(tmp_path, f"{title}{HEADER}\n{PERSON}\n"))
    assert file.header_row == 4
    result = whole(file)
    assert (result.rows, result.row_numbers) == ([CELLS], [5])


def test_a_list_without_header_loses_no_person(tmp_path: Path) -> None:
    file = open_list(saved(tmp_path, f"{PERSON}\n{PERSON}\n"))
    assert (file.header_row, file.headers[0]) == (0, "column 1")
    assert whole(file).row_numbers == [1, 2]


def test_unknown_header_words_are_still_a_header(tmp_path: Path) -> None:
    file = open_list(saved(tmp_path, "अ,ब\nराम,9827123456\n"))
    assert file.headers == ("अ", "ब")


def test_a_single_column_of_numbers_is_a_list(tmp_path: Path) -> None:
    file = open_list(saved(tmp_path, "मोबाइल\n9827123456\n9893012346\n"))
    assert whole(file).rows == [["9827123456"], ["9893012346"]]


def test_line_breaks_and_delimiters_in_quoted_cells_stay_in_them(
    tmp_path: Path,
) -> None:
    text = f'{HEADER}\r\n"राम,\r\nपिता ""श्याम""",9827123456,सीहोर\r\n{PERSON}\r\n'
    result = whole(open_list(saved(tmp_path, text)))
    assert result.rows[0] == ['राम,\r\nपिता "श्याम"', "9827123456", "सीहोर"]
    assert result.row_numbers == [2, 3]  # as a spreadsheet counts


def test_rows_of_another_width_are_refused_and_the_next_are_read(
    tmp_path: Path,
) -> None:
    text = f"{HEADER}\nराम,9827123456\nराम,श्री,9827123456,सीहोर\n{PERSON},,\n{PERSON}\n"
    result = whole(open_list(saved(tmp_path, text)))
    assert [(b.row, b.reason) for b in result.broken] == [
        (2, "columns_differ"),
        (3, "columns_differ"),
    ]
    assert result.row_numbers == [4, 5]  # empty cells at the end are no harm


def test_what_is_to_be_dropped_is_not_told_with_a_broken_row(tmp_path: Path) -> None:
    text = f"{HEADER},आधार\nक,ख,ग,घ,234567890124\n"
    assert "234567890124" not in whole(open_list(saved(tmp_path, text))).broken[0].value


def test_blank_rows_are_counted_and_nothing_else(tmp_path: Path) -> None:
    text = f"{HEADER}\n\n,,\n  , ,\n{PERSON}\n\n"
    result = whole(open_list(saved(tmp_path, text)))
    assert (result.blank, len(result.rows), result.broken) == (4, 1, [])


def test_a_quote_left_open_costs_one_row(tmp_path: Path) -> None:
    text = f'{HEADER}\n"राम,9827123456,सीहोर\n{PERSON}\n"श्याम",9893012346,सीहोर\n'
    result = whole(open_list(saved(tmp_path, text)))
    assert [(b.row, b.reason) for b in result.broken] == [(2, "quote_open")]
    assert [row[0] for row in result.rows] == ["राम", "श्याम"]


def test_a_quote_open_to_the_end_of_a_long_file_costs_one_row(tmp_path: Path) -> None:
    people = f"{PERSON}\n" * (MAX_RECORD_LINES * 3)
    result = whole(open_list(saved(tmp_path, f'{HEADER}\n"राम,1,2\n{people}')))
    assert (len(result.broken), len(result.rows)) == (1, MAX_RECORD_LINES * 3)


def test_nul_bytes_in_a_cell_do_not_stop_the_list(tmp_path: Path) -> None:
    people = f"{PERSON}\n" * 3_000  # beyond what is looked at first
    result = whole(open_list(saved(tmp_path, f"{HEADER}\n{people}रा\0म,1,2\n")))
    assert result.rows[-1] == ["राम", "1", "2"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no row of people"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "no text file|is no UTF-8"),
        (b"<html><table><tr><td>9827123456", "web page"),
    ],
)
def test_what_is_no_list_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=complaint):
        whole(open_list(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        open_list(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="no such file"):
        open_list(tmp_path)


def test_hindi_in_kruti_dev_is_refused_before_it_is_read_wrongly(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInput, match="Kruti Dev"):
        open_list(saved(tmp_path, "uke,eksckbZy,ftyk\njke,9827123456,lhgksj\n"))


def test_a_workbook_is_read_with_its_numbers_whole(tmp_path: Path) -> None:
    rows = [
        ["हितग्राही सूची", None, None],
        ["नाम", "मोबाइल", "आयु"],
        ["राम", 9827123456, 42],
        ["श्याम", 9893012346.0, 42.5],
        [None, None, None],
        ["सीता", "09770012345", None],
    ]
    file = open_list(write_workbook(tmp_path / "list.xlsx", सूची=rows, और=[["x"]]))
    assert file.headers == ("नाम", "मोबाइल", "आयु")
    assert "सूची" in file.kind
    assert "और" in file.kind
    result = whole(file)
    assert [row[:2] for row in result.rows] == [
        ["राम", "9827123456"],
        ["श्याम", "9893012346"],
        ["सीता", "09770012345"],
    ]
    assert (result.row_numbers, result.blank) == ([3, 4, 6], 1)


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "list.xlsx", one=[["x"]], two=[["मोबाइल"], ["9827123456"]]
    )
    assert open_list(path, "two").headers == ("मोबाइल",)
    with pytest.raises(BadInput, match=r'no sheet "three".*one, two'):
        open_list(path, "three")


def test_a_damaged_workbook_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "list.xlsx", one=[["मोबाइल"], ["9827123456"]])
    path.write_bytes(path.read_bytes().replace(b"xl/workbook.xml", b"xl/workbxxk.xml"))
    with pytest.raises(BadInput, match="workbook cannot be read"):
        whole(open_list(path))
