"""Rows to core values and back. No statements here."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter
from sqlalchemy.engine import RowMapping

from ivr.core.call import Call, CallState
from ivr.core.flow_model import Flow
from ivr.core.model import (
    Answer,
    CallId,
    Campaign,
    CampaignId,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    FlowId,
    ListName,
    NodeId,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TrunkName,
)


@cache
def _campaigns() -> TypeAdapter[Campaign]:
    return TypeAdapter(Campaign)


@cache
def _flows() -> TypeAdapter[Flow]:
    return TypeAdapter(Flow)


def campaign_to_json(campaign: Campaign) -> str:
    return _campaigns().dump_json(campaign).decode()


def campaign_from_json(text: str) -> Campaign:
    return _campaigns().validate_json(text)


def flow_to_json(flow: Flow) -> str:
    return _flows().dump_json(flow).decode()


def flow_from_json(text: str) -> Flow:
    return _flows().validate_json(text)


def centre_of(row: RowMapping) -> Centre:
    parent = row["parent"]
    return Centre(
        code=CentreCode(row["code"]),
        name_hi=row["name_hi"],
        name_en=row["name_en"],
        parent=None if parent is None else CentreCode(parent),
    )


def telecaller_of(row: RowMapping) -> Telecaller:
    return Telecaller(
        telecaller_id=TelecallerId(row["telecaller_id"]),
        name=row["name"],
        centre=CentreCode(row["centre"]),
        address=row["address"],
        languages=tuple(row["languages"].split()),
    )


def contact_of(row: RowMapping) -> Contact:
    alt_number, centre = row["alt_number"], row["centre"]
    return Contact(
        contact_id=ContactId(row["contact_id"]),
        list_name=ListName(row["list_name"]),
        number=PhoneNumber(row["number"]),
        name=row["name"],
        alt_number=None if alt_number is None else PhoneNumber(alt_number),
        district=row["district"],
        centre=None if centre is None else CentreCode(centre),
        constituency=row["constituency"],
        schemes=tuple(row["schemes"].split()),
        language=row["language"],
        timezone=row["timezone"],
        fields=dict(row["fields"]),
    )


def row_of_contact(contact: Contact) -> dict[str, object]:
    """Return a row for `contacts`, without the id, which the database gives."""
    return {
        "list_name": contact.list_name,
        "number": contact.number,
        "alt_number": contact.alt_number,
        "name": contact.name,
        "district": contact.district,
        "centre": contact.centre,
        "constituency": contact.constituency,
        "schemes": " ".join(contact.schemes),
        "language": contact.language,
        "timezone": contact.timezone,
        "fields": dict(contact.fields),
    }


# What open_attempt writes once, and what save_call writes again and again.
FIXED = (
    "campaign_id",
    "contact_id",
    "number",
    "caller_id",
    "trunk",
    "flow_id",
    "flow_version",
    "attempt_no",
    "placed_at",
)
MOVING = (
    "state",
    "rang_at",
    "answered_at",
    "wanted_at",
    "joined_at",
    "parted_at",
    "ended_at",
    "telecaller_id",
    "abandoned",
    "opted_out",
    "callback",
    "completed",
    "answers",
    "node",
    "place",
    "cancelled",
    "cause",
    "cause_text",
    "sip_code",
    "dial_status",
)


def row_of_call(call: Call) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(call, name) for name in FIXED}
    row["call_id"] = call.call_id
    return row | moving_row_of_call(call)


def moving_row_of_call(call: Call) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(call, name) for name in MOVING}
    row["keys_pressed"] = call.keys
    return row


def call_of(row: RowMapping) -> Call:
    telecaller_id, node = row["telecaller_id"], row["node"]
    return Call(
        call_id=CallId(row["call_id"]),
        campaign_id=CampaignId(row["campaign_id"]),
        contact_id=ContactId(row["contact_id"]),
        number=PhoneNumber(row["number"]),
        caller_id=PhoneNumber(row["caller_id"]),
        trunk=TrunkName(row["trunk"]),
        flow_id=FlowId(row["flow_id"]),
        flow_version=row["flow_version"],
        attempt_no=row["attempt_no"],
        placed_at=row["placed_at"],
        state=CallState(row["state"]),
        rang_at=row["rang_at"],
        answered_at=row["answered_at"],
        wanted_at=row["wanted_at"],
        joined_at=row["joined_at"],
        parted_at=row["parted_at"],
        ended_at=row["ended_at"],
        telecaller_id=None if telecaller_id is None else TelecallerId(telecaller_id),
        abandoned=row["abandoned"],
        opted_out=row["opted_out"],
        callback=row["callback"],
        completed=row["completed"],
        answers=row["answers"],
        keys=row["keys_pressed"],
        node=None if node is None else NodeId(node),
        place=row["place"],
        cancelled=row["cancelled"],
        cause=row["cause"],
        cause_text=row["cause_text"],
        sip_code=row["sip_code"],
        dial_status=row["dial_status"],
    )


def answer_of(row: RowMapping) -> Answer:
    return Answer(
        call_id=CallId(row["call_id"]),
        seq=row["seq"],
        node=NodeId(row["node"]),
        kind=row["kind"],
        value=row["value"],
        accepted=row["accepted"],
        meaning=row["meaning"],
        at=row["at"],
    )


def row_of_answer(answer: Answer) -> dict[str, object]:
    return {
        "call_id": answer.call_id,
        "seq": answer.seq,
        "node": answer.node,
        "kind": answer.kind,
        "value": answer.value,
        "accepted": answer.accepted,
        "meaning": answer.meaning,
        "at": answer.at,
    }
