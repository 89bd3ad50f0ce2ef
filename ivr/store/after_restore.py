"""A restored database made safe before anybody is dialled from it.

What happened after the backup is not known: who was called, who was switched off. So
campaigns rest, everybody who is due waits until tomorrow, and nobody is signed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from ivr.core.call import CallState
from ivr.core.disposition import INTERRUPTED, dispose
from ivr.core.model import CampaignId, CampaignState, Disposition
from ivr.store.attempts import closed, open_attempts
from ivr.store.campaigns import set_campaign_state
from ivr.store.database import execute_all
from ivr.store.program_tables import api_tokens
from ivr.store.queue import queue
from ivr.store.tables import attempts, campaign_contacts, campaigns, contacts
from ivr.store.user_tables import audit_log, users, web_sessions

HELD = "attempts_today"  # core.compliance's reason: the daily cap may be used up
WHO = "restore"  # in the audit log
SERVED = (Disposition.OPTED_OUT, Disposition.TALKED, Disposition.COMPLETED)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done."""

    paused: tuple[CampaignId, ...]
    closed_calls: int  # that were under way at the moment of the backup
    held: int  # contacts that wait until tomorrow
    signed_out: int
    users: int  # who may sign in again, as at the moment of the backup
    tokens: int  # of programs, likewise


def settle(connection: Connection, backup_at: datetime, now: datetime) -> Settled:
    """Do all of it, in the caller's transaction."""
    paused = _pause(connection, now)
    tomorrow = _tomorrows(connection, now)
    rule = (
        f"restored from the backup of {backup_at:%Y-%m-%d %H:%M} UTC: whom it called "
        "after that is not known"
    )
    closed_calls = _close(connection, now, min(tomorrow.values(), default=now))
    held = 0
    for zone, at in tomorrow.items():
        held += _hold(connection, zone, at, rule)
    signed_out = connection.execute(delete(web_sessions)).rowcount
    active = select(func.count()).where(users.c.is_active)
    tokens = select(func.count()).where(api_tokens.c.ended_at.is_(None))
    settled = Settled(
        tuple(paused),
        closed_calls,
        held,
        signed_out,
        connection.execute(active).scalar_one(),
        connection.execute(tokens).scalar_one(),
    )
    _note(connection, backup_at, now, settled)
    return settled


def _pause(connection: Connection, now: datetime) -> list[CampaignId]:
    running = select(campaigns.c.campaign_id).where(
        campaigns.c.state == CampaignState.RUNNING
    )
    paused = [CampaignId(one) for one in connection.execute(running).scalars()]
    for campaign_id in paused:
        set_campaign_state(connection, campaign_id, CampaignState.PAUSED, now)
    return paused


def _tomorrows(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Return when the next day begins, in each zone that a contact lives in."""
    zones = connection.execute(select(contacts.c.timezone).distinct()).scalars()
    return {zone: _next_day(now, zone) for zone in zones}


def _next_day(now: datetime, zone: str) -> datetime:
    day = now.astimezone(ZoneInfo(zone)) + timedelta(days=1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _close(connection: Connection, now: datetime, next_at: datetime) -> int:
    """End the calls that were under way: who was not served is due again then."""
    left = open_attempts(connection)
    for call in left:
        ended = replace(
            call, state=CallState.ENDED, ended_at=now, cancelled=INTERRUPTED
        )
        how = dispose(ended)
        again = None if how in SERVED else next_at
        write = closed(ended, how, again, "restored from a backup")
        execute_all(connection, [write])
    return len(left)


def _hold(connection: Connection, zone: str, at: datetime, rule: str) -> int:
    """Let nobody of the zone be due before `at`; give claims back."""
    theirs = select(contacts.c.contact_id).where(contacts.c.timezone == zone)
    held = connection.execute(
        update(campaign_contacts)
        .where(
            queue.contact_id.in_(theirs),
            or_(
                queue.state.in_(("claimed", "dialling")),
                (queue.state == "due") & (queue.due_at <= at),
            ),
        )
        .values(state="due", due_at=at, reason=HELD, rule=rule, call_id=None)
    )
    return held.rowcount


def _note(
    connection: Connection, backup_at: datetime, now: datetime, settled: Settled
) -> None:
    row = {
        "at": now,
        "user_id": WHO,
        "action": "restored_from_backup",
        "about": f"backup of {backup_at.isoformat()}",
        "detail": {
            "paused": " ".join(settled.paused),
            "held": str(settled.held),
        },
    }
    connection.execute(insert(audit_log).values(row))


def calls_since(connection: Connection, since: datetime) -> int:
    """Return how many calls a database knows that were placed after `since`."""
    query = select(func.count()).where(attempts.c.placed_at > since)
    return int(connection.execute(query).scalar_one())


def numbers_of(connection: Connection, call_ids: Sequence[str]) -> dict[str, str]:
    """Return the number of each call that is known."""
    c = attempts.c
    found = connection.execute(
        select(c.call_id, c.number).where(c.call_id.in_(list(call_ids)))
    )
    return {row.call_id: row.number for row in found}
