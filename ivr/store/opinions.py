"""What voters answered, as voices that go into blocks, and the blocks' counts.

`look_at_calls` reads the calls that ended since it was last asked, a span of them at
a time; then `blocks_to_make` of who waits, and `keep_blocks`. What is counted once is
never counted again, so the page need not go through a million calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from ivr.core.flow_model import Flow
from ivr.core.model import CampaignId, FlowId
from ivr.core.opinion_blocks import LEFT, Block, Voice, blocks_of
from ivr.core.selection import CentreScope, Slice
from ivr.core.tallies import BlockCount
from ivr.store import campaigns, people, result_answers
from ivr.store.opinion_tables import (
    opinion_blocks,
    opinion_counts,
    opinion_progress,
    opinion_voices,
)
from ivr.store.results import hung_up_on_the_way
from ivr.store.slices import has_scheme, is_under
from ivr.store.tables import attempts, contacts
from ivr.store.upsert import insert_or_leave

# Other writes wait meanwhile (SQLite), so a transaction is a tenth of a second.
SPAN = 500  # calls looked at in one
MOST_PEOPLE = 1_000  # put into blocks in one; a larger block alone
MANY_WAIT = 20_000  # voices: then blocks are made before more calls are looked at
# A call is written before it is dialled, but not always in the order of the clock.
SETTLED = timedelta(seconds=30)

_A, _B, _V = attempts.c, opinion_blocks.c, opinion_voices.c
_KEEP_VOICE = insert_or_leave(opinion_voices)
_INTO_BLOCK = (
    update(opinion_voices)
    .where(_V.campaign_id == bindparam("of"), _V.node == bindparam("at_node"))
    .where(_V.contact_id == bindparam("who"))
    .values(block_id=bindparam("block_id"))
)
_KEEP_PROGRESS = insert_or_leave(opinion_progress)


def look_at_calls(
    connection: Connection,
    campaign_id: CampaignId,
    now: datetime,
    seen_to: datetime | None = None,
) -> datetime | None:
    """Keep what was said in one more span of the campaign's calls; return its end.

    None: there are no more, or so many wait that blocks are to be made first.
    """
    kept = _locked_progress(connection, campaign_id)
    if _waiting(connection, campaign_id) >= MANY_WAIT:
        return None
    after = _latest_of(kept, seen_to)
    calls = _span(connection, campaign_id, after, now - SETTLED)
    if not calls:
        return None
    _keep_voices(connection, campaign_id, (calls[0], calls[-1]))
    _keep_progress(connection, campaign_id, kept, calls[-1])
    return calls[-1]


def _waiting(connection: Connection, campaign_id: CampaignId) -> int:
    count = select(func.count()).select_from(opinion_voices)
    waits = count.where(_V.campaign_id == campaign_id, _V.block_id.is_(None))
    return int(connection.execute(waits).scalar_one())


def _latest_of(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _locked_progress(
    connection: Connection, campaign_id: CampaignId
) -> datetime | None:
    """Return how far all calls are looked at; another who asks waits (PostgreSQL)."""
    connection.execute(
        _KEEP_PROGRESS.on(connection), {"campaign_id": campaign_id, "seen_to": None}
    )
    return connection.execute(
        select(opinion_progress.c.seen_to)
        .where(opinion_progress.c.campaign_id == campaign_id)
        .with_for_update()
    ).scalar_one()


def _keep_progress(
    connection: Connection,
    campaign_id: CampaignId,
    before: datetime | None,
    seen_to: datetime,
) -> None:
    """Calls still open, and those placed after them, are looked at once more.

    No call until `before` is open: it would not have come so far.
    """
    oldest_open = connection.execute(
        select(func.min(_A.placed_at))
        .where(_A.disposition.is_(None), _A.campaign_id == campaign_id)
        .where(_A.placed_at <= seen_to)
        .where(*([] if before is None else [_A.placed_at > before]))
    ).scalar_one()
    if oldest_open is not None:
        seen_to = min(seen_to, oldest_open - timedelta(microseconds=1))
    connection.execute(
        update(opinion_progress)
        .where(opinion_progress.c.campaign_id == campaign_id)
        .values(seen_to=seen_to)
    )


def _span(
    connection: Connection,
    campaign_id: CampaignId,
    after: datetime | None,
    until: datetime,
) -> list[datetime]:
    """Return when the next calls were placed; those of the last moment go along."""
    placed = (
        select(_A.placed_at)
        .where(_A.campaign_id == campaign_id, _A.placed_at <= until)
        .where(*([] if after is None else [_A.placed_at > after]))
        .order_by(_A.placed_at)
        .limit(SPAN)
    )
    return list(connection.execute(placed).scalars())


def _flows(
    connection: Connection, campaign_id: CampaignId, span: tuple[datetime, datetime]
) -> list[Flow]:
    """Return the flows, in the versions that the span's calls were made with."""
    found = connection.execute(
        select(_A.flow_id, _A.flow_version)
        .where(_A.campaign_id == campaign_id, _A.placed_at.between(*span))
        .distinct()
    )
    return [
        campaigns.flow(connection, FlowId(flow_id), version)
        for flow_id, version in found.all()
    ]


def _keep_voices(
    connection: Connection,
    campaign_id: CampaignId,
    span: tuple[datetime, datetime],
) -> None:
    """Keep what was answered in the calls of the span, and where people left.

    A person's first word stays.
    """
    flows = _flows(connection, campaign_id, span)
    said = result_answers.latest(
        campaign_id,
        flows,
        _A.disposition.is_not(None),
        _A.placed_at.between(*span),
    ).c
    rows = connection.execute(
        select(said.node, said.contact_id, said.kind, said.choice, said.placed_at)
        .where(said.kind.in_(("key", "rating")))
        .order_by(said.node, said.contact_id)
    ).all()
    left = connection.execute(
        select(
            literal(LEFT),
            _A.contact_id,
            literal(LEFT),
            case((hung_up_on_the_way(), func.coalesce(_A.node, "")), else_=""),
            _A.placed_at,
        )
        .where(_A.campaign_id == campaign_id, _A.placed_at.between(*span))
        .where(_A.answered_at.is_not(None), _A.disposition.is_not(None))
        .order_by(_A.contact_id, _A.placed_at)
    ).all()
    if not rows and not left:
        return
    connection.execute(
        _KEEP_VOICE.on(connection),
        [
            {
                "campaign_id": campaign_id,
                "node": node,
                "contact_id": contact_id,
                "kind": kind,
                "choice": choice,
                "at": at,
                "block_id": None,
            }
            for node, contact_id, kind, choice, at in (*rows, *left)
        ],
    )


@dataclass(frozen=True, slots=True)
class _Said:
    kind: str
    choice: str


@dataclass(frozen=True, slots=True)
class Made:
    """A block of answers to one question, to be kept."""

    node: str
    block: Block
    said: list[_Said]


def blocks_to_make(
    connection: Connection, campaign_id: CampaignId, zone: tzinfo, now: datetime
) -> list[Made]:
    """Return the blocks of who waits. Only reads: it may take long."""
    clock: datetime | None = now
    if campaigns.campaign_state(connection, campaign_id) in campaigns.ENDED:
        clock = None
    tree = {centre.code: centre for centre in people.all_centres(connection)}
    who = contacts.c
    voice = (_V.contact_id, who.centre, who.district, who.schemes, _V.at)
    found = connection.execute(
        select(_V.node, _V.kind, _V.choice, *voice)
        .join_from(opinion_voices, contacts, who.contact_id == _V.contact_id)
        .where(_V.campaign_id == campaign_id, _V.block_id.is_(None))
        .order_by(_V.node, _V.contact_id)
    )
    waiting: dict[str, list[Voice]] = {}
    said: dict[tuple[str, int], _Said] = {}
    for node, kind, choice, contact_id, centre, district, schemes, at in found:
        one = Voice(contact_id, centre, district, schemes, at)
        waiting.setdefault(node, []).append(one)
        said[node, contact_id] = _Said(kind, choice)
    return [
        Made(node, block, [said[node, person] for person in block.people])
        for node, voices in waiting.items()
        for block in blocks_of(voices, tree, zone, clock)
    ]


def in_short_writes(made: list[Made]) -> Iterator[list[Made]]:
    """Yield the blocks in order, some at a time: MOST_PEOPLE, or one that is larger."""
    some, people = list[Made](), 0
    for one in made:
        if some and people + len(one.said) > MOST_PEOPLE:
            yield some
            some, people = [], 0
        some.append(one)
        people += len(one.said)
    if some:
        yield some


def keep_blocks(
    connection: Connection, campaign_id: CampaignId, made: list[Made]
) -> int:
    """Keep the blocks whose people all wait still; return how many."""
    _locked_progress(connection, campaign_id)
    people: dict[str, list[int]] = {}
    for one in made:
        people.setdefault(one.node, []).extend(one.block.people)
    waiting = select(_V.node, _V.contact_id).where(
        _V.campaign_id == campaign_id, _V.block_id.is_(None)
    )
    still = {
        (node, person)
        for node, asked in people.items()
        for _, person in connection.execute(
            waiting.where(_V.node == node, _V.contact_id.in_(asked))
        )
    }
    made = [
        one
        for one in made
        if all((one.node, person) in still for person in one.block.people)
    ]
    _keep_blocks(connection, campaign_id, made)
    return len(made)


def _keep_blocks(
    connection: Connection, campaign_id: CampaignId, made: list[Made]
) -> None:
    if not made:
        return
    ids = connection.execute(
        insert(opinion_blocks).returning(_B.block_id, sort_by_parameter_order=True),
        [
            {
                "campaign_id": campaign_id,
                "node": one.node,
                "kind": one.said[0].kind,
                "centre": one.block.centre,
                "district": one.block.district,
                "schemes": one.block.schemes,
                "first_at": one.block.first_at,
                "last_at": one.block.last_at,
            }
            for one in made
        ],
    ).scalars()
    with_ids = list(zip(ids, made, strict=True))
    connection.execute(
        insert(opinion_counts),
        [
            {"block_id": block_id, "choice": choice, "people": count}
            for block_id, one in with_ids
            for choice, count in sorted(Counter(s.choice for s in one.said).items())
        ],
    )
    connection.execute(
        _INTO_BLOCK,
        [
            {
                "of": campaign_id,
                "at_node": one.node,
                "who": person,
                "block_id": block_id,
            }
            for block_id, one in with_ids
            for person in one.block.people
        ],
    )


# What may be shown of them


def block_counts(
    connection: Connection, campaign_id: CampaignId, scope: CentreScope, part: Slice
) -> tuple[BlockCount, ...]:
    """Return the answers of the blocks that lie wholly within `scope` and `part`."""
    where = [_B.campaign_id == campaign_id, *_within(scope, part)]
    facts = (_B.node, _B.kind, _B.district, _B.schemes, opinion_counts.c.choice)
    found = connection.execute(
        select(*facts, func.sum(opinion_counts.c.people))
        .join_from(
            opinion_blocks, opinion_counts, opinion_counts.c.block_id == _B.block_id
        )
        .where(*where)
        .group_by(*facts)
        .order_by(*facts)
    )
    return tuple(BlockCount(*row) for row in found)


def _within(scope: CentreScope, part: Slice) -> Iterable[ColumnElement[bool]]:
    """A block whose people differ in what is chosen lies not wholly within."""
    yield from is_under(_B.centre, scope)
    yield from is_under(_B.centre, part.centres)
    if part.district:
        yield _B.district == part.district
    if part.scheme:
        yield has_scheme(_B.schemes, part.scheme)
    if part.since is not None:
        yield _B.first_at >= part.since
    if part.until is not None:
        yield _B.last_at < part.until
