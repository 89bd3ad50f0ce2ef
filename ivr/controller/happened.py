"""What the controller tells other software of, made of what it holds. Never waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ivr.controller.live_call import LiveCall
from ivr.core.happenings import Happening, HappeningKind
from ivr.core.model import (
    Answer,
    CallId,
    Campaign,
    CentreCode,
    Disposition,
    PhoneNumber,
)

Tell = Callable[[Happening], None]


def to_nobody(_happening: Happening) -> None:
    """Tell nobody: without webhooks, in benches and tests."""


def centres_of(live: LiveCall) -> tuple[CentreCode, ...]:
    """Return whose matter a call is: the centre that serves the person."""
    centre = live.due.contact.centre
    return (centre,) if centre else ()


def call_ended(live: LiveCall, disposition: Disposition, now: datetime) -> Happening:
    call = live.call
    # Not until now: a webhook may be told late, when the store was away.
    ended_at = call.ended_at or now
    talk_s = (ended_at - call.answered_at).total_seconds() if call.answered_at else None
    return Happening(
        HappeningKind.CALL_ENDED,
        now,
        centres_of(live),
        call.number,
        {
            "call_id": call.call_id,
            "campaign_id": call.campaign_id,
            "contact_id": call.contact_id,
            "disposition": str(disposition),
            "attempt_no": call.attempt_no,
            "answered_s": None if talk_s is None else round(talk_s),
        },
    )


def answer_given(live: LiveCall, answer: Answer, now: datetime) -> Happening:
    """A spoken answer is told without its file: it is heard with a right to hear."""
    return Happening(
        HappeningKind.ANSWER_GIVEN,
        now,
        centres_of(live),
        live.call.number,
        {
            "call_id": answer.call_id,
            "campaign_id": live.call.campaign_id,
            "contact_id": live.call.contact_id,
            "node": answer.node,
            "kind": answer.kind,
            "value": "" if answer.kind == "speech" else answer.value,
            "meaning": answer.meaning,
        },
    )


def opted_out(
    number: PhoneNumber,
    source: str,
    call_id: CallId | None,
    centres: tuple[CentreCode, ...],
    now: datetime,
) -> Happening:
    facts = {"source": source, "call_id": call_id}
    return Happening(HappeningKind.OPT_OUT, now, centres, number, facts)


def campaign_finished(campaign: Campaign, now: datetime) -> Happening:
    facts = {"campaign_id": campaign.campaign_id, "title_hi": campaign.title_hi}
    return Happening(
        HappeningKind.CAMPAIGN_FINISHED, now, campaign.centres, None, facts
    )
