"""Why is nothing dialling, for one campaign and the people of some centres. Pure.

Puts together what the store counted, what only the running Samvad knows, and the law:
the contacts at each gate, the one thing in the way, and who can be dialled when next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.core.dial_stops import DialStop
from ivr.core.funnel import GATES, gate_counts, holding_back
from ivr.core.model import Campaign, CampaignState, Mode

NEED_A_DESK = frozenset({Mode.PROGRESSIVE, Mode.PREDICTIVE})
Opens = Callable[[datetime], datetime | None]  # core.hours.next_open of the campaign


@dataclass(frozen=True, slots=True)
class GateCount:
    name: str
    hi: str
    en: str
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a campaign besides where its contacts stand."""

    campaign: Campaign
    state: CampaignState
    next_due_at: datetime | None
    switch_is_up: bool
    telecallers_ready: int | None  # None: nobody knows
    because: str = ""  # the last decision
    stop: DialStop | None = None  # that holds all of these people


@dataclass(frozen=True, slots=True)
class WhyNot:
    campaign_id: str
    title_hi: str
    title_en: str
    state: CampaignState
    in_lists: int
    not_enrolled: int
    same_number: int
    gates: tuple[GateCount, ...]  # in the order of a contact's way; none is 0
    holding_hi: str
    holding_en: str
    because: str
    next_at: datetime | None  # when the next contact can be dialled, as far as known


def why_not(
    counts: Mapping[str, int], asked: Asked, now: datetime, opens: Opens
) -> WhyNot:
    """Return the whole answer. `opens` knows the campaign's windows and the law's."""
    gates = gate_counts(counts)
    hindi, _, english = _holding(gates, asked).partition(" | ")
    return WhyNot(
        campaign_id=asked.campaign.campaign_id,
        title_hi=asked.campaign.title_hi,
        title_en=asked.campaign.title_en,
        state=asked.state,
        in_lists=counts.get("in_lists", 0),
        not_enrolled=counts.get("not_enrolled", 0),
        same_number=counts.get("same_number", 0),
        gates=tuple(
            GateCount(gate.name, gate.hi, gate.en, gates[gate.name])
            for gate in GATES
            if gates.get(gate.name)
        ),
        holding_hi=hindi,
        holding_en=english,
        because=asked.because,
        next_at=_next_at(gates, asked, now, opens),
    )


def _holding(gates: Mapping[str, int], asked: Asked) -> str:
    if asked.stop is not None and asked.state is CampaignState.RUNNING:
        stop = asked.stop
        return f"{stop.by} ने डायलिंग रोकी है: {stop.why} | {stop}"
    known = dict(gates)
    known["running"] = int(asked.state is CampaignState.RUNNING)
    known["switch_up"] = int(asked.switch_is_up)
    known["needs_telecaller"] = int(asked.campaign.mode in NEED_A_DESK)
    if asked.telecallers_ready is not None:
        known["telecallers_ready"] = asked.telecallers_ready
    return holding_back(known)


def _next_at(
    gates: Mapping[str, int], asked: Asked, now: datetime, opens: Opens
) -> datetime | None:
    """Return when somebody is due and the hours allow it; None while it is stopped."""
    if asked.stop is not None or asked.state is not CampaignState.RUNNING:
        return None
    first = now if gates.get("due_now") else asked.next_due_at
    return opens(first) if first is not None else None
