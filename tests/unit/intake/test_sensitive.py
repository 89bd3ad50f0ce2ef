"""Identity and bank numbers, caste and religion are recognised and left out."""

from __future__ import annotations

import pytest

from ivr.intake.sensitive import (
    Sensitive,
    is_aadhaar,
    sensitive_cell,
    sensitive_header,
    sensitive_values,
    verhoeff_holds,
)

# Twelve digits that pass the check, invented: made by adding the check digit.
PASSING = ["234567890124", "2345 6789 0124", "2345-6789-0124"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("आधार नंबर", Sensitive.AADHAAR),
        ("Aadhar No.", Sensitive.AADHAAR),
        ("UID", Sensitive.AADHAAR),
        ("आधार से जुड़ा मोबाइल", Sensitive.AADHAAR),
        ("बैंक खाता", Sensitive.BANK),
        ("खाता क्रमांक", Sensitive.BANK),
        ("IFSC Code", Sensitive.BANK),
        ("A/c No.", Sensitive.BANK),
        ("EPIC", Sensitive.EPIC),
        ("Voter ID No", Sensitive.EPIC),
        ("मतदाता परिचय पत्र", Sensitive.EPIC),
        ("जाति", Sensitive.CASTE),
        ("वर्ग", Sensitive.CASTE),
        ("Caste Category", Sensitive.CASTE),
        ("धर्म", Sensitive.RELIGION),
        ("Religion", Sensitive.RELIGION),
        ("आयु वर्ग", None),
        ("AC No", None),
        ("नाम", None),
        ("मोबाइल", None),
    ],
)
def test_a_header_gives_a_sensitive_column_away(
    header: str, kind: Sensitive | None
) -> None:
    assert sensitive_header(header) == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (PASSING, Sensitive.AADHAAR),
        (["XXXX XXXX 1234", "xxxxxxxx4321", "********1111"], Sensitive.AADHAAR),
        (["ABC1234567", "XYZ7654321", "MP/12/123/456789"], Sensitive.EPIC),
        (["SBIN0001234", "PUNB0123400", "BARB0BHOPAL"], Sensitive.BANK),
        (["30211234567", "123456789012345", "99887766554433"], Sensitive.BANK),
        (["SC", "OBC", "Gen", "अजजा", "ST"], Sensitive.CASTE),
        (["हिन्दू", "मुस्लिम", "हिंदू"], Sensitive.RELIGION),
        (["राम", "श्याम", "SC"], None),
        (["SC", "ST"], None),  # two values say little
        (["919827123456", "09893012346", "917000012345"], None),  # telephones
        (["1250", "2000", ""], None),
    ],
)
def test_the_values_give_a_sensitive_column_away(
    values: list[str], kind: Sensitive | None
) -> None:
    assert sensitive_values(values) == kind


def test_twelve_digits_pass_only_with_their_check_digit() -> None:
    assert all(is_aadhaar(number) for number in PASSING)
    wrong = [f"23456789012{digit}" for digit in "012356789"]
    assert not any(is_aadhaar(number) for number in wrong)
    assert not is_aadhaar("1234 5678 9012 3")


def test_the_check_finds_two_digits_that_changed_places() -> None:
    assert verhoeff_holds("2363")
    assert not verhoeff_holds("2633")


@pytest.mark.parametrize(
    "cell",
    ["आधार 2345 6789 0124 है", "२३४५६७८९०१२४", "epic ABC1234567", "IFSC: SBIN0001234"],
)
def test_a_number_inside_a_remark_is_found(cell: str) -> None:
    assert sensitive_cell(cell)


@pytest.mark.parametrize("cell", ["राम", "9827123456", "2345 6789 0123", "वार्ड 12", ""])
def test_ordinary_cells_are_left_alone(cell: str) -> None:
    assert not sensitive_cell(cell)
