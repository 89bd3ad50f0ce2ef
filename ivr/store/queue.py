"""The dial queue of each campaign: who is due, claimed, dialled, done, and why not.

Claims are handed out once, whichever node asks. What may be dialled is decided
elsewhere (core/compliance.py); here are only the facts it asks about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    exc,
    exists,
    func,
    literal_column,
    select,
    true,
    update,
)

from ivr.core.erasure import NumberKey
from ivr.core.model import (
    ANSWERED,
    CampaignId,
    CentreCode,
    ContactId,
    Disposition,
    Due,
    Refused,
)
from ivr.core.retry import NOT_COUNTED
from ivr.store import records
from ivr.store.erasures import erased_of
from ivr.store.group_commit import Row, Write
from ivr.store.tables import attempts, campaign_contacts, contacts, do_not_call

CALLED_BACK, IN_TURN = 0, 1  # campaign_contacts.priority, most urgent first
FACTS_SPAN = timedelta(days=30)

# A person spoke with us, or heard us out. Silence may be a machine, and who was
# abandoned had no conversation: that has a rule of its own.
CONVERSATIONS = ANSWERED - {Disposition.SILENT, Disposition.ABANDONED}

queue = campaign_contacts.c
# Written out, not as parameters, or the partial index is not found.
_BUSY: list[ColumnElement[str]] = [
    literal_column("'claimed'"),
    literal_column("'dialling'"),
]
_DUE: ColumnElement[str] = literal_column("'due'")
_THIS_ROW = (
    queue.campaign_id == bindparam("the_campaign"),
    queue.contact_id == bindparam("the_contact"),
)

QUEUE_OPENED = (
    update(campaign_contacts)
    .where(*_THIS_ROW)
    .values(
        state="dialling",
        call_id=bindparam("the_call"),
        attempts=queue.attempts + 1,
        due_at=None,
        callback_at=None,  # this call is the answer to it
        reason="",
        rule="",
    )
)
QUEUE_CLOSED = (
    update(campaign_contacts)
    .where(*_THIS_ROW, queue.call_id == bindparam("the_call"))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        priority=case((queue.callback_at.is_not(None), CALLED_BACK), else_=IN_TURN),
        last_disposition=bindparam("new_disposition"),
        reason=bindparam("new_reason"),
        rule="",
        call_id=None,
    )
)
_REFUSE = (
    update(campaign_contacts)
    .where(*_THIS_ROW, queue.state.in_(("claimed", "due")))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        reason=bindparam("new_reason"),
        rule=bindparam("new_rule"),
    )
)


def refused(campaign_id: CampaignId, contact_id: ContactId, why: Refused) -> Write:
    """Write why a claimed contact is not dialled, and when to ask again."""
    row: Row = {
        "the_campaign": campaign_id,
        "the_contact": contact_id,
        "new_state": "refused" if why.retry_at is None else "due",
        "new_due_at": why.retry_at,
        "new_reason": why.reason,
        "new_rule": why.rule,
    }
    return Write(keys=((campaign_id, contact_id),), steps=((_REFUSE, row),))


def claim_due(
    connection: Connection,
    campaign_id: CampaignId,
    limit: int,
    now: datetime,
    centres: Sequence[CentreCode] = (),
    erased: NumberKey | None = None,
) -> list[Due]:
    """Take up to `limit` contacts whose time has come; nobody else gets them.

    Who asked to be called comes first. Then, for each of `centres` one of its people,
    and anybody where it has none. `erased`: by which erased people's numbers are known.
    """
    claimed: list[int] = []

    def claim(priority: int, most: int, centre: CentreCode | None = None) -> None:
        room = min(most, limit - len(claimed))
        if room > 0:
            claimed.extend(_claim(connection, campaign_id, priority, room, now, centre))

    claim(CALLED_BACK, limit)
    for centre, calls in Counter(centres).items():
        claim(IN_TURN, calls, centre)
    claim(IN_TURN, limit)
    if not claimed:
        return []
    due = _with_facts(connection, campaign_id, claimed, now)
    gone = erased_of(connection, (one.contact.number for one in due), erased)
    return [
        replace(one, on_do_not_call=True) if one.contact.number in gone else one
        for one in due
    ]


def _claim(
    connection: Connection,
    campaign_id: CampaignId,
    priority: int,
    limit: int,
    now: datetime,
    centre: CentreCode | None,
) -> Sequence[int]:
    busy = campaign_contacts.alias("busy")
    is_busy = exists().where(busy.c.number == queue.number, busy.c.state.in_(_BUSY))
    due = (
        select(queue.contact_id)
        .where(
            queue.campaign_id == campaign_id,
            queue.state == (_DUE if centre else "due"),
            *([queue.centre == centre] if centre else []),
            queue.priority == priority,
            queue.due_at <= now,
            ~is_busy,
        )
        .order_by(queue.due_at, queue.contact_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=campaign_contacts)
    )
    ids = connection.execute(due).scalars().all()
    if not ids:
        return ids
    claim = (
        update(campaign_contacts)
        .where(queue.campaign_id == campaign_id, queue.contact_id.in_(ids))
        .values(state="claimed")
    )
    try:
        with connection.begin_nested():
            connection.execute(claim)
    except exc.IntegrityError:
        # At this very moment another node claimed one of these numbers for another
        # campaign. The next tick sees that claim and passes it by.
        return []
    return ids


@dataclass(frozen=True, slots=True)
class _NumberFacts:
    attempts_today: int = 0
    not_counted: int = 0  # dials in this campaign that reached nobody
    conversations_30d: int = 0
    last_abandoned_at: datetime | None = None


def _with_facts(
    connection: Connection,
    campaign_id: CampaignId,
    contact_ids: Sequence[int],
    now: datetime,
) -> list[Due]:
    found = connection.execute(
        select(
            contacts,
            queue.attempts.label("dials"),
            queue.callback_at.label("callback_at"),
            do_not_call.c.number.is_not(None).label("on_do_not_call"),
        )
        .join(campaign_contacts, queue.contact_id == contacts.c.contact_id)
        .outerjoin(do_not_call, do_not_call.c.number == contacts.c.number)
        .where(queue.campaign_id == campaign_id, queue.contact_id.in_(contact_ids))
    )
    rows = {row["contact_id"]: row for row in found.mappings()}
    zones: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows.values():
        zones[row["timezone"]].append(row["number"])
    facts: dict[str, _NumberFacts] = {}
    for zone, numbers in zones.items():
        day_start = _day_start(now, zone)
        facts |= _facts_of(connection, campaign_id, numbers, now, day_start)
    return [
        Due(
            contact=records.contact_of(row),
            dials=row["dials"],
            attempts_in_campaign=max(0, row["dials"] - known.not_counted),
            attempts_today=known.attempts_today,
            conversations_30d=known.conversations_30d,
            on_do_not_call=row["on_do_not_call"],
            last_abandoned_at=known.last_abandoned_at,
            callback_at=row["callback_at"],
        )
        for row in (rows[contact_id] for contact_id in contact_ids)
        for known in (facts.get(row["number"], _NumberFacts()),)
    ]


def _day_start(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _facts_of(
    connection: Connection,
    campaign_id: CampaignId,
    numbers: Iterable[str],
    now: datetime,
    day_start: datetime,
) -> dict[str, _NumberFacts]:
    """Return what the law asks about each number, over all campaigns.

    A dial that reached nobody (core.retry.NOT_COUNTED) uses up no attempt.
    """
    of = attempts.c
    is_not_counted = func.coalesce(of.disposition, "").in_(NOT_COUNTED)
    found = connection.execute(
        select(
            of.number,
            func.count().filter(of.placed_at >= day_start, ~is_not_counted),
            func.count().filter(of.campaign_id == campaign_id, is_not_counted),
            func.count().filter(of.disposition.in_(CONVERSATIONS)),
            func.max(case((of.abandoned, of.ended_at))),
        )
        .where(of.number.in_(numbers), of.placed_at >= now - FACTS_SPAN)
        .group_by(of.number)
    )
    return {row[0]: _NumberFacts(*row[1:]) for row in found}


def release_claims(connection: Connection, campaign_id: CampaignId) -> int:
    """Give back claims for which no attempt was opened; return how many."""
    return connection.execute(
        update(campaign_contacts)
        .where(queue.campaign_id == campaign_id, queue.state == "claimed")
        .values(state="due")
    ).rowcount


def next_due_at(
    connection: Connection,
    campaign_id: CampaignId,
    after: datetime,
    centres: Collection[CentreCode] | None = None,
) -> datetime | None:
    """Return the first time after `after` at which a contact becomes due.

    `centres`: one of their people.
    """
    theirs = true() if centres is None else queue.centre.in_(sorted(centres))
    firsts = [
        connection.execute(
            select(func.min(queue.due_at)).where(
                queue.campaign_id == campaign_id,
                queue.state == "due",
                queue.priority == priority,
                queue.due_at > after,
                theirs,
            )
        ).scalar_one()
        for priority in (CALLED_BACK, IN_TURN)
    ]
    return min((first for first in firsts if first is not None), default=None)


def undone(connection: Connection, campaign_id: CampaignId) -> int:
    """Return how many contacts are not done: due, claimed, dialling or waiting."""
    return connection.execute(
        select(func.count()).where(
            queue.campaign_id == campaign_id,
            queue.state.in_(("due", "claimed", "dialling")),
        )
    ).scalar_one()
