"""What kind of number a caller ID is: the law treats each kind differently. Pure.

A ten-digit Indian number that starts 6-9 may be a mobile or a landline with its
area code: 7552551234 is a telephone in Bhopal. Only codes listed here are taken
for landlines; any other is held to be a mobile until the operator's declaration
says otherwise (`LawFacts.caller_id_types`).
"""

from __future__ import annotations

from enum import StrEnum

from ivr.core.model import PhoneNumber


class CallerIdType(StrEnum):
    PROMOTIONAL_140 = "140"  # telemarketing only
    SERVICE_1600 = "1600"  # government, banks and insurers only (DoT, 23 Dec 2024)
    DID_ORDINARY = "did_ordinary"  # a landline number, perhaps one of many on a PRI
    MOBILE = "mobile"  # barred for automatic and bulk calls
    OTHER = "other"  # toll-free, short or foreign: never a caller ID of ours


# Area codes of the district seats of Madhya Pradesh, and of India's metros.
MP_AREA_CODES = frozenset(
    """
    7141 7162 7164 7272 7282 7290 7292 731 7325 733 734 7362 7364 7372 7392 7394 7412
    7422 7423 7482 7492 751 7522 7530 7532 7534 7542 7543 755 7562 7574 7577 7582 7592
    761 7622 7632 7642 7644 7652 7653 7659 7662 7663 7672 7674 7680 7682 7683 7692 7732
    7792 7805 7812 7822
    """.split()
)
METRO_AREA_CODES = frozenset({"11", "20", "22", "33", "40", "44", "79", "80"})
AREA_CODES = MP_AREA_CODES | METRO_AREA_CODES


def caller_id_type(number: PhoneNumber) -> CallerIdType:
    """Return what `number` must be taken for when nobody declared its kind."""
    if not number.startswith("+91"):
        return CallerIdType.OTHER
    national = number[3:]
    if national.startswith("140"):
        return CallerIdType.PROMOTIONAL_140
    if national.startswith("1600"):
        return CallerIdType.SERVICE_1600
    if len(national) != 10 or not national.isdigit():
        return CallerIdType.OTHER
    if national[0] in "2345" or _is_landline(national):
        return CallerIdType.DID_ORDINARY
    return CallerIdType.OTHER if national[0] in "01" else CallerIdType.MOBILE


def _is_landline(national: str) -> bool:
    """Subscriber numbers of landlines start 2-6, behind an area code we know."""
    return any(
        national[:size] in AREA_CODES and national[size] in "23456"
        for size in (2, 3, 4)
    )
