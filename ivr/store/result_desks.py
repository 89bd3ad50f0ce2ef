"""What telecallers did for a campaign, counted: talks, wrap-up, time ready, pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from ivr.core.model import CampaignId, DeskState
from ivr.core.shares import Spans
from ivr.core.tallies import DeskCount, TalkCount
from ivr.store.columns import UtcDateTime
from ivr.store.counting import spans
from ivr.store.moments import milliseconds
from ivr.store.tables import attempts, conversations, desk_states, telecallers

# A state that began before the campaign's first call lasts into it; a shift is
# never as long as this.
LOOK_BACK = timedelta(days=1)

# States that belong to one call, and so to one campaign; the others to none.
OF_A_CALL = (
    DeskState.RESERVED,
    DeskState.TALKING,
    DeskState.HOLDING,
    DeskState.CONSULTING,
    DeskState.WRAP_UP,
)

_A, _T = attempts.c, conversations.c


@dataclass(frozen=True, slots=True)
class Work:
    talks: tuple[TalkCount, ...]
    desks: tuple[DeskCount, ...]
    spans: Spans


def count(
    connection: Connection,
    campaign_id: CampaignId,
    first_at: datetime | None,
    last_at: datetime | None,
) -> Work:
    lasted = milliseconds(_T.joined_at, _T.parted_at)
    talks = (
        select(lasted.label("ms"))
        .join_from(conversations, attempts, _A.call_id == _T.call_id)
        .where(_A.campaign_id == campaign_id, _T.joined_at.is_not(None))
        .where(_T.parted_at.is_not(None))
    )
    if first_at is None or last_at is None:
        return Work((), (), Spans(0, 0, {}))
    return Work(
        talks=_talks(connection, campaign_id),
        desks=_desks(connection, campaign_id, first_at, last_at),
        spans=spans(connection, talks),
    )


def _talks(connection: Connection, campaign_id: CampaignId) -> tuple[TalkCount, ...]:
    who = (_T.telecaller_id, telecallers.c.name, telecallers.c.centre, _T.outcome)
    talked_ms = func.sum(milliseconds(_T.joined_at, _T.parted_at))
    found = connection.execute(
        select(
            *who,
            func.count(),
            func.count() - func.count(_T.parted_at),
            cast(func.coalesce(talked_ms, 0), BigInteger),
        )
        .join_from(conversations, attempts, _A.call_id == _T.call_id)
        .join(telecallers, telecallers.c.telecaller_id == _T.telecaller_id)
        .where(_A.campaign_id == campaign_id, _T.joined_at.is_not(None))
        .group_by(*who)
        .order_by(*who)
    )
    return tuple(TalkCount(*row) for row in found)


def _desks(
    connection: Connection,
    campaign_id: CampaignId,
    first_at: datetime,
    last_at: datetime,
) -> tuple[DeskCount, ...]:
    """Add up how long desks were in each state from the first call to the end.

    The wrap-up after the last call counts whole, up to LOOK_BACK after it.
    """
    log = desk_states.c
    following = func.lead(log.at).over(
        partition_by=log.telecaller_id, order_by=(log.at, log.entry_id)
    )
    entry = (
        select(
            log.telecaller_id,
            log.state,
            log.call_id,
            log.at.label("began"),
            following.label("ended"),
        )
        .where(log.at >= first_at - LOOK_BACK, log.at <= last_at + LOOK_BACK)
        .subquery()
    )
    c = entry.c
    first, last = literal(first_at, UtcDateTime()), literal(last_at, UtcDateTime())
    began = case((c.began < first, first), else_=c.began)
    ended = case((or_(c.ended.is_(None), c.ended > last), last), else_=c.ended)
    of_a_call = c.state.in_(OF_A_CALL)
    ms = case(
        (of_a_call, milliseconds(c.began, c.ended)), else_=milliseconds(began, ended)
    )
    found = connection.execute(
        select(c.telecaller_id, c.state, cast(func.sum(ms), BigInteger))
        .join_from(entry, attempts, _A.call_id == c.call_id, isouter=True)
        .where(
            or_(
                and_(of_a_call, _A.campaign_id == campaign_id, c.ended.is_not(None)),
                and_(
                    ~of_a_call, c.began < last, or_(c.ended.is_(None), c.ended > first)
                ),
            )
        )
        .group_by(c.telecaller_id, c.state)
        .order_by(c.telecaller_id, c.state)
    )
    return tuple(DeskCount(*row) for row in found)
