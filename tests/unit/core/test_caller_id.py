"""What kind of number a caller ID is."""

from __future__ import annotations

import pytest

from ivr.core.caller_id import AREA_CODES, CallerIdType, caller_id_type
from ivr.core.model import PhoneNumber


@pytest.mark.parametrize("code", sorted(AREA_CODES))
def test_a_landline_of_every_known_area_is_an_ordinary_did(code: str) -> None:
    national = code + "2551234567"[: 10 - len(code)]
    assert caller_id_type(PhoneNumber(f"+91{national}")) is CallerIdType.DID_ORDINARY


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+919827112345", CallerIdType.MOBILE),
        ("+917559551234", CallerIdType.MOBILE),  # no subscriber starts with 9
        ("+917712550100", CallerIdType.MOBILE),  # Raipur: not on our list
        ("+912225501000", CallerIdType.DID_ORDINARY),
        ("+911409876543", CallerIdType.PROMOTIONAL_140),
        ("+911600123456", CallerIdType.SERVICE_1600),
        ("+911800123456", CallerIdType.OTHER),
        ("+9175525501", CallerIdType.OTHER),
        ("+910755255010", CallerIdType.OTHER),
        ("+91755255010x", CallerIdType.OTHER),
        ("+12025550123", CallerIdType.OTHER),
    ],
)
def test_the_kind_is_read_off_the_digits(number: str, kind: CallerIdType) -> None:
    assert caller_id_type(PhoneNumber(number)) is kind
