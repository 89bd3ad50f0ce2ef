"""What voters told us: answers, opt-outs, wishes to be called back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    insert,
    literal,
    select,
    update,
)

from ivr.core.erasure import STAND_IN, NumberKey
from ivr.core.model import Answer, CallId, Disposition, PhoneNumber
from ivr.store import records
from ivr.store.attempts import MOVED, reason_of
from ivr.store.erasures import erased_of
from ivr.store.group_commit import Row, Write
from ivr.store.queue import CALLED_BACK, queue
from ivr.store.tables import (
    answers,
    attempts,
    callbacks,
    campaign_contacts,
    do_not_call,
)
from ivr.store.upsert import insert_or_leave, insert_or_update

_KEEP = insert(answers)
_OPT_OUT = insert_or_leave(do_not_call)  # the first time is the one that counts
_CALLBACK = insert_or_update(
    callbacks,
    lambda new: {"due_at": new.excluded.due_at, "asked_at": new.excluded.asked_at},
)
_CALL = attempts.alias("the_call")
_IS_OVER = queue.state.in_(("due", "done"))
_QUEUE_CALLBACK = (
    update(campaign_contacts)
    .where(
        campaign_contacts.c.campaign_id
        == select(_CALL.c.campaign_id)
        .where(_CALL.c.call_id == bindparam("the_call"))
        .scalar_subquery(),
        campaign_contacts.c.contact_id
        == select(_CALL.c.contact_id)
        .where(_CALL.c.call_id == bindparam("the_call"))
        .scalar_subquery(),
    )
    .values(
        callback_at=bindparam("new_due_at"),
        # Said when the attempt was closed already (the dialplan took the key): the
        # wish itself makes the person due. While a call is live its end does that.
        state=case((_IS_OVER, literal("due")), else_=queue.state),
        due_at=case((_IS_OVER, bindparam("new_due_at")), else_=queue.due_at),
        priority=case((_IS_OVER, CALLED_BACK), else_=queue.priority),
        reason=case((_IS_OVER, reason_of(Disposition.CALLBACK)), else_=queue.reason),
    )
)
# The same for a wish that may have been written before, and others after it.
_LATER_WISH = select(callbacks.c.call_id).where(
    callbacks.c.call_id == bindparam("the_call"),
    callbacks.c.asked_at >= bindparam("new_asked_at"),
)
_QUEUE_NEW_CALLBACK = _QUEUE_CALLBACK.where(~_LATER_WISH.exists())
_NEW_CALLBACK = insert_or_update(
    callbacks,
    lambda new: {
        name: case(
            (new.excluded.asked_at > callbacks.c.asked_at, new.excluded[name]),
            else_=callbacks.c[name],
        )
        for name in ("due_at", "asked_at")
    },
)


def answer_kept(answer: Answer, place: str = "") -> Write:
    """Keep the answer. The same answer again is fine; another in its place is not.

    With it, if it is known, the place in the flow to which the answer leads.
    """

    def is_kept(connection: Connection) -> bool:
        found = connection.execute(
            select(answers).where(
                answers.c.call_id == answer.call_id, answers.c.seq == answer.seq
            )
        )
        row = found.mappings().one_or_none()
        return row is not None and records.answer_of(row) == answer

    keep = (_KEEP, records.row_of_answer(answer))
    moved: Row = {"the_call": answer.call_id, "place": place}
    return Write(
        keys=(answer.call_id,),
        steps=(keep, (MOVED, moved)) if place else (keep,),
        is_kept=is_kept,
    )


def opt_out_kept(
    number: PhoneNumber, at: datetime, source: str, call_id: CallId | None
) -> Write:
    """Put the number on do-not-call, for the whole organisation."""
    row: Row = {"number": number, "since": at, "source": source, "call_id": call_id}
    return Write(keys=(number,), steps=((_OPT_OUT, row),))


def callback_kept(
    call_id: CallId, due_at: datetime, at: datetime, *, again: bool = False
) -> Write:
    """Write when the person asked to be called; the last wish counts.

    `again`: what came of a wish that was written before stays as it is.
    """
    row: Row = {"call_id": call_id, "due_at": due_at, "asked_at": at}
    turn: Row = {"the_call": call_id, "new_due_at": due_at}
    if again:
        asked = turn | {"new_asked_at": at}
        steps = ((_QUEUE_NEW_CALLBACK, asked), (_NEW_CALLBACK, row))
        return Write(keys=(call_id,), steps=steps)
    return Write(keys=(call_id,), steps=((_CALLBACK, row), (_QUEUE_CALLBACK, turn)))


def callback_of(connection: Connection, call_id: CallId) -> datetime | None:
    """Return when the call's person asked to be called, if they did."""
    found = connection.execute(
        select(callbacks.c.due_at).where(callbacks.c.call_id == call_id)
    )
    return found.scalar_one_or_none()


def is_do_not_call(
    connection: Connection, number: PhoneNumber, key: NumberKey | None = None
) -> bool:
    """Say whether nobody may call it: who asked for that, and who was erased."""
    found = connection.execute(
        select(do_not_call.c.number).where(do_not_call.c.number == number)
    )
    return found.first() is not None or bool(erased_of(connection, [number], key))


def all_do_not_call(
    connection: Connection, at_most: int
) -> list[tuple[PhoneNumber, datetime, str]]:
    """Return numbers nobody may call, since when and why; the latest first."""
    rows = do_not_call.c
    found = connection.execute(
        select(rows.number, rows.since, rows.source)
        .where(~rows.number.startswith(STAND_IN))  # nobody's any more
        .order_by(rows.since.desc(), rows.number)
        .limit(at_most)
    )
    return [(PhoneNumber(number), since, source) for number, since, source in found]


def answers_of(connection: Connection, call_id: CallId) -> list[Answer]:
    """Return the call's answers in the order they were given."""
    found = connection.execute(
        select(answers).where(answers.c.call_id == call_id).order_by(answers.c.seq)
    )
    return [records.answer_of(row) for row in found.mappings()]
