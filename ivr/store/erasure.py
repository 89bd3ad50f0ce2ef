"""All erasing there is: one function for each kind of thing, and no other SQL.

What is erased in any table is erased here, so that a record of what was erased can be
kept in one place. A row that stays gets a new salt: by the old one the journal's hash
of what it told could be guessed (docs/journal.md). Each function works in its caller's
transaction and says how much it took away. Whether and when to erase is decided
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from ivr.core.erasure import Erasure, ErasureState, is_chosen
from ivr.core.held import Held
from ivr.core.model import CallId, PhoneNumber
from ivr.store.columns import new_salt
from ivr.store.erasure_tables import erasures
from ivr.store.group_commit import Row
from ivr.store.holdings import holdings, queued
from ivr.store.opinion_tables import spoken_notes
from ivr.store.program_tables import webhook_outbox
from ivr.store.tables import (
    answers,
    attempts,
    callbacks,
    campaign_contacts,
    campaigns,
    contacts,
    conversations,
    do_not_call,
)
from ivr.store.upsert import insert_or_leave
from ivr.store.user_tables import audit_log

Seal = Callable[[Held], str]  # what is held of somebody, to what only a key opens
_BAR = insert_or_leave(do_not_call)
ERASED = "erased"  # do_not_call.source, campaign_contacts.reason


def mask_person(
    connection: Connection,
    erasure: Erasure,
    number: PhoneNumber,
    seal: Seal,
    at: datetime,
) -> tuple[str, ...]:
    """Take all that tells who somebody is out of the tables; return their recordings.

    What is taken away is read in the same transaction and handed to `seal`, whose
    answer is kept with the request. Answers stay, of nobody, to be counted. Whom
    another process has masked meanwhile is left as they are.
    """
    mine = select(erasures.c.state).where(erasures.c.request_id == erasure.request_id)
    if connection.execute(mine.with_for_update()).scalar_one() != ErasureState.ASKED:
        return ()
    held = holdings(connection, number)
    sealed = seal(held)
    calls = held.call_ids
    mask_contacts(connection, number, erasure.stand_in)
    mask_queue(connection, number, erasure.stand_in)
    mask_calls(connection, number, erasure.stand_in)
    mask_answers(connection, calls)
    forget_spoken_notes(connection, calls)
    mask_conversations(connection, calls)
    mask_do_not_call(connection, number, erasure.stand_in, at)
    forget_deliveries(connection, number)
    connection.execute(
        update(erasures)
        .where(erasures.c.request_id == erasure.request_id)
        .values(
            state=str(ErasureState.MASKED),
            number=None,
            masked_at=at,
            sealed=sealed,
            recordings=" ".join(held.recordings),
            salt=new_salt(),
        )
    )
    return held.recordings


def mask_contacts(
    connection: Connection, number: PhoneNumber, stand_in: PhoneNumber
) -> int:
    """Leave of a person in lists only where they live and what they spoke."""
    connection.execute(
        update(contacts).where(contacts.c.alt_number == number).values(alt_number=None)
    )
    mine = update(contacts).where(contacts.c.number == number)
    blank = mine.values(number=stand_in, alt_number=None, name="", fields={})
    return connection.execute(blank).rowcount


def mask_queue(
    connection: Connection, number: PhoneNumber, stand_in: PhoneNumber
) -> int:
    """Let no campaign mean a person any more."""
    mine = update(campaign_contacts).where(*queued(number))
    refused = mine.values(
        number=stand_in,
        state="refused",
        due_at=None,
        callback_at=None,
        call_id=None,
        reason=ERASED,
        rule="",
    )
    return connection.execute(refused).rowcount


def mask_calls(
    connection: Connection, number: PhoneNumber, stand_in: PhoneNumber
) -> int:
    mine = update(attempts).where(attempts.c.number == number)
    return connection.execute(mine.values(number=stand_in, salt=new_salt())).rowcount


def mask_answers(connection: Connection, calls: Sequence[CallId]) -> int:
    """Take away what was said, typed or written down; what was chosen stays."""
    row = answers.c
    found = connection.execute(
        select(row.call_id, row.seq, row.kind, row.value).where(row.call_id.in_(calls))
    ).all()
    told = [
        (one.call_id, one.seq) for one in found if not is_chosen(one.kind, one.value)
    ]
    for call_id, seq in told:
        connection.execute(
            update(answers)
            .where(row.call_id == call_id, row.seq == seq)
            .values(value="", meaning="", salt=new_salt())
        )
    return len(told)


def forget_spoken_notes(connection: Connection, calls: Sequence[CallId]) -> int:
    gone = delete(spoken_notes).where(spoken_notes.c.call_id.in_(calls))
    return connection.execute(gone).rowcount


def mask_conversations(connection: Connection, calls: Sequence[CallId]) -> int:
    """Take away telecallers' notes; how a conversation ended stays."""
    mine = update(conversations).where(conversations.c.call_id.in_(calls))
    return connection.execute(mine.values(notes="", salt=new_salt())).rowcount


def mask_do_not_call(
    connection: Connection, number: PhoneNumber, stand_in: PhoneNumber, at: datetime
) -> int:
    """Let the stand-in be barred, and the number be known by its hash alone."""
    mine = update(do_not_call).where(do_not_call.c.number == number)
    masked = mine.values(number=stand_in, salt=new_salt())
    moved = connection.execute(masked).rowcount
    row: Row = {"number": stand_in, "since": at, "source": ERASED, "call_id": None}
    connection.execute(_BAR.on(connection), row)
    return moved


def forget_deliveries(connection: Connection, number: PhoneNumber) -> int:
    """Take away what other programs were told of a number, or still wait to be."""
    named = webhook_outbox.c.body.contains(number, autoescape=True)
    return connection.execute(delete(webhook_outbox).where(named)).rowcount


def forget_sealed(connection: Connection, request_id: int, at: datetime) -> int:
    """Second stage: what was sealed goes too; its key has been destroyed before."""
    mine = update(erasures).where(erasures.c.request_id == request_id)
    blank = mine.values(
        state=str(ErasureState.DONE),
        done_at=at,
        sealed="",
        recordings="",
        shown="",
        salt=new_salt(),
    )
    return connection.execute(blank).rowcount


# What has been kept for as long as the law asks


def forget_audit(connection: Connection, before: datetime, at_most: int) -> int:
    """Take away the oldest entries of the audit log, some at a time."""
    entry = audit_log.c
    first = select(entry.entry_id, entry.at).order_by(entry.entry_id).limit(at_most)
    ids = [one for one, at in connection.execute(first) if at < before]
    gone = delete(audit_log).where(entry.entry_id.in_(ids))
    return connection.execute(gone).rowcount


def old_calls(
    connection: Connection, before: datetime, at_most: int
) -> tuple[list[CallId], list[str]]:
    """Return calls placed before then that are over, and their recordings."""
    one, calls = attempts.c, list[CallId]()
    # Campaign by campaign: so they are found by an index.
    for campaign_id in connection.execute(select(campaigns.c.campaign_id)).scalars():
        old = select(one.call_id).where(
            one.campaign_id == campaign_id,
            one.placed_at < before,
            one.disposition.is_not(None),
        )
        found = connection.execute(old.limit(at_most - len(calls))).scalars()
        calls.extend(map(CallId, found))
        if len(calls) == at_most:
            break
    said = connection.execute(
        select(answers.c.value).where(
            answers.c.call_id.in_(calls), answers.c.kind == "speech"
        )
    )
    return calls, [file for (file,) in said if file]


def forget_calls(connection: Connection, calls: Sequence[CallId]) -> int:
    """Take away the records of calls: what was said and done in them too."""
    for table, call_id in (
        (spoken_notes, spoken_notes.c.call_id),
        (answers, answers.c.call_id),
        (callbacks, callbacks.c.call_id),
        (conversations, conversations.c.call_id),
    ):
        connection.execute(delete(table).where(call_id.in_(calls)))
    gone = delete(attempts).where(attempts.c.call_id.in_(calls))
    return connection.execute(gone).rowcount
