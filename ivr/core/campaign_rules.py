"""May this campaign call anybody over this trunk? Pure.

Rules that only a person can satisfy: they look at the campaign, its trunk and its
past, never at the contact. `core.compliance` asks them before any claim, and again
for each contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.core.abandonment import allowed_mode
from ivr.core.caller_id import CallerIdType, caller_id_type
from ivr.core.election import POLL_ZONE
from ivr.core.law import LawFacts
from ivr.core.model import CallClass, Campaign, Mode, Refused, Trunk

MIN_RING = timedelta(seconds=15)  # TSR safe harbour, 16 CFR 310.4(b)(4)(ii)
MAX_RING = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class No:
    """A rule's no; `until` is when time lifts it, None when time does not."""

    reason: str
    rule: str
    until: datetime | None = None


def campaign_no(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    """Return the first rule that holds the whole campaign, or None."""
    for rule in _RULES:
        if no := rule(campaign, trunk, law, now):
            return no
    return None


def _class_may_call(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    if campaign.call_class is CallClass.PROMOTIONAL:
        rule = "Promotional calls are off: they need DLT registration (TCCCPR 2018)"
        return No("promotional_off", rule)
    if campaign.call_class is not CallClass.GOV_ON_BEHALF:
        return None
    until = law.authority_until.get(campaign.campaign_id)
    if until is not None and now.astimezone(POLL_ZONE).date() <= until:
        return None
    rule = "Calls for the Government need a letter of authority that has not expired"
    return No("no_authority_letter", f"{rule} (CG-DL-E-18022025-261096, cl. za)")


def _rings_long_enough(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    if MIN_RING <= campaign.ring_timeout <= MAX_RING:
        return None
    return No("ring_timeout", "A phone rings for 15 to 45 s (TSR safe harbour)")


def _caller_id_is_ours(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    if campaign.caller_id in trunk.caller_ids:
        return None
    rule = "Caller IDs only from the list that the trunk's operator confirmed"
    return No("caller_id_not_confirmed", f"{rule} (Telecom Act 2023 s.42(3)(c))")


def _caller_id_fits(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    number = campaign.caller_id
    kind = law.caller_id_types.get(number) or caller_id_type(number)
    if kind is CallerIdType.DID_ORDINARY:
        return None
    if kind is CallerIdType.MOBILE:
        if campaign.mode is Mode.PREVIEW:
            return None
        rule = "Automatic calls never show a mobile number (TCCCPR amendment, Feb 2025)"
        return No("caller_id_mobile", rule)
    if kind is CallerIdType.SERVICE_1600:
        if campaign.call_class is CallClass.GOV_ON_BEHALF:
            return None
        rule = "1600 numbers are for the Government and BFSI only (DoT, 23 Dec 2024)"
        return No("caller_id_class", rule)
    rule = "This kind of number is no caller ID for this class of call (TCCCPR)"
    return No("caller_id_class", rule)


def _is_declared(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    if campaign.mode is Mode.PREVIEW:
        return None
    declared = trunk.a2p_declared_on
    if declared and declared <= now.astimezone(POLL_ZONE).date():
        return None
    rule = "Automatic calls are declared to the operator first"
    return No("a2p_undeclared", f"{rule} (TRAI draft TCCCPR 3rd Amendment 2026)")


def _few_are_abandoned(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> No | None:
    mode = allowed_mode(campaign, law.abandonment)
    return No(mode.reason, mode.rule) if isinstance(mode, Refused) else None


_RULES = (
    _class_may_call,
    _rings_long_enough,
    _caller_id_is_ours,
    _caller_id_fits,
    _is_declared,
    _few_are_abandoned,
)
