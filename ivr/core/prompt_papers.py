"""Who made a sound, who said yes to it, and when a campaign needs that yes. Pure.

An approval belongs to one sound, by its hash: a new recording of the same words has
none. In an election period every voice message of electoral, party and government
campaigns is certified beforehand (ECI, 20 Mar 2026; docs/compliance.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ivr.core.law import Calendar
from ivr.core.model import CallClass, Campaign
from ivr.errors import BadInput

CERTIFICATE = re.compile(r"[^\x00-\x1f<>]{3,60}")


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written down about one sound. `made_by` "": it came with Samvad."""

    audio_sha256: str
    language: str
    text: str
    made_by: str = ""
    made_at: datetime | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    certificate: str = ""

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_by and self.certificate)


def may_approve(paper: Paper, by: str, certificate: str) -> None:
    """Raises BadInput with what stands against this approval."""
    if paper.made_by and paper.made_by == by:
        raise BadInput(
            "nobody approves a sound of their own", remedy="ask a second person"
        )
    if paper.is_approved:
        raise BadInput("it is approved already")
    if not CERTIFICATE.fullmatch(certificate):
        raise BadInput("the certificate's number is missing", where="certificate")


def must_be_approved(campaign: Campaign, calendar: Calendar, day: date) -> bool:
    """Say whether the campaign's sounds must be certified on that day."""
    if campaign.call_class is CallClass.NGO_SURVEY:
        return False
    return any(p.starts_on <= day <= p.ends_on for p in calendar.electoral_periods)


def not_approved(sounds: Iterable[str], papers: Mapping[str, Paper]) -> list[str]:
    """Return those of the sounds (hashes) that nobody has approved, in order."""
    return [one for one in sounds if one not in papers or not papers[one].is_approved]
