"""Which column is what: by header, by values, by the operator's word."""

from __future__ import annotations

import pytest

from ivr.errors import BadInput
from ivr.intake.columns import Column, Use, extra_name, knows_header, plan_columns
from tests.unit.intake.intake_scene import RULES

PHONE = "मोबाइल"


def plan(
    headers: list[str], *rows: list[str], overrides: dict[str, str] | None = None
) -> list[Column]:
    return plan_columns(headers, rows, overrides=overrides or {}, rules=RULES)


def field_of(header: str) -> tuple[Use, str]:
    """Return what `header` is taken for beside a column of numbers and some text."""
    column = plan([header, "mobile"], ["कुछ", "9827123456"])[0]
    return column.use, column.field


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("नाम", "name"),
        ("हितग्राही का नाम", "name"),
        ("लाभार्थी का नाम", "name"),
        ("Beneficiary Name", "name"),
        ("Name of person", "name"),
        ("ज़िला", "district"),
        ("जिला", "district"),
        ("जिले का नाम", "district"),
        ("District Name", "district"),
        ("DISTT.", "district"),
        ("विधानसभा क्र.", "constituency"),
        ("AC No", "constituency"),
        ("योजना का नाम", "scheme"),
        ("Scheme", "scheme"),
        ("भाषा", "language"),
        ("आयु", "age"),
        ("Age (Years)", "age"),
        ("उम्र", "age"),
        ("जन्म तिथि", "dob"),
        ("Date of Birth", "dob"),
        ("वैकल्पिक मोबाइल", "alt_number"),
        ("Alternate No.", "alt_number"),
    ],
)
def test_the_contact_s_own_fields_are_known_by_header(header: str, field: str) -> None:
    assert field_of(header) == (Use.CONTACT, field)


@pytest.mark.parametrize(
    "header",
    [
        "मोबाइल",
        "मोबाइल नं.",
        "मोबाईल नंबर",
        "फ़ोन",
        "फोन नंबर",
        "दूरभाष",
        "मो. नं.",
        "संपर्क नंबर",
        "mobile no",
        "Mobile No.",
        "MOB",
        "phone",
        "Phone Number",
        "Contact No",
        "tel",
        "WhatsApp Number",
        "नंबर",
    ],
)
def test_the_telephone_column_is_known_by_header(header: str) -> None:
    assert plan([header], ["9827123456"])[0].field == "number"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("ग्राम", "village"),
        ("गाँव", "village"),
        ("Village Name", "village"),
        ("ग्राम पंचायत", "panchayat"),
        ("विकास खण्ड", "block"),
        ("जनपद पंचायत", "block"),
        ("राशि", "amount"),
        ("Amount (Rs)", "amount"),
        ("पिता/पति का नाम", "guardian"),
        ("Father's Name", "guardian"),
        ("लिंग", "gender"),
        ("पता", "address"),
        ("टिप्पणी", "टिप्पणी"),
        ("Ration Card Type", "ration_card_type"),
        ("आयु वर्ग", "आयु_वर्ग"),
    ],
)
def test_other_columns_are_kept_under_a_plain_name(header: str, field: str) -> None:
    assert field_of(header) == (Use.EXTRA, field)


@pytest.mark.parametrize("header", ["क्र.", "S.No.", "Sr. No", "#", ""])
def test_serial_numbers_are_left_out(header: str) -> None:
    assert field_of(header) == (Use.IGNORED, "")


def test_a_second_telephone_column_is_the_alternative() -> None:
    assert [c.field for c in plan(["मोबाइल", "फ़ोन"])] == ["number", "alt_number"]


def test_two_columns_never_share_a_field() -> None:
    headers = ["नाम", "name", PHONE, "phone", "tel", "टिप्पणी", "टिप्पणी"]
    fields = [c.field for c in plan(headers, ["क"] * 7)]
    assert fields == [
        "name",
        "name_",
        "number",
        "alt_number",
        "tel",
        "टिप्पणी",
        "टिप्पणी_2",
    ]


def test_without_a_telling_header_the_values_tell_the_telephone_column() -> None:
    columns = plan(["अ", "ब"], ["राम", "98271 23456"], ["श्याम", "09893012346"])
    assert (columns[1].field, columns[1].use) == ("number", Use.CONTACT)
    assert "100%" in columns[1].why


def test_a_list_without_telephone_numbers_is_refused_with_its_headers() -> None:
    with pytest.raises(BadInput, match=r"no column holds telephone numbers.*अ, ब"):
        plan(["अ", "ब"], ["राम", "12"])


def test_aadhaar_linked_telephones_are_no_telephone_column() -> None:
    with pytest.raises(BadInput, match="no column holds telephone"):
        plan(["नाम", "आधार से जुड़ा मोबाइल"], ["राम", "9827123456"])


def test_sensitive_columns_are_dropped_by_header_and_by_value() -> None:
    headers = [PHONE, "जाति", "ref", "x"]
    rows = [["9827123456", "क", "ABC1234567", "हिन्दू"]] * 4
    columns = plan(headers, *rows)
    assert [c.use for c in columns[1:]] == [Use.DROPPED] * 3
    assert [c.sensitive for c in columns[1:]] == ["caste", "epic", "religion"]
    assert not any(c.field for c in columns[1:])


def test_the_operator_s_word_wins_over_a_guess() -> None:
    overrides = {"Phone": "टिप्पणी", "second": "number", "नाम": "-"}
    columns = plan(["Phone", "second", "नाम"], ["क", "ख", "ग"], overrides=overrides)
    assert [c.field for c in columns] == ["टिप्पणी", "number", ""]
    assert columns[2].use is Use.IGNORED


def test_headers_in_overrides_may_be_spelled_otherwise() -> None:
    columns = plan(["मोबाइल नं."], overrides={"मोबाइल  नं": "number"})
    assert columns[0].why == "you said so with --map"


@pytest.mark.parametrize("header", ["जाति", "ref"])
def test_no_word_brings_a_sensitive_column_in(header: str) -> None:
    rows = [["9827123456", "ABC1234567"]] * 3
    columns = plan([PHONE, header], *rows, overrides={header: "kind"})
    assert columns[1].use is Use.DROPPED


def test_an_override_for_a_column_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(BadInput, match=r'no column "Mobil".*मोबाइल'):
        plan([PHONE], overrides={"Mobil": "number"})


def test_a_field_name_with_signs_in_it_is_refused() -> None:
    with pytest.raises(BadInput, match="no name for a field"):
        plan([PHONE], overrides={PHONE: '"; x'})


def test_an_empty_column_is_left_out() -> None:
    column = plan([PHONE, "टिप्पणी"], ["9827123456", " "])[1]
    assert (column.use, column.why) == (Use.IGNORED, "empty")


def test_kept_names_are_plain_words() -> None:
    assert extra_name(' Ration "Card" / Type ') == "ration_card_type"
    assert extra_name("कार्ड का प्रकार") == "कार्ड_का_प्रकार"


def test_headers_are_told_from_titles() -> None:
    assert knows_header("मोबाइल")
    assert knows_header("ग्राम")
    assert not knows_header("माह नवंबर की सूची")


def test_a_column_may_be_named_by_its_place() -> None:
    """Two columns with one header, or none, are told apart so."""
    rows = [["9827123456", "राम", "x"]]
    found = plan_columns(
        ["मोबाइल", "टीप", "टीप"], rows, overrides={1: "name", 2: "-"}, rules=RULES
    )
    assert [column.field for column in found] == ["number", "name", ""]
    with pytest.raises(BadInput, match="no column"):
        plan_columns(["मोबाइल"], [], overrides={7: "name"}, rules=RULES)
