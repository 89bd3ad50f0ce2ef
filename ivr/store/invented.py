"""Rows of an invented campaign, to measure on: the same for the same size.

Only `dialer.py bench results` asks for them. Nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, insert

from ivr.core.call import CallState
from ivr.core.model import Campaign, Disposition, PhoneNumber
from ivr.store.tables import answers, attempts, campaign_contacts, contacts

BATCH = 20_000
ANSWERED_PER_CENT = 40
CALLS_A_SECOND = 20
SCHEMES = ("ladli", "kisan", "awas", "ujjwala", "")
NOT_ANSWERED = (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.UNREACHABLE)
ANSWERED_AS = (Disposition.COMPLETED, Disposition.COMPLETED, Disposition.PARTIAL)

Row = dict[str, object]


def _lot(one: int, salt: int, of: int) -> int:
    """Return one of `of` for a number, spread as if by lot and always the same."""
    mixed = (one * 2_654_435_761 + salt * 40_503) & 0xFFFF_FFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFF_FFFF
    return (mixed ^ (mixed >> 13)) % of


@dataclass(frozen=True, slots=True)
class Invented:
    """How many rows, and what is in them."""

    campaign: Campaign
    flow_version: str
    list_name: str
    questions: Sequence[tuple[str, Sequence[str]]]  # node, meanings
    places: Sequence[tuple[str, str]]  # centre, district
    begins: datetime
    people: int
    calls: int


def people_rows(what: Invented, first: int) -> dict[Table, list[Row]]:
    """Return contacts `first` .. and their places in the queue, at most BATCH."""
    rows: dict[Table, list[Row]] = {contacts: [], campaign_contacts: []}
    for one in range(first, min(first + BATCH, what.people + 1)):
        centre, district = what.places[_lot(one, 1, len(what.places))]
        number = PhoneNumber(f"+9198{one:08d}")
        rows[contacts].append(
            {
                "contact_id": one,
                "list_name": what.list_name,
                "number": number,
                "centre": centre,
                "district": district,
                "schemes": SCHEMES[_lot(one, 2, len(SCHEMES))],
                "fields": {},
            }
        )
        rows[campaign_contacts].append(
            {
                "campaign_id": what.campaign.campaign_id,
                "contact_id": one,
                "number": number,
                "centre": centre,
                "state": "done",
                "priority": 1,
                "attempts": 1,
            }
        )
    return rows


def call_rows(what: Invented, first: int) -> dict[Table, list[Row]]:
    """Return calls `first` .. with what was answered in them, at most BATCH."""
    rows: dict[Table, list[Row]] = {attempts: [], answers: []}
    for one in range(first, min(first + BATCH, what.calls + 1)):
        is_answered = _lot(one, 3, 100) < ANSWERED_PER_CENT
        rows[attempts].append(_call(what, one, is_answered))
        if is_answered:
            rows[answers] += _said(what, one)
    return rows


def keep(connection: Connection, rows: dict[Table, list[Row]]) -> None:
    for table, of_it in rows.items():
        if of_it:
            connection.execute(insert(table), of_it)


def _call(what: Invented, one: int, is_answered: bool) -> Row:
    contact = 1 + (one - 1) % what.people
    at = what.begins + timedelta(seconds=one / CALLS_A_SECOND)
    over = at + timedelta(seconds=60)
    fates = ANSWERED_AS if is_answered else NOT_ANSWERED
    ended = fates[_lot(one, 4, len(fates))]
    return {
        "call_id": f"b{one:08d}",
        "campaign_id": what.campaign.campaign_id,
        "contact_id": contact,
        "number": f"+9198{contact:08d}",
        "caller_id": what.campaign.caller_id,
        "trunk": what.campaign.trunk,
        "flow_id": what.campaign.flow_id,
        "flow_version": what.flow_version,
        "attempt_no": 1 + (one - 1) // what.people,
        "placed_at": at,
        "state": CallState.ENDED,
        "rang_at": at,
        "answered_at": at + timedelta(seconds=9) if is_answered else None,
        "ended_at": over,
        "abandoned": False,
        "opted_out": False,
        "callback": False,
        "completed": ended is Disposition.COMPLETED,
        "answers": 0,
        "keys_pressed": 0,
        "node": what.questions[one % len(what.questions)][0],
        "cancelled": "",
        "cause_text": "",
        "dial_status": "",
        "disposition": ended,
    }


def _said(what: Invented, one: int) -> Iterator[Row]:
    for seq, (node, meanings) in enumerate(what.questions, 1):
        meaning = meanings[_lot(one, 4 + seq, len(meanings))]
        yield {
            "call_id": f"b{one:08d}",
            "seq": seq,
            "node": node,
            "kind": "key",
            "value": "1",
            "accepted": True,
            "meaning": meaning,
            "at": what.begins,
        }
