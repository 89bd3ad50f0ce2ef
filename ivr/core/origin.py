"""Where a list of numbers comes from, and whether such a list may be used at all.

Compulsory at import, kept with the list. It must not look at the numbers themselves.
"""

from __future__ import annotations

from enum import StrEnum

from ivr.core.model import Refused


class OriginKind(StrEnum):
    """The lawful and unlawful ways to come by telephone numbers."""

    OWN_MEMBERS = "own_members"  # gave their number to this organisation
    RECORDED_CONSENT = "recorded_consent"  # said yes, and it can be shown
    # The roll has no phones: the number has a lawful source of its own.
    ROLL_PLUS_LAWFUL_PHONE = "roll_plus_lawful_phone"
    GOVERNMENT_BENEFICIARY = "government_beneficiary"
    PURCHASED = "purchased"
    SCRAPED = "scraped"


MIN_ORIGIN_LETTERS = 8  # "WhatsApp" says something; "list" does not


def origin_refusal(
    kind: OriginKind, origin: str, *, tenant_is_government: bool
) -> Refused | None:
    """Return why a list of this origin is refused, or None when it may come in."""
    if len(origin.strip()) < MIN_ORIGIN_LETTERS:
        return Refused(
            "origin_missing",
            "DPDP Act 2023 s.6: say whose list it is and since when",
            None,
        )
    if kind in (OriginKind.PURCHASED, OriginKind.SCRAPED):
        return Refused(
            "origin_purchased",
            "DPDP Act 2023 s.6: these people never consented to you",
            None,
        )
    # Madras High Court, March 2024: a party's use of Aadhaar-linked phones is a
    # serious breach, whoever is said to have collected them.
    if kind is OriginKind.GOVERNMENT_BENEFICIARY and not tenant_is_government:
        return Refused(
            "origin_government",
            "ECI and Madras HC, March 2024: government data is not for parties",
            None,
        )
    return None
