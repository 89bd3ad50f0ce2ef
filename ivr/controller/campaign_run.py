"""A running campaign as the dial loop knows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.core.accounts import ByCentre
from ivr.core.flow_model import Flow
from ivr.core.law import LawFacts
from ivr.core.model import Campaign, Trunk
from ivr.core.pacer import Pacer
from ivr.core.rates import TokenBucket


@dataclass(slots=True)
class CampaignRun:
    campaign: Campaign
    flow: Flow
    trunk: Trunk
    pacer: Pacer
    because: str = "not asked yet"
    held: str = ""  # why it may not dial at all now; "" also when nobody is due
    decided: int = 0  # how many to dial, by the last decision
    asked: int = 0  # ... and by all of them together
    decided_at: float = 0.0  # by the event loop's clock
    law: LawFacts | None = None  # with the counts of the strictest account
    account: str = ""  # which one that is, and how it stands
    by_centre: ByCentre = field(default_factory=dict)
    counted_at: float | None = None  # on the steady clock, as is the next
    empty_until: float | None = None  # nobody was due; look again then
    bucket: TokenBucket | None = None  # of the campaign, if it has a rate
