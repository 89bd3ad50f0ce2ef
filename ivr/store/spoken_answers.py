"""Spoken answers of a part of a campaign, one by one, with the notes on them.

Every question takes the reader's scope: a recording of another centre's contact is
not found, whoever knows its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, or_, select

from ivr.core.model import CampaignId
from ivr.core.selection import CentreScope, Slice
from ivr.core.spoken import SpokenAnswer, SpokenNote
from ivr.store.opinion_tables import spoken_notes
from ivr.store.slices import of_calls, of_people
from ivr.store.tables import answers, attempts, contacts

_A, _S, _N = attempts.c, answers.c, spoken_notes.c
Place = tuple[datetime, str, int]  # placed at, call, seq: the last one of a page


def spoken_answers(
    connection: Connection,
    campaign_id: CampaignId,
    scope: CentreScope,
    part: Slice,
    after: tuple[str, int] | None,
    limit: int,
) -> list[SpokenAnswer]:
    """Return the newest calls' recordings, those that follow `after` in the list."""
    asked = _asked(campaign_id, scope, part)
    place = _place(connection, campaign_id, scope, after) if after else None
    if place is not None:
        asked = asked.where(_is_after(place))
    rows = connection.execute(
        asked.order_by(_A.placed_at.desc(), _S.call_id, _S.seq).limit(limit)
    ).all()
    found = [SpokenAnswer(*row) for row in rows]
    return _with_notes(connection, found)


def one_spoken(
    connection: Connection,
    campaign_id: CampaignId,
    scope: CentreScope,
    call_id: str,
    seq: int,
) -> SpokenAnswer | None:
    """Return one recording of the scope; None: there is none, or it is not theirs."""
    everything = Slice(CentreScope(None))
    row = connection.execute(
        _asked(campaign_id, scope, everything).where(
            _S.call_id == call_id, _S.seq == seq
        )
    ).one_or_none()
    return None if row is None else _with_notes(connection, [SpokenAnswer(*row)])[0]


def keep_note(connection: Connection, call_id: str, seq: int, note: SpokenNote) -> None:
    """Add a note; earlier ones stay."""
    connection.execute(
        insert(spoken_notes),
        {
            "call_id": call_id,
            "seq": seq,
            "at": note.at,
            "noted_by": note.noted_by,
            "note": note.note,
        },
    )


def _asked(
    campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> Select[str, int, str, str, str, datetime | None, str | None, str, str]:
    who = contacts.c
    return (
        select(
            _S.call_id,
            _S.seq,
            _S.node,
            _S.value,
            _S.meaning,
            _S.at,
            who.centre,
            who.district,
            who.schemes,
        )
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .join(contacts, who.contact_id == _A.contact_id)
        .where(_A.campaign_id == campaign_id, _S.kind == "speech", _S.accepted)
        .where(*of_people(scope, part), *of_calls(part))
    )


def _place(
    connection: Connection,
    campaign_id: CampaignId,
    scope: CentreScope,
    after: tuple[str, int],
) -> Place | None:
    call_id, seq = after
    if one_spoken(connection, campaign_id, scope, call_id, seq) is None:
        return None
    placed = select(_A.placed_at).where(_A.call_id == call_id)
    return connection.execute(placed).scalar_one(), call_id, seq


def _is_after(place: Place) -> ColumnElement[bool]:
    placed_at, call_id, seq = place
    return or_(
        _A.placed_at < placed_at,
        and_(_A.placed_at == placed_at, _S.call_id > call_id),
        and_(_S.call_id == call_id, _S.seq > seq),
    )


def _with_notes(
    connection: Connection, found: Iterable[SpokenAnswer]
) -> list[SpokenAnswer]:
    by_key: dict[tuple[str, int], list[SpokenNote]] = {}
    answers_found = list(found)
    calls = sorted({one.call_id for one in answers_found})
    rows = connection.execute(
        select(_N.call_id, _N.seq, _N.at, _N.noted_by, _N.note)
        .where(_N.call_id.in_(calls))
        .order_by(_N.note_id.desc())
    )
    for call_id, seq, at, noted_by, note in rows:
        by_key.setdefault((call_id, seq), []).append(SpokenNote(at, noted_by, note))
    return [
        replace(one, notes=tuple(by_key.get((one.call_id, one.seq), ())))
        for one in answers_found
    ]
