"""What became of a campaign: everything a report is made of, counted in the database.

Counts only: people's numbers and names never leave it. What the counts mean is
`core.summary`'s. Answers are counted in result_answers.py, telecallers' work in
result_desks.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    select,
)

from ivr.core.flow_model import Flow
from ivr.core.model import CampaignId, Disposition, FlowId
from ivr.core.shares import FCC_CONNECT_S, FCC_DAYS, Spans
from ivr.core.tallies import (
    FURTHEST,
    NOT_REACHED,
    ON_THE_LINE,
    AttemptCount,
    CallbackCounts,
    NetworkCount,
    PeopleCount,
    Tallies,
    WantedCount,
)
from ivr.store import campaigns, result_answers, result_desks
from ivr.store.counting import counted, see_one_state, spans
from ivr.store.moments import milliseconds, quarter
from ivr.store.tables import (
    attempts,
    callbacks,
    campaign_contacts,
    contacts,
    do_not_call,
)

_A = attempts.c
_BY_PERSON = and_(
    _A.answered_at.is_not(None),
    # As the abandonment cap does (attempts.py): a silent answer may be a machine.
    func.coalesce(_A.disposition, "") != Disposition.SILENT,
)


@dataclass(frozen=True, slots=True)
class _Course:
    """When the campaign dialled, and with which flows."""

    first_at: datetime | None
    last_at: datetime | None
    versions: Mapping[tuple[str, str], int]


def tallies(connection: Connection, campaign_id: CampaignId, now: datetime) -> Tallies:
    """Return the campaign's counts, all from one state of the database.

    Raises BadInput when there is no such campaign.
    """
    see_one_state(connection)
    course = _course(connection, campaign_id)
    flow = _flow(connection, campaign_id)
    earlier = [
        campaigns.flow(connection, FlowId(flow_id), version)
        for flow_id, version in course.versions
        if (flow_id, version) != (flow.flow_id, flow.version)
    ]
    said = result_answers.count(connection, campaign_id, [flow, *earlier])
    people = _people(connection, campaign_id)
    work = result_desks.count(connection, campaign_id, course.first_at, course.last_at)
    return Tallies(
        campaign=campaigns.campaign(connection, campaign_id),
        state=campaigns.campaign_state(connection, campaign_id),
        flow=flow,
        flow_versions=course.versions,
        first_at=course.first_at,
        last_at=course.last_at,
        funnel=campaigns.funnel(connection, campaign_id, now),
        attempts=_attempts(connection, campaign_id),
        by_district=people["district"],
        by_schemes=people["schemes"],
        enrolled=_enrolled(connection, campaign_id),
        answers_by_district=said.by_district,
        answers_by_schemes=said.by_schemes,
        spoken=said.spoken,
        spoken_files=said.files,
        hung_up_at=_hung_up_at(connection, campaign_id),
        keys=said.keys,
        network=_network(connection, campaign_id),
        answered_30d=_answered_since(connection, campaign_id, _recent(course)),
        wanted=_wanted(connection, campaign_id, _recent(course)),
        opt_outs=_opt_outs(connection, campaign_id),
        callbacks=_callbacks(connection, campaign_id, now),
        talks=work.talks,
        desks=work.desks,
        rings=_spans(connection, campaign_id, _A.rang_at, _A.answered_at),
        rings_unanswered=_spans(
            connection, campaign_id, _A.rang_at, _A.ended_at, _A.answered_at.is_(None)
        ),
        calls=_spans(connection, campaign_id, _A.answered_at, _A.ended_at),
        talk_spans=work.spans,
    )


def _flow(connection: Connection, campaign_id: CampaignId) -> Flow:
    flow_id, version = campaigns.flow_version(connection, campaign_id)
    return campaigns.flow(connection, flow_id, version)


def _course(connection: Connection, campaign_id: CampaignId) -> _Course:
    found = connection.execute(
        select(
            _A.flow_id,
            _A.flow_version,
            func.count(),
            func.min(_A.placed_at),
            func.max(func.coalesce(_A.ended_at, _A.answered_at, _A.placed_at)),
        )
        .where(_A.campaign_id == campaign_id)
        .group_by(_A.flow_id, _A.flow_version)
    ).all()
    return _Course(
        first_at=min((row[3] for row in found), default=None),
        last_at=max((row[4] for row in found if row[4]), default=None),
        versions={(row[0], row[1]): row[2] for row in found},
    )


def _recent(course: _Course) -> datetime | None:
    """The FCC's 30 days, up to the last call: a report may be made much later."""
    return None if course.last_at is None else course.last_at - timedelta(FCC_DAYS)


def _attempts(
    connection: Connection, campaign_id: CampaignId
) -> tuple[AttemptCount, ...]:
    found = connection.execute(
        counted(
            select(
                quarter(_A.placed_at).label("quarter"),
                _A.disposition,
                _A.answered_at.is_not(None).label("answered"),
            ).where(_A.campaign_id == campaign_id)
        )
    )
    return tuple(
        AttemptCount(at, _disposition(ended), bool(by_any), count)
        for at, ended, by_any, count in found
    )


def _disposition(word: str | None) -> Disposition | None:
    return None if word is None else Disposition(word)


def _people(
    connection: Connection, campaign_id: CampaignId
) -> dict[str, tuple[PeopleCount, ...]]:
    """Count the people who were tried, by district and by scheme tags."""
    person = (
        select(_A.contact_id, func.max(furthest()).label("furthest"))
        .where(_A.campaign_id == campaign_id)
        .group_by(_A.contact_id)
        .cte("person")
    )
    return {
        name: _people_by(connection, person, contacts.c[name])
        for name in ("district", "schemes")
    }


def furthest() -> ColumnElement[int]:
    """Return how far an attempt got, as core.tallies.FURTHEST ranks it."""
    return case(
        (_A.answered_at.is_(None), NOT_REACHED),
        (_A.disposition.is_(None), ON_THE_LINE),
        *((_A.disposition == ended, rank) for ended, rank in FURTHEST.items()),
        else_=ON_THE_LINE,
    )


def hung_up_on_the_way() -> ColumnElement[bool]:
    """Calls that people ended on their way.

    Not those who got what they wanted (a talk, no more calls, a call back), and not
    those that we cut.
    """
    return and_(
        _A.answered_at.is_not(None),
        _A.disposition.is_not(None),
        _A.joined_at.is_(None),
        _A.cancelled == "",
        ~_A.completed,
        ~_A.opted_out,
        ~_A.callback,
    )


def _people_by(
    connection: Connection, person: CTE, group: ColumnElement[str]
) -> tuple[PeopleCount, ...]:
    found = connection.execute(
        select(group, person.c.furthest, func.count())
        .join_from(person, contacts, contacts.c.contact_id == person.c.contact_id)
        .group_by(group, person.c.furthest)
        .order_by(group, person.c.furthest)
    )
    return tuple(PeopleCount(*row) for row in found)


def _enrolled(connection: Connection, campaign_id: CampaignId) -> dict[str, int]:
    queue = campaign_contacts.c
    found = connection.execute(
        select(contacts.c.district, func.count())
        .join_from(
            campaign_contacts, contacts, contacts.c.contact_id == queue.contact_id
        )
        .where(queue.campaign_id == campaign_id)
        .group_by(contacts.c.district)
    )
    return {district: count for district, count in found}


def _hung_up_at(connection: Connection, campaign_id: CampaignId) -> dict[str, int]:
    """Count calls that people ended on their way, by what was playing then."""
    found = connection.execute(
        counted(
            select(func.coalesce(_A.node, "").label("node"))
            .where(_A.campaign_id == campaign_id)
            .where(hung_up_on_the_way())
        )
    )
    return {node: count for node, count in found}


def _network(
    connection: Connection, campaign_id: CampaignId
) -> tuple[NetworkCount, ...]:
    found = connection.execute(
        counted(
            select(_A.sip_code, _A.cause, _A.disposition)
            .where(_A.campaign_id == campaign_id, _A.answered_at.is_(None))
            .where(_A.disposition.is_not(None))
        )
    )
    return tuple(
        NetworkCount(sip, cause, Disposition(ended), count)
        for sip, cause, ended, count in sorted(found, key=lambda row: -row[3])
    )


def _answered_since(
    connection: Connection, campaign_id: CampaignId, since: datetime | None
) -> int:
    if since is None:
        return 0
    return connection.execute(
        select(func.count())
        .select_from(attempts)
        .where(_A.campaign_id == campaign_id, _BY_PERSON, _A.answered_at > since)
    ).scalar_one()


def _wanted(
    connection: Connection, campaign_id: CampaignId, since: datetime | None
) -> tuple[WantedCount, ...]:
    if since is None:
        return ()
    waited = milliseconds(_A.wanted_at, _A.joined_at)
    found = connection.execute(
        counted(
            select(
                quarter(_A.answered_at).label("quarter"),
                _A.abandoned,
                _A.joined_at.is_not(None).label("joined"),
                func.coalesce(waited > 1000 * FCC_CONNECT_S, False).label("late"),
                (_A.answered_at > since).label("recent"),
            )
            .where(_A.campaign_id == campaign_id)
            .where(_A.answered_at.is_not(None), _A.wanted_at.is_not(None))
        )
    )
    return tuple(
        WantedCount(at, bool(gone), bool(joined), bool(late), bool(recent), count)
        for at, gone, joined, late, recent, count in found
    )


def _opt_outs(connection: Connection, campaign_id: CampaignId) -> dict[str, int]:
    """Count numbers that opted out in the campaign's calls, by how."""
    barred = do_not_call.c
    of_this_call = case((barred.call_id == _A.call_id, barred.source), else_="before")
    once = (
        select(of_this_call.label("source"), _A.number)
        .join_from(attempts, do_not_call, barred.number == _A.number)
        .where(_A.campaign_id == campaign_id, _A.opted_out)
        .distinct()
        .subquery()
    )
    found = connection.execute(counted(select(once.c.source)))
    return {source: count for source, count in found}


def _callbacks(
    connection: Connection, campaign_id: CampaignId, now: datetime
) -> CallbackCounts:
    wish = (
        select(
            _A.contact_id,
            func.max(_A.number).label("number"),
            func.max(callbacks.c.asked_at).label("asked_at"),
            func.max(callbacks.c.due_at).label("due_at"),
        )
        .join_from(callbacks, attempts, callbacks.c.call_id == _A.call_id)
        .where(_A.campaign_id == campaign_id)
        .group_by(_A.contact_id)
        .subquery()
    )
    again = attempts.alias("again")
    spoken_to = (
        select(again.c.call_id)
        .where(again.c.number == wish.c.number)  # the index on numbers
        .where(again.c.placed_at > wish.c.asked_at)
        .where(again.c.campaign_id == campaign_id)
        .where(again.c.answered_at.is_not(None))
        .where(func.coalesce(again.c.disposition, "") != Disposition.SILENT)
    )
    queue = campaign_contacts.c
    fate = case(
        (spoken_to.exists(), "done"),
        (queue.state.in_(("done", "refused")), "given_up"),
        (wish.c.due_at <= now, "due"),
        else_="later",
    )
    found = connection.execute(
        counted(
            select(fate.label("fate"))
            .join_from(wish, campaign_contacts, queue.contact_id == wish.c.contact_id)
            .where(queue.campaign_id == campaign_id)
        )
    )
    counts = {word: count for word, count in found}
    return CallbackCounts(asked=sum(counts.values()), **counts)


def _spans(
    connection: Connection,
    campaign_id: CampaignId,
    earlier: ColumnElement[datetime | None],
    later: ColumnElement[datetime | None],
    *only: ColumnElement[bool],
) -> Spans:
    lasted = milliseconds(earlier, later)
    return spans(
        connection,
        select(lasted.label("ms")).where(
            _A.campaign_id == campaign_id,
            earlier.is_not(None),
            later.is_not(None),
            *only,
        ),
    )
