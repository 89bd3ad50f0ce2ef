"""A part of a campaign's results, counted: of some places, schemes or days.

Every question takes the reader's `CentreScope` and puts it into its SQL: what lies
outside is not counted, and not merely left out afterwards. Opinions come as whole
blocks (store/opinions.py). Counts only: nobody's number or name leaves it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    cast,
    func,
    select,
)

from ivr.core.model import CampaignId, Disposition
from ivr.core.selection import EVERYWHERE, CentreScope, Slice
from ivr.core.tallies import AttemptCount, PartTallies, ReachCount, TalkCount
from ivr.store import campaigns, opinions
from ivr.store.counting import counted, see_one_state
from ivr.store.moments import milliseconds, quarter
from ivr.store.results import furthest
from ivr.store.slices import is_under, of_calls, of_people
from ivr.store.tables import (
    answers,
    attempts,
    campaign_contacts,
    contacts,
    conversations,
    telecallers,
)

_A, _S, _T = attempts.c, answers.c, conversations.c


def part_tallies(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> PartTallies:
    """Return what `scope` may see of the part, all from one state of the database.

    Raises BadInput when there is no such campaign.
    """
    see_one_state(connection)
    flow_id, version = campaigns.flow_version(connection, campaign_id)
    first_at, last_at = _course(connection, campaign_id, scope, part)
    return PartTallies(
        campaign=campaigns.campaign(connection, campaign_id),
        state=campaigns.campaign_state(connection, campaign_id),
        flow=campaigns.flow(connection, flow_id, version),
        first_at=first_at,
        last_at=last_at,
        attempts=_attempts(connection, campaign_id, scope, part),
        people=_people(connection, campaign_id, scope, part),
        enrolled=_enrolled(connection, campaign_id, scope, part),
        talks=_talks(connection, campaign_id, scope, part),
        spoken=_spoken(connection, campaign_id, scope, part),
        blocks=opinions.block_counts(connection, campaign_id, scope, part),
    )


def has_people(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope
) -> bool:
    """Return whether anybody of `scope` is in the campaign's queue."""
    if scope == EVERYWHERE:
        return True
    queue = campaign_contacts.c
    one = (
        select(queue.contact_id)
        .join_from(
            campaign_contacts, contacts, contacts.c.contact_id == queue.contact_id
        )
        .where(queue.campaign_id == campaign_id)
        .where(*is_under(contacts.c.centre, scope))
        .limit(1)
    )
    return connection.execute(one).first() is not None


def _calls_of(
    facts: Select[*tuple[Any, ...]],
    campaign_id: CampaignId,
    scope: CentreScope,
    part: Slice,
) -> Select[*tuple[Any, ...]]:
    """Return `facts` of the part's calls; contacts come in where they are needed."""
    people = list(of_people(scope, part))
    chosen = facts.where(_A.campaign_id == campaign_id, *of_calls(part), *people)
    if people:
        chosen = chosen.join(contacts, contacts.c.contact_id == _A.contact_id)
    return chosen


def _course(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> tuple[datetime | None, datetime | None]:
    facts = select(func.min(_A.placed_at), func.max(_A.placed_at)).select_from(attempts)
    row = connection.execute(_calls_of(facts, campaign_id, scope, part)).one()
    return row[0], row[1]


def _attempts(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> tuple[AttemptCount, ...]:
    facts = select(
        quarter(_A.placed_at).label("quarter"),
        _A.disposition,
        _A.answered_at.is_not(None).label("answered"),
    ).select_from(attempts)
    found = connection.execute(counted(_calls_of(facts, campaign_id, scope, part)))
    return tuple(
        AttemptCount(at, Disposition(ended) if ended else None, bool(by_any), count)
        for at, ended, by_any, count in found
    )


def _people(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> tuple[ReachCount, ...]:
    person = (
        select(_A.contact_id, func.max(furthest()).label("furthest"))
        .where(_A.campaign_id == campaign_id, *of_calls(part))
        .group_by(_A.contact_id)
        .cte("person")
    )
    who = contacts.c
    facts = (who.district, who.schemes, person.c.furthest)
    found = connection.execute(
        select(*facts, func.count())
        .join_from(person, contacts, who.contact_id == person.c.contact_id)
        .where(*of_people(scope, part))
        .group_by(*facts)
        .order_by(*facts)
    )
    return tuple(ReachCount(*row) for row in found)


def _enrolled(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> dict[str, int]:
    queue = campaign_contacts.c
    found = connection.execute(
        select(contacts.c.district, func.count())
        .join_from(
            campaign_contacts, contacts, contacts.c.contact_id == queue.contact_id
        )
        .where(queue.campaign_id == campaign_id, *of_people(scope, part))
        .group_by(contacts.c.district)
    )
    return {district: count for district, count in found}


def _talks(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> tuple[TalkCount, ...]:
    """Count conversations by telecaller; what they noted of them is not counted."""
    who = (_T.telecaller_id, telecallers.c.name, telecallers.c.centre)
    talked_ms = func.sum(milliseconds(_T.joined_at, _T.parted_at))
    facts = (
        select(
            *who,
            func.count(),
            func.count() - func.count(_T.parted_at),
            cast(func.coalesce(talked_ms, 0), BigInteger),
        )
        .join_from(conversations, attempts, _A.call_id == _T.call_id)
        .join(telecallers, telecallers.c.telecaller_id == _T.telecaller_id)
        .where(_T.joined_at.is_not(None))
        .group_by(*who)
        .order_by(*who)
    )
    found = connection.execute(_calls_of(facts, campaign_id, scope, part))
    return tuple(
        TalkCount(row[0], row[1], row[2], "", row[3], row[4], row[5]) for row in found
    )


def _spoken(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> int:
    facts = (
        select(func.count())
        .join_from(attempts, answers, _S.call_id == _A.call_id)
        .where(_A.answered_at.is_not(None), _S.kind == "speech", _S.accepted)
    )
    found = connection.execute(_calls_of(facts, campaign_id, scope, part))
    return int(found.scalar_one())
