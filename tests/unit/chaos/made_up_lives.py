"""Calls as both sides tell of them, made up for the judges' tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.chaos.facts import Broken, Facts, Span, Standing
from ivr.chaos.kinds import Kind
from ivr.chaos.plan import Fault
from ivr.core.call import Call, CallState
from ivr.core.model import (
    Answer,
    CallId,
    CampaignId,
    ContactId,
    Disposition,
    FlowId,
    NodeId,
    PhoneNumber,
    TrunkName,
)
from ivr.simulation.agreement import KnownCall
from ivr.simulation.lived import Lived, PressedKey, Quiet

NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
NUMBER = PhoneNumber("+919820000001")
CAMPAIGN = CampaignId("chaos-one")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def lived(call: str = "s1", **given: Any) -> Lived:
    """Return a call that was answered after 1 s and ended after 10."""
    facts: dict[str, Any] = {
        "call": f"sip-{call}-{given.get('attempt', 1)}",
        "number": NUMBER,
        "attempt": 1,
        "invited_at": at(0),
        "answered_at": at(1),
        "ended_at": at(10),
        "samvad_call": call,
        "prompts": [(at(1.2), "first")],
    }
    return Lived(**facts | given)


def key(value: str, seconds: float, node: str = "first", *, sure: bool = True):  # type: ignore[no-untyped-def]
    return PressedKey(value, at(seconds), sure, node)


def quiet(since: float, lasted_s: float) -> Quiet:
    return Quiet(at(since), lasted_s)


def known(
    call_id: str = "s1",
    keys: Sequence[tuple[str, str]] = (),
    *,
    disposition: Disposition | None = Disposition.COMPLETED,
    attempt_no: int = 1,
    opted_out: bool = False,
) -> KnownCall:
    """Return an attempt; `keys` are node and value of each stored answer."""
    call = Call(
        call_id=CallId(call_id),
        campaign_id=CAMPAIGN,
        contact_id=ContactId(1),
        number=NUMBER,
        caller_id=PhoneNumber("+917552550100"),
        trunk=TrunkName("carrier"),
        flow_id=FlowId("chaos"),
        flow_version="1",
        attempt_no=attempt_no,
        placed_at=NOON,
        state=CallState.ENDED,
        opted_out=opted_out,
    )
    answers = tuple(
        Answer(call.call_id, seq, NodeId(node), "key", value, accepted=True)
        for seq, (node, value) in enumerate(keys, 1)
    )
    return KnownCall(call, disposition, answers)


def standing(state: str = "done", **given: Any) -> Standing:
    facts: dict[str, Any] = {
        "campaign_id": CAMPAIGN,
        "contact_id": ContactId(1),
        "number": NUMBER,
        "state": state,
        "is_timed": state == "due",
        "reason": "completed",
        "last": Disposition.COMPLETED,
        "attempts": 1,
    }
    return Standing(**facts | given)


def broken(kind: Kind, began: float, lasted_s: float = 0.0) -> Broken:
    fault = Fault(0, kind, began, lasted_s, 0.0, 1)
    return Broken(fault, Span(at(began), at(began + lasted_s)))


def facts(
    lives: Sequence[Lived] = (), memory: Sequence[KnownCall] = (), **given: Any
) -> Facts:
    told: dict[str, Any] = {
        "broken": (),
        "standing": (),
        "do_not_call": frozenset(),
        "ended_at": at(60),
    }
    return Facts(lived=lives, known=memory, **told | given)
