"""A batch of rows made clean: what is kept, refused and mentioned."""

from __future__ import annotations

import json

import pytest

from ivr.intake.cleaning import MAX_EXTRA, MAX_NAME, Cleaner
from ivr.intake.columns import plan_columns
from ivr.intake.list_file import Batch, BrokenRow
from tests.unit.intake.intake_scene import (
    PLACES,
    RULES,
    TODAY,
    cleaned,
    cleaner_of,
)

FULL = ["नाम", "मोबाइल", "ज़िला", "योजना", "विधानसभा", "भाषा", "ग्राम", "राशि"]


def test_a_good_row_becomes_a_contact() -> None:
    row = ["राम  वर्मा ", "98271 23456", "Sehore", "PM-KISAN, लाडली बहना"]
    kept = cleaned(FULL, [*row, "१५६-बुधनी", "English", "रामपुर", "1,20,000"]).rows[0]
    assert kept[:-1] == (
        *("+919827123456", None, "राम वर्मा", "SEH", "MP.BPL.SEH", "156"),
        *("pm_kisan ladli_behna", "en"),
    )
    assert json.loads(kept.fields) == {
        "village": "रामपुर",
        "amount": "1,20,000",
        "district_name": "सीहोर",
    }


def test_a_list_of_nothing_but_numbers_is_enough() -> None:
    kept = cleaned(["mobile"], ["9827123456"]).rows[0]
    assert kept == ("+919827123456", None, "", "", None, "", "", "hi", "{}")


def test_what_cannot_be_coded_is_kept_in_words_and_mentioned() -> None:
    cleaner = cleaner_of(FULL, [])
    row = ["राम", "9827123456", "रायपुर", "स्थानीय", "बुधनी", "", "", ""]
    kept = cleaner.clean(Batch([row], [2])).rows[0]
    assert (kept.district, kept.centre, kept.schemes, kept.constituency) == (
        *("", None, "", ""),
    )
    assert json.loads(kept.fields) == {
        "district_name": "रायपुर",
        "scheme_name": "स्थानीय",
        "constituency_name": "बुधनी",
    }
    assert cleaner.mentions.counts == {"district_unknown": 1, "scheme_unknown": 1}
    assert list(cleaner.mentions.examples["district_unknown"]) == ["रायपुर"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("${SHELL(id)}", "${SHELL(id)}"),
        ("राम\r\nवर्मा", "राम वर्मा"),
        ("राम\x00\x07\x1b[31m", "राम [31m"),
        ('राम "भैया" \\', 'राम "भैया" \\'),
        ("राम 🙏", "राम 🙏"),
        ("\u202eमार", "मार"),  # right-to-left override
        ("क्‍ष", "क्‍ष"),  # the joiner belongs to the letter
        ("\u0958लम", "क\u093cलम"),  # one spelling for क़
        ("'; DROP TABLE contacts; --", "'; DROP TABLE contacts; --"),
        ("र" * MAX_NAME, "र" * MAX_NAME),
    ],
)
def test_names_come_in_as_harmless_text(name: str, kept: str) -> None:
    row = cleaned(["नाम", "मोबाइल", "टिप्पणी"], [name, "9827123456", name]).rows[0]
    assert row.name == kept
    assert json.loads(row.fields) == {"टिप्पणी": kept}


def test_a_name_of_five_thousand_letters_is_refused() -> None:
    reject = cleaned(["नाम", "मोबाइल"], ["र" * 5_000, "9827123456"]).rejects[0]
    assert (reject.row, reject.column, reject.reason) == (2, "नाम", "name_too_long")


def test_a_long_remark_is_cut_and_mentioned() -> None:
    headers, row = ["मोबाइल", "टिप्पणी"], ["9827123456", "क" * 5_000]
    cleaner = cleaner_of(headers, [row])
    kept = cleaner.clean(Batch([row], [2])).rows[0]
    assert len(json.loads(kept.fields)["टिप्पणी"]) == MAX_EXTRA
    assert cleaner.mentions.counts == {"long_value_cut": 1}


@pytest.mark.parametrize("age", ["17", "१२", "9", "16 वर्ष", "0", "05"])
def test_children_are_not_called(age: str) -> None:
    reject = cleaned(["मोबाइल", "आयु"], ["9827123456", age]).rejects[0]
    assert (reject.reason, reject.column, reject.value) == ("minor", "आयु", age)


@pytest.mark.parametrize("age", ["18", "१८", "92", "", "पता नहीं", "वयस्क"])
def test_adults_and_people_of_unknown_age_are_kept(age: str) -> None:
    assert cleaned(["मोबाइल", "आयु"], ["9827123456", age]).rows


@pytest.mark.parametrize(
    ("born", "reasons"),
    [
        ("25/11/2008", ["minor"]),  # 18 tomorrow
        ("24/11/2008", []),
        ("2010-01-31", ["minor"]),
        ("2010-01-31 00:00:00", ["minor"]),
        ("३१-०१-२०१०", ["minor"]),
        ("31.01.1980", []),
        ("someday", []),
        ("", []),
    ],
)
def test_the_date_of_birth_tells_a_child(born: str, reasons: list[str]) -> None:
    result = cleaned(["मोबाइल", "जन्म तिथि"], ["9827123456", born])
    assert [reject.reason for reject in result.rejects] == reasons
    assert all("2010" not in row.fields for row in result.rows)


def test_a_bad_first_number_is_replaced_by_the_second_column_s() -> None:
    headers, row = ["मोबाइल", "फ़ोन"], ["108", "9827123456"]
    cleaner = cleaner_of(headers, [row])
    kept = cleaner.clean(Batch([row], [2])).rows[0]
    assert (kept.number, kept.alt_number) == ("+919827123456", None)
    assert cleaner.mentions.counts == {"second_number_used": 1}


@pytest.mark.parametrize(
    ("cells", "alternative"),
    [
        (["9827123456", "9893012346"], "+919893012346"),
        (["9827123456/9770012345", "9893012346"], "+919770012345"),
        (["9827123456", "9827123456"], None),
        (["9827123456", ""], None),
        (["9827123456", "बाद में"], None),
    ],
)
def test_the_alternative_number_is_another_one(
    cells: list[str], alternative: str | None
) -> None:
    assert cleaned(["मोबाइल", "फ़ोन"], cells).rows[0].alt_number == alternative


def test_a_number_twice_in_a_batch_is_told_once_as_a_duplicate() -> None:
    rows = [["राम", "9827123456"], ["श्याम", "9893012346"], ["र", "+919827123456"]]
    result = cleaned(["नाम", "मोबाइल"], *rows)
    assert result.row_numbers == [2, 3]
    assert [(r.row, r.reason, r.value) for r in result.repeated] == [
        (4, "duplicate", "+919827123456")
    ]


def test_an_aadhaar_number_inside_a_remark_is_blanked() -> None:
    headers = ["मोबाइल", "टिप्पणी"]
    rows = [["9827123456", "2345 6789 0124"], *[["9893012346", "ठीक"]] * 9]
    cleaner = cleaner_of(headers, rows)
    kept = cleaner.clean(Batch(rows, list(range(2, 12)))).rows
    assert kept[0].fields == "{}"
    assert cleaner.mentions.counts == {"sensitive_value_blanked": 1}


def test_dropped_columns_leave_no_trace() -> None:
    row = ["9827123456", "अजजा", "XXXX XXXX 1234"]
    result = cleaned(["मोबाइल", "जाति", "आधार"], row)
    assert result.rows[0].fields == "{}"


def test_broken_rows_are_refused_and_the_others_kept() -> None:
    cleaner = cleaner_of(["मोबाइल"], [["9827123456"]])
    broken = BrokenRow(3, "columns_differ", "क, ख")
    result = cleaner.clean(Batch([["9827123456"]], [2], [broken], blank=4))
    assert [(r.row, r.reason) for r in result.rejects] == [(3, "columns_differ")]
    assert len(result.rows) == 1
    nothing = cleaner.clean(Batch(broken=[broken]))
    assert (nothing.rows, len(nothing.rejects)) == ([], 1)


def test_only_people_of_the_importers_own_centres_come_in() -> None:
    headers = ("मोबाइल", "ज़िला")
    rows = [
        ["9827123456", "सीहोर"],
        ["9893012346", "छिंदवाड़ा"],
        ["9893012347", ""],
        ["9893012348", "Atlantis"],
    ]
    columns = plan_columns(headers, rows, overrides={}, rules=RULES)
    own = Cleaner(
        columns,
        places=PLACES,
        rules=RULES,
        today=TODAY,
        own_centres=frozenset({"MP.BPL.SEH"}),
    ).clean(Batch(rows, [2, 3, 4, 5]))
    assert [row.number for row in own.rows] == ["+919827123456"]
    assert [(one.row, one.column, one.reason) for one in own.rejects] == [
        (3, "ज़िला", "other_centre"),
        (4, "मोबाइल", "other_centre"),
        (5, "ज़िला", "other_centre"),
    ]
